/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-gemma4textdec
 * @title: gemma4textdec
 *
 * Turns the ids that a Gemma 4 model answers with into text, as soon as characters
 * are complete, with the times of the ids. Ids are one int32 or int64 tensor of
 * any shape, static or flexible, or the tensor token_ids or input_ids among others. A tensor of several
 * rows, and one beside a padding_mask or attention_mask, holds whole sequences: each
 * row is one text. Other ids are a stream, in which a stop token ends an answer.
 * At the end of each the element message gemma4-end-of-turn says its text, number,
 * n-tokens, running-time and reason (stop-token, sequence, eos, or limit after 16 MiB).
 *
 * |[
 * ... gemma4packer ! tensor_filter ... ! gemma4textdec tokenizer=vocabulary.spm ! filesink location=answers.txt
 * ]|
 *
 * Since: 0.1
 */

#include "gemma4presets.h"
#include "gemma4textdec.h"

GST_DEBUG_CATEGORY (gst_gemma4_text_dec_debug);
#define GST_CAT_DEFAULT gst_gemma4_text_dec_debug

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GEMMA4_TEXT_IDS_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));

G_DEFINE_TYPE (GstGemma4TextDec, gst_gemma4_text_dec, GST_TYPE_ELEMENT);
GST_ELEMENT_REGISTER_DEFINE (gemma4textdec, "gemma4textdec", GST_RANK_NONE,
    GST_TYPE_GEMMA4_TEXT_DEC);

/* *INDENT-OFF* */
GEMMA4_DEFINE_ENUM (strip_get_type, "GstGemma4TextDecStrip",
    {GEMMA4_STRIP_SPECIAL, "Tokens that checkpoints mark as special leave no text: what "
          "transformers' decode() does with skip_special_tokens", "special"},
    {GEMMA4_STRIP_KERASHUB, "What KerasHub's generate_postprocess() drops leaves no text: "
          "<bos>, <eos>, <pad> and the tokens of media but <|image>", "kerashub"},
    {GEMMA4_STRIP_NONE, "Every token is written by its name", "none"})
/* *INDENT-ON* */

#define FIELD(member) GEMMA4_FIELD (Gemma4TextDecSettings, member)
#define MUTABLE GST_PARAM_MUTABLE_PLAYING       /* from the next answer on */

static const Gemma4Prop props[] = {
  {"tokenizer", GEMMA4_PROP_STRING, FIELD (tokenizer),
        .blurb = "The model's vocabulary, needed: the path of a file (vocabulary.spm, "
        "tokenizer.json), or a preset as gemma4packer takes it: a directory, a handle, a name"},
  {"strip", GEMMA4_PROP_ENUM, FIELD (strip), MUTABLE, .enum_type = strip_get_type,
        .blurb = "Which tokens leave no text"},
  {"strip-thinking", GEMMA4_PROP_BOOLEAN, FIELD (strip_thinking), MUTABLE,
        .blurb = "Leave out what the model thinks, from <|channel> to <channel|>"},
  {"stop-tokens", GEMMA4_PROP_STRING, FIELD (stop_tokens), MUTABLE,
        .blurb = "Names of the tokens that end an answer, with blanks between them"},
  {"accumulate", GEMMA4_PROP_BOOLEAN, FIELD (accumulate), MUTABLE,
        .blurb = "Every buffer holds the answer so far, and gaps show it again, as a text overlay "
        "wants it; otherwise a buffer holds what is new"},
};

static const Gemma4PropTable prop_table;

static const Gemma4TextDecSettings default_settings = {
  .strip = GEMMA4_STRIP_SPECIAL,
  .stop_tokens = (gchar *) "<turn|> <eos> <|tool_response>",
};

/* Ids of the stop tokens. The default names some that small vocabularies lack. */
static gboolean
find_stops (const Gemma4Tokenizer *tokenizer, const Gemma4TextDecSettings *settings,
    gboolean user_set, GArray *stops, Gemma4Error *error)
{
  g_auto (GStrv) names = g_strsplit_set (settings->stop_tokens ? settings->stop_tokens : "",
      " ", -1);
  g_array_set_size (stops, 0);
  for (guint i = 0; names[i]; i++) {
    gint32 id = gemma4_tokenizer_find (tokenizer, names[i]);
    if (id >= 0)
      g_array_append_val (stops, id);
    if (id >= 0 || !*names[i] || !user_set)
      continue;
    g_snprintf (error->text, sizeof error->text, "stop-tokens names %s, which the tokenizer "
        "%s does not have", names[i], settings->tokenizer);
    return FALSE;
  }
  return TRUE;
}

static Gemma4Detokenizer *
make_detokenizer (const Gemma4Tokenizer *tokenizer, const Gemma4TextDecSettings *settings,
    Gemma4Error *error)
{
  Gemma4Detokenizer *detokenizer = NULL;
  if (gemma4_detokenizer_new (tokenizer, settings->strip, settings->strip_thinking,
          &detokenizer, error) != GEMMA4_OK)
    return NULL;
  return detokenizer;
}

/* Whether the vocabulary has what the settings name. */
static gboolean
check_change (gpointer element, const gchar *name, gconstpointer settings, Gemma4Error *error)
{
  GstGemma4TextDec *self = GST_GEMMA4_TEXT_DEC (element);
  g_autoptr (GArray) stops = g_array_new (FALSE, FALSE, sizeof (gint32));
  Gemma4Detokenizer *detokenizer = make_detokenizer (self->tokenizer, settings, error);
  gboolean stops_set = g_str_equal (name, "stop-tokens")
      || gemma4_props_is_set (&prop_table, "stop-tokens", self->user_set);
  gboolean ok = detokenizer
      && find_stops (self->tokenizer, settings, stops_set, stops, error);
  gemma4_detokenizer_free (detokenizer);
  return ok;
}

static const Gemma4PropTable prop_table = { props, G_N_ELEMENTS (props), check_change };

/* Makes what the settings ask for of the vocabulary. */
static gboolean
prepare (GstGemma4TextDec *self, gboolean stops_set, Gemma4Error *error)
{
  Gemma4Detokenizer *detokenizer = make_detokenizer (self->tokenizer, &self->settings, error);
  if (!detokenizer)
    return FALSE;
  gemma4_detokenizer_free (self->detokenizer);
  self->detokenizer = detokenizer;
  gemma4_text_dec_reset (self);
  return find_stops (self->tokenizer, &self->settings, stops_set, self->stops, error);
}

void
gemma4_text_dec_adopt (GstGemma4TextDec *self)
{
  Gemma4Error error = { "" };
  GST_OBJECT_LOCK (self);
  gboolean changed = self->changed;
  if (changed)
    gemma4_props_copy_mutable (&prop_table, &self->settings, &self->wanted);
  self->changed = FALSE;
  gboolean stops_set = gemma4_props_is_set (&prop_table, "stop-tokens", self->user_set);
  GST_OBJECT_UNLOCK (self);
  if (changed && !prepare (self, stops_set, &error))
    GST_ERROR_OBJECT (self, "%s", error.text);
}

static gboolean
start (GstGemma4TextDec *self)
{
  Gemma4Error error = { "" };
  GST_OBJECT_LOCK (self);
  gemma4_props_copy (&prop_table, &self->settings, &self->wanted);
  gboolean stops_set = gemma4_props_is_set (&prop_table, "stop-tokens", self->user_set);
  GST_OBJECT_UNLOCK (self);
  if (!self->settings.tokenizer) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("No tokenizer given: set tokenizer= to the vocabulary of the model that answers, such "
            "as vocabulary.spm or tokenizer.json, or to its preset."), (NULL));
    return FALSE;
  }
  const gchar *path = gemma4_presets_find_tokenizer (self->settings.tokenizer, NULL, &error);
  if (!path || gemma4_tokenizer_open (path, &self->tokenizer, &error) != GEMMA4_OK) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ, ("%s", error.text), (NULL));
    return FALSE;
  }
  if (!prepare (self, stops_set, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s.", error.text), (NULL));
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  self->started = TRUE;
  self->changed = TRUE;         /* while the tokenizer was read */
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

static void
stop (GstGemma4TextDec *self)
{
  GST_OBJECT_LOCK (self);
  self->started = FALSE;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&self->detokenizer, gemma4_detokenizer_free);
  g_clear_pointer (&self->tokenizer, gemma4_tokenizer_free);
  gemma4_props_clear (&prop_table, &self->settings);
  g_array_set_size (self->stops, 0);
  g_string_truncate (self->answer, 0);
  g_string_truncate (self->fresh, 0);
  self->has_caps = self->announced = self->in_answer = self->discont = FALSE;
  self->number = self->n_replaced = 0;
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  GstGemma4TextDec *self = GST_GEMMA4_TEXT_DEC (element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self)) {
    stop (self);
    return GST_STATE_CHANGE_FAILURE;
  }
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_gemma4_text_dec_parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED && ret == GST_STATE_CHANGE_FAILURE))
    stop (self);
  return ret;
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstGemma4TextDec *self = GST_GEMMA4_TEXT_DEC (parent);
  GstFlowReturn flow = self->has_caps ? gemma4_text_dec_decode (self, buffer)
      : GST_FLOW_NOT_NEGOTIATED;
  gst_buffer_unref (buffer);
  return flow;
}

static gboolean
set_caps (GstGemma4TextDec *self, GstCaps *caps)
{
  Gemma4Error error = { "" };
  self->has_caps = gemma4_text_ids_from_caps (&self->layout, caps, &error);
  if (!self->has_caps) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", error.text), ("caps %" GST_PTR_FORMAT, caps));
    return FALSE;
  }
  /* A new number of ids is nothing new to downstream. */
  if (gst_pad_has_current_caps (self->srcpad))
    return TRUE;
  g_autoptr (GstCaps) out = gst_pad_get_pad_template_caps (self->srcpad);
  return gst_pad_push_event (self->srcpad, gst_event_new_caps (out));
}

/* Text has times, also where its ids have none. */
static gboolean
set_segment (GstGemma4TextDec *self, GstEvent *event)
{
  gst_event_copy_segment (event, &self->segment);
  if (self->segment.rate < 0) {
    GST_ELEMENT_ERROR (self, STREAM, NOT_IMPLEMENTED,
        ("Ids that come backwards cannot become text."), (NULL));
    return FALSE;
  }
  if (self->segment.format == GST_FORMAT_TIME)
    return gst_pad_push_event (self->srcpad, gst_event_ref (event));
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  GstEvent *timed = gst_event_new_segment (&self->segment);
  gst_event_set_seqnum (timed, gst_event_get_seqnum (event));
  return gst_pad_push_event (self->srcpad, timed);
}

static gboolean
sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstGemma4TextDec *self = GST_GEMMA4_TEXT_DEC (parent);
  gboolean ok = TRUE;
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:{
      GstCaps *caps;
      gst_event_parse_caps (event, &caps);
      ok = set_caps (self, caps);
      break;
    }
    case GST_EVENT_SEGMENT:
      ok = set_segment (self, event);
      break;
    case GST_EVENT_GAP:
      return gemma4_text_dec_gap (self, event);
    case GST_EVENT_STREAM_START:
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_EOS:
      gemma4_text_dec_drain (self);
      return gst_pad_event_default (pad, parent, event);
    case GST_EVENT_FLUSH_STOP:
      gemma4_text_dec_reset (self);
      gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
      return gst_pad_event_default (pad, parent, event);
    default:
      return gst_pad_event_default (pad, parent, event);
  }
  gst_event_unref (event);
  return ok;
}

/* A late sink must not make a model skip ids. */
static gboolean
src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_QOS)
    return gst_pad_event_default (pad, parent, event);
  gst_event_unref (event);
  return TRUE;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstGemma4TextDec *self = GST_GEMMA4_TEXT_DEC (object);
  GST_OBJECT_LOCK (self);
  gchar *refused = gemma4_props_set (&prop_table, pspec, &self->wanted, &self->user_set, value,
      self->started ? self : NULL);
  self->changed |= self->started && !refused;
  GST_OBJECT_UNLOCK (self);
  gemma4_props_warn (self, refused);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstGemma4TextDec *self = GST_GEMMA4_TEXT_DEC (object);
  GST_OBJECT_LOCK (self);
  gemma4_props_get (&prop_table, id, &self->wanted, value);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject *object)
{
  GstGemma4TextDec *self = GST_GEMMA4_TEXT_DEC (object);
  gemma4_props_clear (&prop_table, &self->wanted);
  g_array_unref (self->stops);
  g_string_free (self->answer, TRUE);
  g_string_free (self->fresh, TRUE);
  G_OBJECT_CLASS (gst_gemma4_text_dec_parent_class)->finalize (object);
}

static void
gst_gemma4_text_dec_init (GstGemma4TextDec *self)
{
  gemma4_props_copy (&prop_table, &self->wanted, &default_settings);
  self->stops = g_array_new (FALSE, FALSE, sizeof (gint32));
  self->answer = g_string_new (NULL);
  self->fresh = g_string_new (NULL);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, chain);
  gst_pad_set_event_function (self->sinkpad, sink_event);
  gst_pad_set_query_function (self->sinkpad, gemma4_tensors_sink_query);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, src_event);
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}

static void
gst_gemma4_text_dec_class_init (GstGemma4TextDecClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  gemma4_props_install (object_class, &prop_table, &default_settings);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Gemma 4 text decoder",
      "Codec/Decoder/Text", "Turns the ids of a model's answer into text while they come",
      "the gst-gemma4 authors");
  GST_DEBUG_CATEGORY_INIT (gst_gemma4_text_dec_debug, "gemma4textdec", 0,
      "Gemma 4 text decoder");
}
