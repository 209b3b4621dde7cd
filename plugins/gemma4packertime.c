/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* When a question was asked. Live, a time that says nothing about now is not taken:
 * the question is asked when it arrives. All with the packer's lock held. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* A question may be this much ahead of the clock, and the latency. */
#define AHEAD_OF_CLOCK GST_SECOND

/* *INDENT-OFF* */
GEMMA4_DEFINE_ENUM (prompt_time_type, "GstGemma4PackerPromptTime",
    {GEMMA4_PROMPT_TIME_AUTO, "Its PTS; live, when it arrives, if that says nothing about now", "auto"},
    {GEMMA4_PROMPT_TIME_ARRIVAL, "When it arrives: it takes what has arrived of media, live or not", "arrival"},
    {GEMMA4_PROMPT_TIME_PTS, "Its PTS, whatever it says", "pts"})
/* *INDENT-ON* */

GType
gemma4_prompt_time_get_type (void)
{
  return prompt_time_type ();
}

static Gemma4PromptTime
prompt_time (GstGemma4PackerPad *pad)
{
  GST_OBJECT_LOCK (pad);
  Gemma4PromptTime rule = pad->prompt_time;
  GST_OBJECT_UNLOCK (pad);
  return rule;
}

gboolean
gemma4_pad_has_time (GstGemma4PackerPad *pad)
{
  return prompt_time (pad) != GEMMA4_PROMPT_TIME_ARRIVAL;
}

/* GstBaseSrc stamps the first buffer of a source that knows no times with PTS and DTS 0.
 * Subtitles have a DURATION. In a recording a segment in time is a demuxer's. */
static gboolean
is_invented (GstGemma4Packer *self, const GstGemma4PackerPad *pad, GstBuffer *buffer)
{
  return !pad->text_came && GST_BUFFER_PTS (buffer) == 0 && GST_BUFFER_DTS (buffer) == 0
      && !GST_BUFFER_DURATION_IS_VALID (buffer)
      && (gemma4_packer_is_live (self) || pad->segment.format != GST_FORMAT_TIME);
}

/* Bytes with a timestamp but without a segment in time (fdsrc do-timestamp=true) carry
 * running time. */
static GstClockTime
running_time (GstGemma4PackerPad *pad, GstBuffer *buffer)
{
  GstClockTime running, stream;
  if (gemma4_packer_pad_running_time (pad, GST_BUFFER_PTS (buffer), &running, &stream))
    return running;
  return pad->segment.format == GST_FORMAT_TIME ? GST_CLOCK_TIME_NONE
      : GST_BUFFER_PTS (buffer);
}

Gemma4TextTime
gemma4_packer_text_time (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer)
{
  Gemma4PromptTime rule = prompt_time (pad);
  gboolean invented = is_invented (self, pad, buffer);
  pad->text_came = TRUE;
  if (rule == GEMMA4_PROMPT_TIME_ARRIVAL || (rule == GEMMA4_PROMPT_TIME_AUTO && invented))
    return (Gemma4TextTime) { GST_CLOCK_TIME_NONE, FALSE };
  return (Gemma4TextTime) {
    running_time (pad, buffer),
    rule == GEMMA4_PROMPT_TIME_PTS || GST_BUFFER_DURATION_IS_VALID (buffer)};
}

/* A text that is shown for a while says that no other begins meanwhile: media of the
 * same file must go on, or its demuxer never reaches the next one. */
GstClockTime
gemma4_packer_end_of_text (GstGemma4PackerPad *pad, GstBuffer *buffer, GstClockTime time_ns)
{
  GstClockTime running, stream;
  if (GST_BUFFER_DURATION_IS_VALID (buffer) && gemma4_packer_pad_running_time (pad,
          GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer), &running, &stream))
    return running;
  return time_ns;
}

/* From where on a pad's store has all that it showed. */
static GstClockTime
begin_of_store (GstGemma4Packer *self, const GstGemma4PackerPad *pad)
{
  GstClockTime begin = MAX (pad->first_ns, gemma4_packer_kept_from (self));
  return pad->kind == GEMMA4_PAD_AUDIO && pad->rows.lost
      ? MAX (begin, gemma4_row_store_time (&pad->rows, pad->rows.lost)) : begin;
}

static gboolean
something_has_shown (GstGemma4Packer *self)
{
  return GST_CLOCK_TIME_IS_VALID (gemma4_packer_begin_of_media (self));
}

/* Whether a question is about a time of which no store has anything any more; before
 * anything came, nothing is lost. */
static gboolean
is_forgotten (GstGemma4Packer *self, GstClockTime time_ns)
{
  GstClockTime begin = GST_CLOCK_TIME_NONE;
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (gemma4_pad_is_media (pad) && pad->has_shown)
      begin = MIN (begin, begin_of_store (self, pad));
  }
  return GST_CLOCK_TIME_IS_VALID (begin) && time_ns < begin;
}

static GstClockTime
latency (GstGemma4Packer *self)
{
  GstClockTime upstream = 0;
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (gemma4_pad_is_media (pad))
      upstream = MAX (upstream, pad->upstream_latency_ns);
  }
  return gemma4_packer_latency (self) + upstream;
}

static gboolean
has_clock (GstGemma4Packer *self)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self));
  return self->playing && clock;
}

/* do-timestamp counts on while the pipeline is paused. A time that media has reached is
 * none of the future. */
static gboolean
is_ahead (GstGemma4Packer *self, GstClockTime time_ns)
{
  GstClockTime now = MAX (gemma4_packer_now (self), gemma4_packer_end_of_media (self));
  return has_clock (self) && time_ns > now + AHEAD_OF_CLOCK + latency (self);
}

/* Live it takes what has arrived, otherwise everything; before all media has come,
 * nobody knows what that is. */
static Gemma4Cut *
untimed_cut (GstGemma4Packer *self, const gchar *prompt, gboolean now)
{
  GstClockTime time_ns = GST_CLOCK_TIME_NONE;
  if ((now || gemma4_packer_is_live (self)) && gemma4_packer_all_media_has_shown (self))
    time_ns = gemma4_packer_end_of_media (self);
  return gemma4_cut_new (prompt, now ? GEMMA4_CUT_NOW : GEMMA4_CUT_ARRIVED, time_ns);
}

Gemma4Cut *
gemma4_packer_cut_of (GstGemma4Packer *self, GstGemma4PackerPad *pad, const gchar *prompt,
    Gemma4TextTime when)
{
  if (gemma4_packer_trigger (self) == GEMMA4_TRIGGER_EOS)
    return gemma4_cut_new (prompt, GEMMA4_CUT_END, GST_CLOCK_TIME_NONE);
  gboolean judged = !when.is_sure && gemma4_packer_is_live (self);
  if (!GST_CLOCK_TIME_IS_VALID (when.time_ns)
      || (judged && (is_forgotten (self, when.time_ns) || is_ahead (self, when.time_ns))))
    return untimed_cut (self, prompt, pad && !gemma4_pad_has_time (pad));
  Gemma4Cut *cut = gemma4_cut_new (prompt, GEMMA4_CUT_TIME, when.time_ns);
  cut->is_doubtful = !when.is_sure && !(judged && self->playing && something_has_shown (self));
  return cut;
}

/* It is known that media is live, and the clock runs and says which questions are ahead of
 * it: those of a pause, and one that its source stamped while it got its base time. Those
 * that came before all media, and lie before it, are about what comes first. */
void
gemma4_packer_judge_cuts (GstGemma4Packer *self)
{
  if (!self->playing || !gemma4_packer_is_live (self))
    return;
  for (GList * l = self->cuts.head; l; l = l->next) {
    Gemma4Cut *cut = l->data;
    if (cut->is_doubtful && (is_ahead (self, cut->time_ns)
            || is_forgotten (self, cut->time_ns))) {
      Gemma4Cut *arrived = untimed_cut (self, NULL, FALSE);
      cut->kind = arrived->kind;
      cut->time_ns = arrived->time_ns;
      gemma4_cut_free (arrived);
    }
    cut->is_doubtful &= !something_has_shown (self);
  }
}
