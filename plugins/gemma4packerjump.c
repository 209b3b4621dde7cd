/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Live media whose times jump. A wrong time costs its buffer. Media that goes on from
 * another time goes on in the packs, too: its pad knows what it is ahead of the clock, and
 * takes that off. The converters watch their own times (gemma4live.h): this is for what
 * they mark, for what shifts between them and here, an offset of a pad or a new SEGMENT,
 * and for tensors from elsewhere. All with the packer's lock held. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

typedef struct
{
  GstBuffer *buffer;
  GstClockTime running_ns, stream_ns;
} Waiting;

static void
waiting_free (Waiting *waiting)
{
  gst_buffer_unref (waiting->buffer);
  g_free (waiting);
}

void
gemma4_packer_watch_forget (GstGemma4PackerPad *pad)
{
  g_queue_clear_full (&pad->waiting, (GDestroyNotify) waiting_free);
  gemma4_jump_forget (&pad->watch);
}

void
gemma4_packer_watch_begin (GstGemma4PackerPad *pad)
{
  gemma4_packer_watch_forget (pad);
  gemma4_jump_init (&pad->watch, pad->kind == GEMMA4_PAD_AUDIO);
  pad->begins_again = FALSE;
  pad->ahead_ns = 0;
}

GstClockTime
gemma4_packer_pad_place (const GstGemma4PackerPad *pad, GstClockTime running_ns)
{
  return gemma4_shifted_time (running_ns, -pad->ahead_ns);
}

/* A clock that has not moved tells nothing. */
static Gemma4JumpClock
ask_clock (GstGemma4Packer *self, const GstGemma4PackerPad *pad, GstClockTime wall)
{
  GstClockTime now = gemma4_packer_now (self);
  return (Gemma4JumpClock) {
    now ? now : GST_CLOCK_TIME_NONE, gemma4_packer_latency (self) + pad->upstream_latency_ns,
    wall};
}

static gdouble
seconds (GstClockTime time)
{
  return (gdouble) time / GST_SECOND;
}

static void
drop_alone (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  for (guint i = 0; i < pad->watch.n_alone && !g_queue_is_empty (&pad->waiting); i++) {
    Waiting *alone = g_queue_pop_head (&pad->waiting);
    gemma4_packer_warn (self, "%s: a buffer has the running time %.3f s, where %.3f s was expected, "
        "and none goes on from it: it is left out. If the source is right, let it stamp its "
        "buffers with the clock's time (do-timestamp=true).", GST_PAD_NAME (pad),
        seconds (alone->running_ns), GST_CLOCK_TIME_IS_VALID (pad->watch.from) ?
        seconds (pad->watch.from) : seconds (gemma4_packer_now (self)));
    gemma4_packer_note (self, gemma4_packer_dropped (self, pad, "jump", 0, 0));
    waiting_free (alone);
  }
}

static void
shift (GstClockTime *time_ns, gint64 shift_ns)
{
  if (GST_CLOCK_TIME_IS_VALID (*time_ns))
    *time_ns = gemma4_shifted_time (*time_ns, shift_ns);
}

static GstClockTime
distance (GstClockTime a, GstClockTime b)
{
  return a > b ? a - b : b - a;
}

/* Pads that jump together do so within this time. */
#define TOGETHER (5 * GST_SECOND)

/* Whether all other media that flows is at this time, too. */
static gboolean
others_are_there (GstGemma4Packer *self, const GstGemma4PackerPad *pad, GstClockTime to_ns)
{
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *other = g_ptr_array_index (self->pads, i);
    if (other != pad && gemma4_pad_is_media (other) && other->has_shown && !other->end
        && distance (other->shown_ns, to_ns) > TOGETHER)
      return FALSE;
  }
  return TRUE;
}

/* The grid goes on next to where the media does, when the last pad has jumped there: for
 * the others it would stand still. */
static void
shift_intervals (GstGemma4Packer *self, const GstGemma4PackerPad *pad, GstClockTime to_ns,
    gint64 shift_ns)
{
  GstClockTime shifted_ns = gemma4_shifted_time (self->intervals_ns, shift_ns);
  if (self->n_intervals && others_are_there (self, pad, to_ns)
      && distance (shifted_ns, to_ns) < distance (self->intervals_ns, to_ns))
    self->intervals_ns = shifted_ns;
}

/* Packs may follow the clock back again. */
static void
go_back (GstGemma4Packer *self, GstClockTime to_ns)
{
  self->went_back = TRUE;
  self->last_cut_ns = MIN (self->last_cut_ns, to_ns);
}

/* What no pack had of before moves next to what comes. */
static void
move_back (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstClockTime from_ns,
    GstClockTime to_ns)
{
  gint64 shift_ns = GST_CLOCK_DIFF (from_ns, to_ns);
  if (pad->frames.frames)
    gemma4_frame_store_shift (&pad->frames, shift_ns);
  shift (&pad->screen.running_ns, shift_ns);
  shift (&pad->first_ns, shift_ns);
  shift_intervals (self, pad, to_ns, shift_ns);
  pad->shown_ns = pad->end_ns = to_ns;
  pad->missed_ns = 0;
  go_back (self, to_ns);
}

/* Where the clock does not explain the new times, they count as if they had gone on from
 * the old ones. A source that was rebuilt and begins earlier does so in the packs, too. */
static void
begin_timeline (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstClockTime stream_ns)
{
  const Gemma4Jump *watch = &pad->watch;
  if (!GST_CLOCK_TIME_IS_VALID (watch->from))
    return;
  GstClockTime from_ns = gemma4_packer_pad_place (pad, watch->from);
  gboolean rebuilt = pad->begins_again && (watch->to < from_ns || !gemma4_packer_now (self));
  gboolean right = watch->explained || rebuilt;
  pad->ahead_ns = right ? 0 : pad->ahead_ns + GST_CLOCK_DIFF (watch->due, watch->to);
  GstClockTime to_ns = gemma4_packer_pad_place (pad, watch->to);
  if (pad->kind == GEMMA4_PAD_AUDIO && to_ns <= from_ns + GEMMA4_JUMP_SLACK)
    gemma4_row_store_jump (&pad->rows, to_ns, stream_ns);
  if (to_ns < from_ns)
    move_back (self, pad, from_ns, to_ns);
}

static void
tell_timeline (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  GstClockTime from_ns = pad->watch.from, to_ns = pad->watch.to;
  if (!GST_CLOCK_TIME_IS_VALID (from_ns))
    return;
  gemma4_packer_warn (self, "%s: the running time jumped from %.3f s to %.3f s, and the media goes "
      "on from there: it is taken as new media.", GST_PAD_NAME (pad), seconds (from_ns),
      seconds (to_ns));
  gemma4_packer_note (self, gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("gemma4-jump", "pad", G_TYPE_STRING, GST_PAD_NAME (pad),
              "from", G_TYPE_UINT64, from_ns, "to", G_TYPE_UINT64, to_ns, NULL)));
}

static GstFlowReturn
take (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer,
    GstClockTime running_ns, GstClockTime stream_ns)
{
  return gemma4_packer_pad_take (self, pad, buffer, gemma4_packer_pad_place (pad, running_ns),
      stream_ns);
}

/* Does with what waits what the watch says, and makes way for the buffer behind it. */
static GstFlowReturn
settle (GstGemma4Packer *self, GstGemma4PackerPad *pad, Gemma4JumpVerdict verdict,
    GstClockTime stream_ns, gboolean known)
{
  GstFlowReturn flow = GST_FLOW_OK;
  drop_alone (self, pad);
  if (verdict == GEMMA4_JUMP_WAIT)
    return GST_FLOW_OK;
  const Waiting *first = g_queue_peek_head (&pad->waiting);
  gboolean is_right_again = pad->ahead_ns != 0 && pad->watch.explained;
  if (verdict == GEMMA4_JUMP_GOES_ON || is_right_again) {
    if (!known)
      tell_timeline (self, pad);
    begin_timeline (self, pad, first ? first->stream_ns : stream_ns);
  }
  for (Waiting * next; (next = g_queue_pop_head (&pad->waiting)); waiting_free (next)) {
    if (flow == GST_FLOW_OK)
      flow = take (self, pad, next->buffer, next->running_ns, next->stream_ns);
  }
  return flow;
}

static void
hold (GstGemma4PackerPad *pad, GstBuffer *buffer, GstClockTime running_ns,
    GstClockTime stream_ns)
{
  Waiting *waiting = g_new (Waiting, 1);
  *waiting = (Waiting) { gst_buffer_ref (buffer), running_ns, stream_ns };
  g_queue_push_tail (&pad->waiting, waiting);
}

/* A converter marks where its media goes on from another time, and has said so; without
 * a clock media is taken as it comes. */
static Gemma4JumpVerdict
judge (GstGemma4PackerPad *pad, GstClockTime running_ns, GstClockTime duration,
    const Gemma4JumpClock *clock, gboolean known)
{
  return known ? gemma4_jump_accept (&pad->watch, running_ns, duration, clock)
      : gemma4_jump_judge (&pad->watch, running_ns, duration, clock);
}

static GstClockTime
lasts (const GstGemma4PackerPad *pad, GstClockTime duration)
{
  return GST_CLOCK_TIME_IS_VALID (duration) ? gemma4_packer_pad_lasts (pad, duration)
      : GST_CLOCK_TIME_NONE;
}

GstFlowReturn
gemma4_packer_watch (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer,
    GstClockTime running_ns, GstClockTime stream_ns)
{
  GstClockTime wall = gst_util_get_timestamp ();
  GstClockTime duration = lasts (pad, GST_BUFFER_DURATION (buffer));
  gboolean known = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT)
      || pad->begins_again;
  if (!pad->live || (!known && gemma4_jump_is_plain (&pad->watch, running_ns, duration, wall)))
    return take (self, pad, buffer, running_ns, stream_ns);
  Gemma4JumpClock clock = ask_clock (self, pad, wall);
  gboolean blind = !GST_CLOCK_TIME_IS_VALID (clock.now) && g_queue_is_empty (&pad->waiting)
      && !pad->begins_again;
  Gemma4JumpVerdict verdict = judge (pad, running_ns, duration, &clock, known || blind);
  GstFlowReturn flow = GST_FLOW_OK;
  if (!blind)
    flow = settle (self, pad, verdict, stream_ns, known && !pad->begins_again);
  pad->begins_again = FALSE;
  if (flow != GST_FLOW_OK)
    return flow;
  if (verdict != GEMMA4_JUMP_WAIT)
    return take (self, pad, buffer, running_ns, stream_ns);
  hold (pad, buffer, running_ns, stream_ns);
  return GST_FLOW_OK;
}

gboolean
gemma4_packer_watch_gap (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    GstClockTime running_ns, GstClockTime end_ns, GstClockTime stream_ns)
{
  Gemma4JumpClock clock = ask_clock (self, pad, gst_util_get_timestamp ());
  if (!pad->live || (!GST_CLOCK_TIME_IS_VALID (clock.now) && g_queue_is_empty (&pad->waiting)))
    return TRUE;
  Gemma4JumpVerdict verdict = gemma4_jump_judge_gap (&pad->watch, running_ns,
      end_ns - running_ns, &clock);
  settle (self, pad, verdict, stream_ns, FALSE);
  return verdict != GEMMA4_JUMP_WAIT;
}

void
gemma4_packer_watch_end (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  settle (self, pad, gemma4_jump_end (&pad->watch), GST_CLOCK_TIME_NONE, FALSE);
}

/* An application that rebuilds its source begins at its time, not at the old cut. */
void
gemma4_packer_watch_first (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    GstClockTime begin_ns)
{
  GstClockTime allowed = GEMMA4_JUMP_SLACK + gemma4_packer_latency (self)
      + pad->upstream_latency_ns;
  if (!pad->live || begin_ns + allowed >= self->last_cut_ns)
    return;
  gemma4_packer_warn (self, "%s begins at %.3f s, and the last pack ended at %.3f s: a window begins "
      "at its time.", GST_PAD_NAME (pad), seconds (begin_ns), seconds (self->last_cut_ns));
  go_back (self, begin_ns);
}

void
gemma4_packer_tell_overlap (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    GstClockTime running_ns)
{
  gboolean overlaps = pad->rows.n_late_samples > 0;
  pad->rows.n_late_samples = 0;
  if (overlaps && !pad->overlaps) {
    gemma4_packer_warn (self, "%s: sound came for %.3f s, where there is sound up to %.3f s: what lies "
        "before that is left out.", GST_PAD_NAME (pad), seconds (running_ns),
        seconds (pad->end_ns));
    gemma4_packer_note (self, gemma4_packer_dropped (self, pad, "overlap", 0, 0));
  }
  pad->overlaps = overlaps;
}
