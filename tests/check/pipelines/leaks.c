/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The demo's line, and one that hears its own answers, under GStreamer's own leaks
 * tracer: when they are gone, so are all their objects. */

#include "line.h"

static void
tell_tracer (const gchar *action, GstStructure **answer)
{
  GList *tracers = gst_tracing_get_active_tracers ();
  fail_unless (tracers != NULL && tracers->next == NULL, "want one tracer");
  g_signal_emit_by_name (tracers->data, action, answer);
  g_list_free_full (tracers, gst_object_unref);
}

static void
count (GHashTable *counts, const GstStructure *checkpoint, const gchar *field, gint sign)
{
  const GValue *list = gst_structure_get_value (checkpoint, field);
  fail_unless (list != NULL, "the tracer gives no %s", field);
  for (guint i = 0; i < gst_value_list_get_size (list); i++) {
    const GstStructure *object = gst_value_get_structure (gst_value_list_get_value (list, i));
    const gchar *type = gst_structure_get_string (object, "type-name");
    gint n = GPOINTER_TO_INT (g_hash_table_lookup (counts, type));
    g_hash_table_insert (counts, g_strdup (type), GINT_TO_POINTER (n + sign));
  }
}

/* Objects made less those destroyed since the tracer was told to start, by type. */
static GHashTable *
left_over (void)
{
  GHashTable *counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GstStructure *checkpoint = NULL;
  tell_tracer ("activity-get-checkpoint", &checkpoint);
  fail_unless (checkpoint != NULL);
  count (counts, checkpoint, "objects-created-list", 1);
  count (counts, checkpoint, "objects-removed-list", -1);
  gst_structure_free (checkpoint);
  tell_tracer ("activity-stop-tracking", NULL);
  return counts;
}

/* A loop over a live source: a bin cannot sort its elements and might start another one
 * before what it feeds. */
#define TALK "videotestsrc is-live=true num-buffers=40 ! gemma4videoconv ! p.video_0 " \
    "gemma4packer name=p tokenizer=%s preset=gemma4_instruct_4b prompt=What? " \
    "trigger=interval interval=500000000 history=2 history-media=true ! tee name=t ! queue ! " \
    "fakesink t. ! queue ! gemma4textdec tokenizer=%s ! p.answer"

static gchar *
talk (void)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  return g_strdup_printf (TALK, tokenizer, tokenizer);
}

static void
play (guint i)
{
  g_autofree gchar *line = i == 2 ? talk ()
      : line_sample (i ? "target=transformers" : "", "safetensorsenc ! fakesink");
  GstElement *pipeline = line_parse (line);
  _gst_check_expecting_log = i == 2;    /* that there is a loop */
  line_play_to_eos (pipeline);
  line_free (pipeline);
  gst_task_cleanup_all ();
}

/* A run before makes what lives as long as the program: plugins, factories, caps
 * of templates. The second must leave nothing. */
GST_START_TEST (test_leaks)
{
  play (__i__);
  tell_tracer ("activity-start-tracking", NULL);
  play (__i__);
  g_autoptr (GHashTable) counts = left_over ();
  fail_unless (g_hash_table_contains (counts, "GstGemma4Packer"), "nothing was traced");
  fail_unless (__i__ < 2 || g_hash_table_contains (counts, "GstGemma4TextDec"));
  GHashTableIter it;
  gpointer type, n;
  g_hash_table_iter_init (&it, counts);
  while (g_hash_table_iter_next (&it, &type, &n))
    fail_unless (GPOINTER_TO_INT (n) <= 0, "%d of type %s are left", GPOINTER_TO_INT (n),
        (gchar *) type);
}

GST_END_TEST;

/* That the tracer would tell: a buffer is kept. */
GST_START_TEST (test_tracer_works)
{
  tell_tracer ("activity-start-tracking", NULL);
  GstBuffer *kept = gst_buffer_new ();
  gst_buffer_unref (gst_buffer_new ());
  g_autoptr (GHashTable) counts = left_over ();
  gint n = GPOINTER_TO_INT (g_hash_table_lookup (counts, "GstBuffer"));
  fail_unless (n == 1, "%d buffers are left, want 1", n);
  gst_buffer_unref (kept);
}

GST_END_TEST;

static Suite *
leaks_suite (void)
{
  Suite *s = suite_create ("leaks");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_tracer_works);
  tcase_add_loop_test (t, test_leaks, 0, 3);
  return s;
}

int
main (int argc, char **argv)
{
  g_setenv ("GST_TRACERS", "leaks", TRUE);
  gst_check_init (&argc, &argv);
  line_need ("matroskademux", "vp8dec", "opusdec", "audioconvert", "audioresample",
      "videotestsrc", "tee", NULL);
  GList *tracers = gst_tracing_get_active_tracers ();
  if (!tracers) {
    g_print ("SKIP: there is no leaks tracer\n");
    return 77;
  }
  g_list_free_full (tracers, gst_object_unref);
  return gst_check_run_suite (leaks_suite (), "leaks", __FILE__);
}
