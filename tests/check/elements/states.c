/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every element of the plugin goes through its states and is gone afterwards;
 * every property takes its least, largest and default value and gives it back. */

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <string.h>

/* The names of the plugin's elements. */
static GPtrArray *
element_names (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GList *features = gst_registry_get_feature_list_by_plugin (gst_registry_get (), "gemma4");
  for (GList *l = features; l; l = l->next) {
    if (GST_IS_ELEMENT_FACTORY (l->data))
      g_ptr_array_add (names, g_strdup (GST_OBJECT_NAME (l->data)));
  }
  gst_plugin_feature_list_free (features);
  fail_unless (names->len >= 5, "the plugin has %u elements", names->len);
  return names;
}

/* With what it cannot do without. */
static GstElement *
make (const gchar *name)
{
  GstElement *element = gst_element_factory_make (name, NULL);
  fail_unless (element != NULL, "no %s", name);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), "tokenizer")) {
    g_autofree gchar *path = golden_path ("tokenizer/gemma4_tiny.model");
    g_object_set (element, "tokenizer", path, NULL);
    if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), "prompt"))
      g_object_set (element, "prompt", "What?", NULL);
  }
  return element;
}

static void
go (GstElement *element, GstState state)
{
  fail_unless (gst_element_set_state (element, state) != GST_STATE_CHANGE_FAILURE,
      "%s does not become %s", GST_OBJECT_NAME (element), gst_element_state_get_name (state));
  gst_element_get_state (element, NULL, NULL, 0);
  fail_unless_equals_int (GST_STATE (element), state);
}

static void
gone (gpointer user_data, GObject *object)
{
  *(gboolean *) user_data = TRUE;
}

GST_START_TEST (test_states)
{
  static const GstState order[] = { GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_READY,
    GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_NULL,
    GST_STATE_PAUSED, GST_STATE_NULL
  };
  g_autoptr (GPtrArray) names = element_names ();
  for (guint i = 0; i < names->len; i++) {
    GstElement *element = make (names->pdata[i]);
    gboolean is_gone = FALSE;
    g_object_weak_ref (G_OBJECT (element), gone, &is_gone);
    for (guint k = 0; k < G_N_ELEMENTS (order); k++)
      go (element, order[k]);
    gst_object_unref (element);
    fail_unless (is_gone, "something still refers to %s", (gchar *) names->pdata[i]);
  }
}

GST_END_TEST;

/* Request pads come and go in every state, and go with the element. */
GST_START_TEST (test_request_pads)
{
  g_autoptr (GPtrArray) names = element_names ();
  for (guint i = 0; i < names->len; i++) {
    GstElement *element = make (names->pdata[i]);
    const GList *templates = gst_element_get_pad_template_list (element);
    for (const GList *l = templates; l; l = l->next) {
      if (GST_PAD_TEMPLATE_PRESENCE (l->data) != GST_PAD_REQUEST
          || !strchr (GST_PAD_TEMPLATE_NAME_TEMPLATE (l->data), '%'))
        continue;
      GstPad *kept = gst_element_request_pad (element, l->data, NULL, NULL);
      fail_unless (kept != NULL, "%s gives no %s", (gchar *) names->pdata[i],
          GST_PAD_TEMPLATE_NAME_TEMPLATE (l->data));
      go (element, GST_STATE_PAUSED);
      GstPad *pad = gst_element_request_pad (element, l->data, NULL, NULL);
      fail_unless (pad != NULL, "%s gives no second %s", (gchar *) names->pdata[i],
          GST_PAD_TEMPLATE_NAME_TEMPLATE (l->data));
      gst_element_release_request_pad (element, pad);
      ASSERT_OBJECT_REFCOUNT (pad, "pad", 1);
      gst_object_unref (pad);
      go (element, GST_STATE_NULL);
      gst_object_unref (kept);
    }
    gst_object_unref (element);
  }
}

GST_END_TEST;

static void
check_value (GObject *object, GParamSpec *pspec, const GValue *want)
{
  GValue got = G_VALUE_INIT;
  g_value_init (&got, G_PARAM_SPEC_VALUE_TYPE (pspec));
  g_object_set_property (object, pspec->name, want);
  g_object_get_property (object, pspec->name, &got);
  g_autofree gchar *got_text = g_strdup_value_contents (&got);
  g_autofree gchar *want_text = g_strdup_value_contents (want);
  fail_unless (g_param_values_cmp (pspec, &got, want) == 0, "%s: %s is %s, want %s",
      G_OBJECT_TYPE_NAME (object), pspec->name, got_text, want_text);
  g_value_unset (&got);
}

#define SET_LIMITS(TYPE, type, setter) \
  if (G_IS_PARAM_SPEC_##TYPE (pspec)) { \
    g_value_set_##setter (least, ((GParamSpec##type *) pspec)->minimum); \
    g_value_set_##setter (largest, ((GParamSpec##type *) pspec)->maximum); \
    return TRUE; \
  }

/* The ends of a property's range; FALSE if its type has none. */
static gboolean
limits (GParamSpec *pspec, GValue *least, GValue *largest)
{
  SET_LIMITS (INT, Int, int);
  SET_LIMITS (UINT, UInt, uint);
  SET_LIMITS (INT64, Int64, int64);
  SET_LIMITS (UINT64, UInt64, uint64);
  SET_LIMITS (FLOAT, Float, float);
  SET_LIMITS (DOUBLE, Double, double);
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec)) {
    g_value_set_boolean (largest, TRUE);
    return TRUE;
  }
  if (G_IS_PARAM_SPEC_ENUM (pspec)) {
    GEnumClass *values = ((GParamSpecEnum *) pspec)->enum_class;
    g_value_set_enum (least, values->values[0].value);
    g_value_set_enum (largest, values->values[values->n_values - 1].value);
    return TRUE;
  }
  if (GST_IS_PARAM_SPEC_FRACTION (pspec)) {
    GstParamSpecFraction *f = GST_PARAM_SPEC_FRACTION (pspec);
    gst_value_set_fraction (least, f->min_num, f->min_den);
    gst_value_set_fraction (largest, f->max_num, f->max_den);
    return TRUE;
  }
  return FALSE;
}

static void
check_property (GObject *object, GParamSpec *pspec)
{
  GValue least = G_VALUE_INIT, largest = G_VALUE_INIT;
  g_value_init (&least, G_PARAM_SPEC_VALUE_TYPE (pspec));
  g_value_init (&largest, G_PARAM_SPEC_VALUE_TYPE (pspec));
  if (G_IS_PARAM_SPEC_STRING (pspec)) {
    g_value_set_string (&largest, "Ein Wort");
    check_value (object, pspec, &least);
    check_value (object, pspec, &largest);
  } else if (limits (pspec, &least, &largest)) {
    check_value (object, pspec, &least);
    check_value (object, pspec, &largest);
  }
  check_value (object, pspec, g_param_spec_get_default_value (pspec));
  g_value_unset (&least);
  g_value_unset (&largest);
}

GST_START_TEST (test_properties)
{
  g_autoptr (GPtrArray) names = element_names ();
  for (guint i = 0; i < names->len; i++) {
    GstElement *element = gst_element_factory_make (names->pdata[i], NULL);
    guint n;
    g_autofree GParamSpec **all =
        g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
    for (guint k = 0; k < n; k++) {
      const gchar *blurb = g_param_spec_get_blurb (all[k]);
      fail_unless (blurb && *blurb, "%s does not describe %s", (gchar *) names->pdata[i],
          all[k]->name);
      gboolean ours = all[k]->owner_type == G_OBJECT_TYPE (element);
      if (ours && (all[k]->flags & G_PARAM_READWRITE) == G_PARAM_READWRITE)
        check_property (G_OBJECT (element), all[k]);
    }
    gst_object_unref (element);
  }
}

GST_END_TEST;

/* What a new element has is what its properties call their default; what is only
 * read has none. */
GST_START_TEST (test_defaults)
{
  g_autoptr (GPtrArray) names = element_names ();
  for (guint i = 0; i < names->len; i++) {
    GstElement *element = gst_element_factory_make (names->pdata[i], NULL);
    guint n;
    g_autofree GParamSpec **all =
        g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
    for (guint k = 0; k < n; k++) {
      GValue got = G_VALUE_INIT;
      if (all[k]->owner_type != G_OBJECT_TYPE (element)
          || (all[k]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE)
        continue;
      g_value_init (&got, G_PARAM_SPEC_VALUE_TYPE (all[k]));
      g_object_get_property (G_OBJECT (element), all[k]->name, &got);
      g_autofree gchar *text = g_strdup_value_contents (&got);
      fail_unless (g_param_value_defaults (all[k], &got), "%s: %s is %s at first, which is "
          "not its default", (gchar *) names->pdata[i], all[k]->name, text);
      g_value_unset (&got);
    }
    gst_object_unref (element);
  }
}

GST_END_TEST;

static Suite *
states_suite (void)
{
  Suite *s = suite_create ("states");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_states);
  tcase_add_test (t, test_request_pads);
  tcase_add_test (t, test_properties);
  tcase_add_test (t, test_defaults);
  return s;
}

GST_CHECK_MAIN (states);
