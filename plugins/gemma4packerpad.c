/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a sink pad is: its stores, what it has shown, and when it waits. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* A video's store holds this many times the frames of a pack, so that a window
 * which ends in its middle still finds enough. */
#define FRAMES_KEPT 4
#define IMAGES_KEPT 64
/* Seconds of sound kept beyond the longest clip: for windows that end before
 * now, and while downstream is busy. */
#define SPARE_SOUND_S 30

G_DEFINE_TYPE (GstGemma4PackerPad, gst_gemma4_packer_pad, GST_TYPE_PAD);

static void
gst_gemma4_packer_pad_init (GstGemma4PackerPad *pad)
{
  pad->text = g_byte_array_new ();
  gst_segment_init (&pad->segment, GST_FORMAT_UNDEFINED);
  g_queue_init (&pad->waiting);
  pad->list_from = G_MAXUINT64;
}

static void
gst_gemma4_packer_pad_finalize (GObject *object)
{
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (object);
  gemma4_packer_watch_begin (pad);
  gemma4_frame_store_clear (&pad->frames);
  gemma4_row_store_clear (&pad->rows);
  gemma4_packer_forget_screen (pad);
  g_clear_pointer (&pad->video_metadata, gst_structure_free);
  g_byte_array_unref (pad->text);
  G_OBJECT_CLASS (gst_gemma4_packer_pad_parent_class)->finalize (object);
}

enum
{
  PROP_VIDEO_METADATA = 1,
  PROP_PROMPT_TIME,
};

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (object);
  GST_OBJECT_LOCK (pad);
  if (id == PROP_PROMPT_TIME) {
    pad->prompt_time = g_value_get_enum (value);
  } else {
    const GstStructure *metadata = gst_value_get_structure (value);
    g_clear_pointer (&pad->video_metadata, gst_structure_free);
    pad->video_metadata = metadata ? gst_structure_copy (metadata) : NULL;
  }
  GST_OBJECT_UNLOCK (pad);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (object);
  GST_OBJECT_LOCK (pad);
  if (id == PROP_PROMPT_TIME)
    g_value_set_enum (value, pad->prompt_time);
  else
    gst_value_set_structure (value, pad->video_metadata);
  GST_OBJECT_UNLOCK (pad);
}

static void
gst_gemma4_packer_pad_class_init (GstGemma4PackerPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->finalize = gst_gemma4_packer_pad_finalize;
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  g_object_class_install_property (object_class, PROP_VIDEO_METADATA,
      g_param_spec_boxed ("video-metadata", "video-metadata",
          "Which frames of its source a video is made of, for the mm:ss before each: "
          "metadata,frames-indices=<0,8,16,24>,fps=30.0 (fps: that of video-fps if absent); "
          "in a batch, metadata,samples=<[m,frames-indices=<0,8>],[m,frames-indices=<0,4>]> "
          "has one for each prompt (NULL = the times of the frames)", GST_TYPE_STRUCTURE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (object_class, PROP_PROMPT_TIME,
      g_param_spec_enum ("prompt-time", "prompt-time",
          "Prompt pad: when a question was asked. auto: at its PTS; live, when it arrives, if "
          "it has none, GstBaseSrc made it (PTS and DTS 0 of the first buffer), it lies before "
          "all media that is kept, or over 1 s and the latency ahead of the clock. A text "
          "with a DURATION is a subtitle and keeps its time", gemma4_prompt_time_get_type (),
          GEMMA4_PROMPT_TIME_AUTO,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
}

void
gemma4_packer_pad_empty (GstGemma4PackerPad *pad)
{
  if (pad->frames.frames)
    gemma4_frame_store_empty (&pad->frames);
  gemma4_row_store_empty (&pad->rows);
  gemma4_packer_watch_forget (pad);
  gemma4_packer_forget_screen (pad);
  g_byte_array_set_size (pad->text, 0);
  pad->text_too_long = pad->text_came = FALSE;
}

/* Prepares the pad for a new stream: after a flush, and when the element stops. */
void
gemma4_packer_pad_reset (GstGemma4PackerPad *pad)
{
  gst_segment_init (&pad->segment, GST_FORMAT_UNDEFINED);
  pad->end = GEMMA4_PAD_FLOWS;
  pad->between = FALSE;
  pad->has_shown = pad->latency_known = FALSE;
  pad->thread = 0;
  pad->left_out = pad->thinned = FALSE;
  pad->shown_ns = pad->end_ns = pad->first_ns = pad->missed_ns = 0;
  pad->n_frames = 0;
  gemma4_packer_pad_empty (pad);
  gemma4_packer_watch_begin (pad);
}

static guint
frames_kept (GstGemma4Packer *self)
{
  return FRAMES_KEPT * MAX (self->settings.pack.num_frames_per_video, 2);
}

static guint64
rows_kept (GstGemma4Packer *self)
{
  const Gemma4PackParams *pack = &self->settings.pack;
  return (guint64) pack->clip_rows * gemma4_packer_most_clips (self)
      + SPARE_SOUND_S * self->preset->audio->sampling_rate_hz / pack->hop_length;
}

void
gemma4_packer_pad_resize (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  if (pad->kind == GEMMA4_PAD_VIDEO)
    gemma4_frame_store_resize (&pad->frames, frames_kept (self));
  else if (pad->kind == GEMMA4_PAD_AUDIO && !gemma4_row_store_resize (&pad->rows, rows_kept (self)))
    gemma4_packer_warn (self, "%s: there is no memory to keep more sound.", GST_PAD_NAME (pad));
}

/* Makes the store that the settings ask for; FALSE if memory is short. */
gboolean
gemma4_packer_pad_make_store (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  const Gemma4PackParams *pack = &self->settings.pack;
  gemma4_frame_store_clear (&pad->frames);
  gemma4_row_store_clear (&pad->rows);
  switch (pad->kind) {
    case GEMMA4_PAD_IMAGE:
      gemma4_frame_store_init (&pad->frames, IMAGES_KEPT, FALSE);
      return TRUE;
    case GEMMA4_PAD_VIDEO:
      gemma4_frame_store_init (&pad->frames, frames_kept (self), TRUE);
      return TRUE;
    case GEMMA4_PAD_AUDIO:{
      const Gemma4LogMelParams *mel = self->preset->audio;
      return gemma4_row_store_init (&pad->rows, mel->sampling_rate_hz,
          pack->hop_length, pack->n_mels, pack->silence, pack->silent_row, rows_kept (self));
    }
    default:
      return TRUE;
  }
}

/* Whether packs have had all that it has. */
gboolean
gemma4_packer_pad_is_used_up (const GstGemma4PackerPad *pad)
{
  const Gemma4RowStore *rows = &pad->rows;
  return pad->kind == GEMMA4_PAD_AUDIO ? rows->first + rows->n_rows <= rows->next
      : !pad->frames.frames || !pad->frames.frames->len;
}

gboolean
gemma4_packer_pad_running_time (GstGemma4PackerPad *pad, GstClockTime time,
    GstClockTime *running_ns, GstClockTime *stream_ns)
{
  if (pad->segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (time))
    return FALSE;
  *running_ns = gst_segment_to_running_time (&pad->segment, GST_FORMAT_TIME, time);
  *stream_ns = gst_segment_to_stream_time (&pad->segment, GST_FORMAT_TIME, time);
  return GST_CLOCK_TIME_IS_VALID (*running_ns);
}

/* Asks upstream whether it is live: without the lock, which it takes then. */
static void
ask_and_lock (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean live = FALSE;
  GstClockTime min = 0;
  if (gst_pad_peer_query (GST_PAD (pad), query))
    gst_query_parse_latency (query, &live, &min, NULL);
  g_mutex_lock (&self->lock);
  pad->live = live;
  pad->upstream_latency_ns = min;
  gemma4_packer_judge_cuts (self);
  g_cond_broadcast (&self->cond);
}

void
gemma4_packer_ask_latency (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  ask_and_lock (self, pad);
  gemma4_packer_unlock (self);
}

/* Takes the lock; at the first buffer upstream is asked before. No deadline passes between
 * the answer and that buffer. */
void
gemma4_packer_pad_lock (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  g_mutex_lock (&self->lock);
  if (pad->latency_known)
    return;
  pad->latency_known = TRUE;
  gemma4_packer_unlock (self);
  ask_and_lock (self, pad);
}

static gboolean
prompt_pad_is_behind (GstGemma4Packer *self, GstClockTime running_ns)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *prompt = g_ptr_array_index (self->pads, i);
    if (prompt->kind == GEMMA4_PAD_PROMPT && prompt->started && !prompt->end
        && !gemma4_pad_is_fed_here (prompt) && prompt->segment.format == GST_FORMAT_TIME
        && prompt->shown_ns < running_ns && gemma4_pad_has_time (prompt))
      return TRUE;
  }
  return FALSE;
}

/* A prompt that waits for the end of all media. */
static gboolean
end_is_awaited (GstGemma4Packer *self)
{
  for (const GList *l = self->cuts.head; l; l = l->next) {
    if (((const Gemma4Cut *) l->data)->kind != GEMMA4_CUT_TIME)
      return TRUE;
  }
  return FALSE;
}

/* Where one thread feeds several pads, one that waited behind the cut would keep the
 * others from ever showing it. Stores hold much more than this. */
#define AHEAD_OF_CUT (5 * GST_SECOND)

static gboolean
others_are_behind (GstGemma4Packer *self, GstClockTime running_ns)
{
  const Gemma4Cut *next = g_queue_peek_head (&self->cuts);
  return next && running_ns < next->time_ns + AHEAD_OF_CUT
      && !gemma4_packer_has_shown (self, next);
}

void
gemma4_packer_pad_show (GstGemma4Packer *self, GstGemma4PackerPad *pad, Gemma4Shown shown)
{
  gboolean first = !pad->has_shown;
  if (first)
    gemma4_packer_watch_first (self, pad, shown.begin_ns);
  pad->first_ns = first ? shown.begin_ns : MIN (pad->first_ns, shown.begin_ns);
  pad->has_shown = TRUE;
  pad->shown_ns = MAX (pad->shown_ns, shown.shown_ns);
  pad->end_ns = MAX (pad->end_ns, shown.end_ns);
  if (first)
    gemma4_packer_judge_cuts (self);
  g_cond_broadcast (&self->cond);
}

/* What a chain function returns, as far as it is not its own buffer's doing. */
GstFlowReturn
gemma4_packer_pad_flow (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  if (gemma4_pad_is_flushing (self, pad))
    return GST_FLOW_FLUSHING;
  return self->finished ? GST_FLOW_EOS : self->flow;
}

static gboolean
must_wait (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstClockTime running_ns)
{
  return gemma4_packer_pad_flow (self, pad) >= GST_FLOW_OK && !gemma4_packer_is_live (self)
      && prompt_pad_is_behind (self, running_ns) && !end_is_awaited (self)
      && !others_are_behind (self, running_ns)
      && gemma4_packer_trigger (self) == GEMMA4_TRIGGER_PROMPT;
}

/* The one case in which media waits: recorded media must not run past prompts
 * that are still to come at earlier times, or its store would lose it. What waits
 * shows already that nothing comes before it: nobody may ask on before the last
 * prompt is packed. */
GstFlowReturn
gemma4_packer_pad_wait (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    GstClockTime running_ns)
{
  if (must_wait (self, pad, running_ns))
    gemma4_packer_pad_show (self, pad, (Gemma4Shown) { running_ns, running_ns, running_ns});
  while (must_wait (self, pad, running_ns))
    gemma4_packer_wait (self, 0);
  return gemma4_packer_pad_flow (self, pad);
}

/* What lasts @duration of the media's time lasts this long in running time. */
GstClockTime
gemma4_packer_pad_lasts (const GstGemma4PackerPad *pad, GstClockTime duration)
{
  gdouble rate = pad->segment.format == GST_FORMAT_TIME ? ABS (pad->segment.rate) : 1.0;
  if (!GST_CLOCK_TIME_IS_VALID (duration))
    return 0;
  return rate == 1.0 ? duration : (GstClockTime) (duration / rate + 0.5);
}

/* Nothing comes from a pad that was unlinked, until it is linked again. The
 * signals come without the pad's lock, which its unlink function would hold. */
static void
link_changed (GstPad *gstpad, GstPad *peer, gpointer linked)
{
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (gstpad);
  g_autoptr (GstElement) parent = gst_pad_get_parent_element (gstpad);
  g_atomic_int_set (&pad->linked, GPOINTER_TO_INT (linked));
  if (!parent)
    return;
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  g_mutex_lock (&self->lock);
  if (!linked)
    pad->started = FALSE;
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
}

void
gemma4_packer_pad_setup (GstGemma4PackerPad *pad)
{
  gemma4_packer_watch_begin (pad);
  gst_pad_set_chain_function (GST_PAD (pad), gemma4_pad_is_media (pad) ? gemma4_packer_media_chain
      : pad->kind == GEMMA4_PAD_ANSWER ? gemma4_packer_answer_chain
      : gemma4_packer_text_chain);
  if (gemma4_pad_is_media (pad))
    gst_pad_set_chain_list_function (GST_PAD (pad), gemma4_packer_media_chain_list);
  gst_pad_set_event_function (GST_PAD (pad), gemma4_packer_sink_event);
  gst_pad_set_query_function (GST_PAD (pad), gemma4_packer_sink_query);
  g_signal_connect (pad, "linked", G_CALLBACK (link_changed), GINT_TO_POINTER (TRUE));
  g_signal_connect (pad, "unlinked", G_CALLBACK (link_changed), GINT_TO_POINTER (FALSE));
}
