/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-gemma4packer
 * @title: gemma4packer
 *
 * Merges what gemma4videoconv and gemma4audioconv make with a tokenized prompt
 * into the input tensors of a Gemma 4 model: one buffer for every prompt.
 *
 * preset=DIRECTORY, of KerasHub or of transformers, is all that a model needs: its
 * settings, which the converters are told, and its vocabulary (docs/presets.md).
 *
 * |[
 * gst-launch-1.0 filesrc location=clip.webm ! matroskademux name=d \
 *   d. ! queue ! vp8dec ! gemma4videoconv ! p.video_0 \
 *   d. ! queue ! opusdec ! audioconvert ! audioresample quality=10 ! gemma4audioconv ! p.audio_0 \
 *   gemma4packer name=p preset=gemma4_instruct_2b prompt="What do you see and hear?" \
 *   ! safetensorsenc ! filesink location=clip.safetensors
 * ]|
 *
 * Since: 0.1
 */

#include "gemma4packer.h"

GST_DEBUG_CATEGORY (gst_gemma4_packer_debug);
#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* *INDENT-OFF* */
#define MEDIA_TEMPLATE(name, types) \
  GST_STATIC_PAD_TEMPLATE (name, GST_PAD_SINK, GST_PAD_REQUEST, \
      GST_STATIC_CAPS (GEMMA4_TENSORS_CAPS ", types=(string)\"" types "\""))

/* A file's subtitles are markup; subparse writes what is asked for first, and what it
 * writes as utf8 still has some, which nobody could tell from a question's words. */
#define TEXT_CAPS "text/x-raw, format=(string){ pango-markup, utf8 }"

static GstStaticPadTemplate templates[] = {
  [GEMMA4_PAD_IMAGE] = MEDIA_TEMPLATE ("image_%u", "uint8,int32"),
  [GEMMA4_PAD_VIDEO] = MEDIA_TEMPLATE ("video_%u", "uint8,int32"),
  [GEMMA4_PAD_AUDIO] = MEDIA_TEMPLATE ("audio_%u", "float32,int32"),
  [GEMMA4_PAD_PROMPT] = GST_STATIC_PAD_TEMPLATE ("prompt", GST_PAD_SINK,
      GST_PAD_REQUEST, GST_STATIC_CAPS (TEXT_CAPS)),
  [GEMMA4_PAD_RESPONSE] = GST_STATIC_PAD_TEMPLATE ("response", GST_PAD_SINK,
      GST_PAD_REQUEST, GST_STATIC_CAPS (TEXT_CAPS)),
  [GEMMA4_PAD_ANSWER] = GST_STATIC_PAD_TEMPLATE ("answer", GST_PAD_SINK,
      GST_PAD_REQUEST, GST_STATIC_CAPS (TEXT_CAPS)),
};

/* Links without a pad name try the templates in this order. */
static const Gemma4PadKind template_order[] = { GEMMA4_PAD_VIDEO, GEMMA4_PAD_AUDIO,
  GEMMA4_PAD_IMAGE, GEMMA4_PAD_PROMPT, GEMMA4_PAD_RESPONSE, GEMMA4_PAD_ANSWER
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC,
    GST_PAD_ALWAYS, GST_STATIC_CAPS (GEMMA4_TENSORS_CAPS));
/* *INDENT-ON* */

/* gst-launch finds pads by their names: video_0::video-metadata=... */
static GObject *
get_child (GstChildProxy *proxy, guint index)
{
  GObject *child = NULL;
  GST_OBJECT_LOCK (proxy);
  GstPad *pad = g_list_nth_data (GST_ELEMENT (proxy)->sinkpads, index);
  if (pad)
    child = gst_object_ref (pad);
  GST_OBJECT_UNLOCK (proxy);
  return child;
}

static guint
count_children (GstChildProxy *proxy)
{
  GST_OBJECT_LOCK (proxy);
  guint n = GST_ELEMENT (proxy)->numsinkpads;
  GST_OBJECT_UNLOCK (proxy);
  return n;
}

static void
child_proxy_init (gpointer iface, gpointer data)
{
  GstChildProxyInterface *proxy = iface;
  proxy->get_child_by_index = get_child;
  proxy->get_children_count = count_children;
}

G_DEFINE_TYPE_WITH_CODE (GstGemma4Packer, gst_gemma4_packer, GST_TYPE_ELEMENT,
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, child_proxy_init));
GST_ELEMENT_REGISTER_DEFINE (gemma4packer, "gemma4packer", GST_RANK_NONE,
    GST_TYPE_GEMMA4_PACKER);

static gint
compare_pads (gconstpointer a, gconstpointer b)
{
  const GstGemma4PackerPad *p = *(GstGemma4PackerPad * const *) a;
  const GstGemma4PackerPad *q = *(GstGemma4PackerPad * const *) b;
  if (p->kind != q->kind)
    return p->kind < q->kind ? -1 : 1;
  return p->number < q->number ? -1 : p->number > q->number;
}

static Gemma4PadKind
template_kind (GstPadTemplate *templ)
{
  Gemma4PadKind kind = GEMMA4_PAD_IMAGE;
  while (!g_str_equal (GST_PAD_TEMPLATE_NAME_TEMPLATE (templ),
          templates[kind].name_template))
    kind++;
  return kind;
}

static gboolean
is_taken (GstGemma4Packer *self, Gemma4PadKind kind, guint number)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == kind && pad->number == number)
      return TRUE;
  }
  return FALSE;
}

/* A pad of the name asked for, or else of the first free number. */
static GstGemma4PackerPad *
new_pad (GstGemma4Packer *self, GstPadTemplate *templ, const gchar *wanted)
{
  const gchar *format = GST_PAD_TEMPLATE_NAME_TEMPLATE (templ);
  const gchar *percent = strchr (format, '%');
  const gchar *underscore = wanted ? strrchr (wanted, '_') : NULL;
  Gemma4PadKind kind = template_kind (templ);
  guint number = underscore ? g_ascii_strtoull (underscore + 1, NULL, 10) : 0;
  while (!wanted && percent && is_taken (self, kind, number))
    number++;
  g_autofree gchar *name = percent ?
      g_strdup_printf ("%.*s%u", (gint) (percent - format), format, number)
      : g_strdup (format);
  GstGemma4PackerPad *pad = g_object_new (gst_gemma4_packer_pad_get_type (),
      "name", name, "direction", GST_PAD_SINK, "template", templ, NULL);
  pad->kind = kind;
  pad->number = number;
  pad->since_ns = gemma4_packer_now (self);
  gemma4_packer_pad_setup (pad);
  return gst_object_ref_sink (pad);
}

static void
remove_pad (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->pads, pad);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
}

static GstPad *
request_new_pad (GstElement *element, GstPadTemplate *templ, const gchar *wanted,
    const GstCaps *caps)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (element);
  g_mutex_lock (&self->lock);
  if (self->running && !gemma4_packer_takes (self, template_kind (templ))) {
    g_mutex_unlock (&self->lock);
    GST_WARNING_OBJECT (self, "no pad of %s: the model does not take it",
        GST_PAD_TEMPLATE_NAME_TEMPLATE (templ));
    return NULL;
  }
  if (!strchr (GST_PAD_TEMPLATE_NAME_TEMPLATE (templ), '%')
      && is_taken (self, template_kind (templ), 0)) {
    g_mutex_unlock (&self->lock);
    GST_WARNING_OBJECT (self, "there is a pad %s already",
        GST_PAD_TEMPLATE_NAME_TEMPLATE (templ));
    return NULL;
  }
  GstGemma4PackerPad *pad = new_pad (self, templ, wanted);
  gboolean running = self->running;
  g_ptr_array_add (self->pads, pad);
  g_ptr_array_sort (self->pads, compare_pads);
  gboolean ok = !running || gemma4_packer_pad_make_store (self, pad);
  self->grace_us = 0;
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);

  gst_pad_set_active (GST_PAD (pad), running);
  if (ok && gst_element_add_pad (element, GST_PAD (pad))) {
    gst_child_proxy_child_added (GST_CHILD_PROXY (self), G_OBJECT (pad),
        GST_PAD_NAME (pad));
    return GST_PAD (pad);
  }
  remove_pad (self, pad);
  return NULL;
}

static void
release_pad (GstElement *element, GstPad *gstpad)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (element);
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (gstpad);
  g_mutex_lock (&self->lock);
  pad->flushing = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  gst_object_ref (pad);
  gst_pad_set_active (gstpad, FALSE);
  gst_child_proxy_child_removed (GST_CHILD_PROXY (self), G_OBJECT (pad), GST_PAD_NAME (pad));
  gst_element_remove_pad (element, gstpad);
  remove_pad (self, pad);
  gemma4_packer_flush_without (self, pad);
  gst_object_unref (pad);
}

static gboolean
src_activate_mode (GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->active = active;
  self->flush_pad = NULL;
  self->flushing = TRUE;
  gboolean ok = TRUE;
  if (active) {
    gemma4_packer_begin (self);
    ok = gst_pad_start_task (pad, gemma4_packer_loop, pad, NULL);
  }
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  return active ? ok : gst_pad_stop_task (pad);
}

/* Only while playing can deadlines be told. */
static void
set_playing (GstGemma4Packer *self, gboolean playing)
{
  g_mutex_lock (&self->lock);
  self->playing = playing;
  self->clock_us = 0;
  gemma4_packer_judge_cuts (self);
  gemma4_packer_disarm (self);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !gemma4_packer_start (self)) {
    gemma4_packer_stop (self);
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    set_playing (self, FALSE);
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_gemma4_packer_parent_class)->change_state (element,
      transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING
      && ret != GST_STATE_CHANGE_FAILURE)
    set_playing (self, TRUE);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && ret == GST_STATE_CHANGE_FAILURE))
    gemma4_packer_stop (self);
  return ret;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (object);
  gemma4_packer_set (self, pspec, value);
  gemma4_packer_change_target (self);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (object);
  if (id > gemma4_packer_props.n_props) {
    g_value_take_boxed (value, gemma4_packer_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  gemma4_props_get (&gemma4_packer_props, id, &self->wanted, value);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject *object)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (object);
  gemma4_props_clear (&gemma4_packer_props, &self->wanted);
  g_ptr_array_unref (self->pads);
  g_ptr_array_unref (self->batch);
  g_ptr_array_unref (self->file_prompts);
  gemma4_history_clear (&self->history);
  gemma4_allocation_clear (&self->allocation);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (gst_gemma4_packer_parent_class)->finalize (object);
}

static Gemma4PackerSettings
default_settings (void)
{
  const Gemma4Preset *preset;
  if (gemma4_preset_find (NULL, &preset, NULL) != GEMMA4_OK)
    g_assert_not_reached ();
  return gemma4_packer_settings_of (preset);
}

static void
gst_gemma4_packer_init (GstGemma4Packer *self)
{
  self->wanted = default_settings ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->cuts);
  g_queue_init (&self->responses);
  g_queue_init (&self->notes);
  self->pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) gemma4_asked_free);
  self->file_prompts = g_ptr_array_new_with_free_func (g_free);
  gemma4_history_init (&self->history);
  gemma4_allocation_clear (&self->allocation);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_query_function (self->srcpad, gemma4_packer_src_query);
  gst_pad_set_event_function (self->srcpad, gemma4_packer_src_event);
  gst_pad_set_activatemode_function (self->srcpad, src_activate_mode);
  gst_pad_set_iterate_internal_links_function (self->srcpad, gemma4_packer_src_links);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}

static void
gst_gemma4_packer_class_init (GstGemma4PackerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  Gemma4PackerSettings defaults = default_settings ();

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  gemma4_props_install (object_class, &gemma4_packer_props, &defaults);
  g_object_class_install_property (object_class, gemma4_packer_props.n_props + 1,
      g_param_spec_boxed ("stats", "stats", "Counts since the start (uint64): prompts, "
          "prompts-waiting, prompts-refused, prompts-dropped-busy, late (pads that packs did not wait for), packs; frames and "
          "frames-dropped, rows-dropped of the linked pads since their last flush; "
          "preparation-time of the last pack and max-preparation-time, in ns",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  /**
   * GstGemma4Packer::pack:
   * @prompt: (nullable): UTF-8; NULL is the property prompt
   * @running_time: media before it is packed; GST_CLOCK_TIME_NONE takes what has
   *   arrived in a live pipeline, and everything in another
   *
   * Packs a prompt as if it had come to the prompt pad.
   * Returns: whether it will be packed; if not, a warning on the bus says why
   */
  g_signal_new_class_handler ("pack", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (gemma4_packer_pack), NULL, NULL,
      NULL, G_TYPE_BOOLEAN, 2, G_TYPE_STRING, G_TYPE_UINT64);

  /**
   * GstGemma4Packer::forget-history:
   *
   * Begins a new conversation: what was asked and answered so far is not said again.
   */
  g_signal_new_class_handler ("forget-history", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (gemma4_packer_forget_history), NULL,
      NULL, NULL, G_TYPE_NONE, 0);

  element_class->change_state = change_state;
  element_class->request_new_pad = request_new_pad;
  element_class->release_pad = release_pad;
  for (guint i = 0; i < G_N_ELEMENTS (template_order); i++)
    gst_element_class_add_static_pad_template_with_gtype (element_class,
        &templates[template_order[i]], gst_gemma4_packer_pad_get_type ());
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Gemma 4 prompt packer",
      "Muxer/Tensor", "Merges pictures, video, sound and a prompt into the input tensors "
      "of a Gemma 4 model", "the gst-gemma4 authors");
  GST_DEBUG_CATEGORY_INIT (gst_gemma4_packer_debug, "gemma4packer", 0,
      "Gemma 4 prompt packer");
}
