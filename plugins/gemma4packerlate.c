/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Live packs that go out without what comes too late, and questions that wait for a clock
 * that stands still. All with the packer's lock held. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

#define LIVE_LATENCY (100 * GST_MSECOND)
#define CLOCK_PATIENCE_US (2 * G_USEC_PER_SEC)

/* How long a pack waits for late media, upstream's latency aside. */
GstClockTime
gemma4_packer_latency (GstGemma4Packer *self)
{
  if (self->settings.latency_ns >= 0)
    return self->settings.latency_ns;
  return gemma4_packer_is_live (self) ? LIVE_LATENCY : 0;
}

static const gchar *
media_of (const GstGemma4PackerPad *pad)
{
  return pad->kind == GEMMA4_PAD_AUDIO ? "sound" : "picture";
}

static void
tell_late (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  GstClockTime since = pad->has_shown ? pad->shown_ns : pad->since_ns;
  GstMessage *message = gemma4_packer_dropped (self, pad, "late", 0, 0);
  gst_structure_set (gst_message_writable_structure (message), "missing-since",
      G_TYPE_UINT64, since, NULL);
  gemma4_packer_note (self, message);
  self->counts.n_late++;
  if (pad->has_shown && pad->started)
    gemma4_packer_warn (self, "%s was late: %s pack has no %s after %.1f s; a latency= of more "
        "than %" G_GUINT64_FORMAT " ns lets it wait longer.", GST_PAD_NAME (pad),
        pad->kind == GEMMA4_PAD_IMAGE ? "the last" : "this", media_of (pad), since / 1e9,
        gemma4_packer_latency (self));
}

/* A picture comes when there is one: that none was there says nothing, until it comes. */
static void
note_late (GstGemma4Packer *self, GstGemma4PackerPad *pad, const Gemma4Cut *cut)
{
  if (pad->kind == GEMMA4_PAD_IMAGE && pad->has_shown && pad->started)
    pad->missed_ns = cut->time_ns;
  else
    tell_late (self, pad);
}

void
gemma4_packer_image_came (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    GstClockTime running_ns)
{
  if (running_ns < pad->missed_ns)
    tell_late (self, pad);
  pad->missed_ns = 0;
}

/* Whether nothing says what to ask but @pad, to which nothing comes. */
static gboolean
is_only_prompt (GstGemma4Packer *self, const GstGemma4PackerPad *pad)
{
  return pad->kind == GEMMA4_PAD_PROMPT && self->n_prompts == 0 && !self->cuts.length
      && (!gemma4_packer_has_prompt_property (self)
      || gemma4_packer_trigger (self) == GEMMA4_TRIGGER_PROMPT);
}

/* @pad never showed anything. */
static void
tell_left_out (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  const gchar *what = pad->started ? "buffer" : "stream";
  if (is_only_prompt (self, pad))
    gemma4_packer_warn (self, "Nothing comes from %s (no %s within the time allowed): nothing is "
        "asked, so nothing is packed. Leave that pad out and set prompt= to ask when the media "
        "has ended.", GST_PAD_NAME (pad), what);
  else
    gemma4_packer_warn (self, "Nothing comes from %s (no %s within the time allowed): packs go "
        "out without it.", GST_PAD_NAME (pad), what);
}

void
gemma4_packer_leave_out (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    const Gemma4Cut *live_cut)
{
  if (live_cut)
    note_late (self, pad, live_cut);
  if (pad->left_out || (pad->has_shown && pad->started))
    return;
  pad->left_out = TRUE;
  if (pad->has_shown)
    gemma4_packer_warn (self, "Nothing comes from %s any more, it is not linked: packs have "
        "no %s of it after %.1f s.", GST_PAD_NAME (pad), media_of (pad), pad->shown_ns / 1e9);
  else
    tell_left_out (self, pad);
}

/* A question waits for the clock: says so if that does not move. Returns the monotonic
 * time at which to look again, or 0. */
gint64
gemma4_packer_watch_clock (GstGemma4Packer *self, const Gemma4Cut *cut,
    GstClockTime deadline_ns)
{
  GstClockTime now_ns = gemma4_packer_now (self);
  gint64 now_us = g_get_monotonic_time ();
  if (!self->clock_us || now_ns != self->clock_ns) {
    self->clock_ns = now_ns;
    self->clock_us = now_us;
    self->told_clock = FALSE;
  }
  gint64 until_us = self->clock_us + CLOCK_PATIENCE_US;
  if (!cut->prompt || self->told_clock)
    return 0;
  if (now_us < until_us)
    return until_us;
  self->told_clock = TRUE;
  gemma4_packer_warn (self, "The question \"%s\" waits for media until %.1f s of running time, but "
      "the pipeline's clock has stood still at %.1f s for 2 s: %s.", cut->prompt,
      deadline_ns / 1e9, now_ns / 1e9, self->playing ? "give it a clock that runs, and its "
      "base time" : "set it to PLAYING");
  return 0;
}
