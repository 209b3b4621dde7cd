/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "feed.h"

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define N_MELS 128
#define N_VALUES 768

Feed *
feed_new (const gchar *first_property, ...)
{
  Feed *feed = g_new0 (Feed, 1);
  g_autofree gchar *tokenizer = golden_path ("tokenizer/gemma4_tiny.model");
  feed->packer = gst_element_factory_make ("gemma4packer", NULL);
  fail_unless (feed->packer != NULL, "gemma4packer is not there: see GST_PLUGIN_PATH_1_0");
  g_object_set (feed->packer, "tokenizer", tokenizer, NULL);
  va_list args;
  va_start (args, first_property);
  g_object_set_valist (G_OBJECT (feed->packer), first_property, args);
  va_end (args);
  feed->bus = gst_bus_new ();
  gst_element_set_bus (feed->packer, feed->bus);
  feed->pads = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_harness_teardown);
  return feed;
}

void
feed_free (Feed *feed)
{
  g_ptr_array_unref (feed->pads);
  if (feed->out)
    gst_harness_teardown (feed->out);
  gst_element_set_state (feed->packer, GST_STATE_NULL);
  gst_element_set_bus (feed->packer, NULL);
  gst_bus_set_flushing (feed->bus, TRUE);
  gst_object_unref (feed->bus);
  gst_object_unref (feed->packer);
  g_free (feed);
}

GstHarness *
feed_pad (Feed *feed, const gchar *name)
{
  GstHarness *pad = gst_harness_new_with_element (feed->packer, name, NULL);
  g_ptr_array_add (feed->pads, pad);
  return pad;
}

static const gchar *
caps_of (GstHarness *pad)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad->srcpad);
  const gchar *name = GST_PAD_NAME (peer);
  if (g_str_has_prefix (name, "audio"))
    return "other/tensors, format=(string)static, num_tensors=(int)2, "
        "types=(string)\"float32,int32\", dimensions=(string)\"128:4,4\", "
        "framerate=(fraction)0/1";
  if (g_str_equal (name, "prompt") || g_str_equal (name, "response")
      || g_str_equal (name, "answer"))
    return "text/x-raw, format=(string)utf8";
  return "other/tensors, format=(string)static, num_tensors=(int)2, "
      "types=(string)\"uint8,int32\", dimensions=(string)\"768:630,2:630\", "
      "framerate=(fraction)0/1";
}

void
feed_begin (Feed *feed, GstHarness *pad, gboolean live)
{
  if (!feed->out)
    feed->out = gst_harness_new_with_element (feed->packer, NULL, "src");
  gst_harness_set_live (pad, live);
  gst_harness_push_event (pad, gst_event_new_stream_start ("media"));
  gst_harness_set_src_caps_str (pad, caps_of (pad));
}

void
feed_begin_bytes (Feed *feed, GstHarness *pad)
{
  GstSegment segment;
  if (!feed->out)
    feed->out = gst_harness_new_with_element (feed->packer, NULL, "src");
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (pad, gst_event_new_stream_start ("text"));
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_of (pad));
  gst_harness_push_event (pad, gst_event_new_caps (caps));
  gst_harness_push_event (pad, gst_event_new_segment (&segment));
}

static GstMemory *
memory_of (gconstpointer data, gsize n_bytes)
{
  gpointer copy = g_memdup2 (data, n_bytes);
  return gst_memory_new_wrapped (0, copy, n_bytes, 0, n_bytes, copy, g_free);
}

GstBuffer *
feed_frame_buffer (guint n_columns, guint n_lines, guint8 value)
{
  g_autofree guint8 *pixels = g_malloc0 (FEED_ROWS * N_VALUES);
  gint32 positions[FEED_ROWS][2];
  guint n = n_columns * n_lines;
  memset (pixels, value, n * N_VALUES);
  for (guint p = 0; p < FEED_ROWS; p++) {
    positions[p][0] = p < n ? (gint) (p % n_columns) : -1;
    positions[p][1] = p < n ? (gint) (p / n_columns) : -1;
  }
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, memory_of (pixels, FEED_ROWS * N_VALUES));
  gst_buffer_append_memory (buffer, memory_of (positions, sizeof positions));
  GST_BUFFER_DURATION (buffer) = 40 * GST_MSECOND;
  return buffer;
}

void
feed_frame (GstHarness *pad, GstClockTime pts, guint n_columns, guint n_lines,
    guint8 value)
{
  GstBuffer *buffer = feed_frame_buffer (n_columns, n_lines, value);
  GST_BUFFER_PTS (buffer) = pts;
  fail_unless_equals_int (gst_harness_push (pad, buffer), GST_FLOW_OK);
}

void
feed_frames (GstHarness *pad, GstClockTime from, GstClockTime to, GstClockTime step)
{
  for (GstClockTime pts = (from + step - 1) / step * step; pts < to; pts += step)
    feed_frame (pad, pts, 3, 3, pts / step);
}

void
feed_gap (GstHarness *pad, GstClockTime pts, GstClockTime duration)
{
  fail_unless (gst_harness_push_event (pad, gst_event_new_gap (pts, duration)));
}

GstBuffer *
feed_rows_buffer (guint n_samples, gfloat value)
{
  gfloat rows[4][N_MELS];
  gint32 mask[4];
  for (guint t = 0; t < 4; t++) {
    mask[t] = (t + 1) * 160 <= n_samples;
    for (guint m = 0; m < N_MELS; m++)
      rows[t][m] = value + t;
  }
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, memory_of (rows, sizeof rows));
  gst_buffer_append_memory (buffer, memory_of (mask, sizeof mask));
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (n_samples, GST_SECOND, 16000);
  return buffer;
}

void
feed_rows (GstHarness *pad, GstClockTime pts, guint n_samples, gfloat value)
{
  GstBuffer *buffer = feed_rows_buffer (n_samples, value);
  GST_BUFFER_PTS (buffer) = pts;
  fail_unless_equals_int (gst_harness_push (pad, buffer), GST_FLOW_OK);
}

void
feed_sound (GstHarness *pad, GstClockTime from, GstClockTime to)
{
  const GstClockTime step = 40 * GST_MSECOND;
  for (GstClockTime pts = from; pts < to; pts += step)
    feed_rows (pad, pts, 640, pts / step * 4);
}

void
feed_eos (GstHarness *pad)
{
  fail_unless (gst_harness_push_event (pad, gst_event_new_eos ()));
}

void
feed_prompt (GstHarness *pad, const gchar *text, GstClockTime pts)
{
  GstBuffer *buffer = *text ? gst_buffer_new_memdup (text, strlen (text))
      : gst_buffer_new ();
  GST_BUFFER_PTS (buffer) = pts;
  fail_unless_equals_int (gst_harness_push (pad, buffer), GST_FLOW_OK);
}

GstBuffer *
feed_pull (Feed *feed)
{
  GstBuffer *pack = gst_harness_pull (feed->out);
  if (!pack) {
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (feed->bus, GST_MESSAGE_ERROR);
    g_autofree gchar *error = message
        ? gst_structure_to_string (gst_message_get_structure (message)) : NULL;
    fail ("no pack came; error: %s", error);
  }
  return pack;
}

void
feed_assert_no_pack (Feed *feed)
{
  g_usleep (50000);
  fail_unless_equals_int (gst_harness_buffers_in_queue (feed->out), 0);
}

static const GstStructure *
meta_of (GstBuffer *pack)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (pack, "GstGemma4TensorsMeta");
  fail_unless (meta != NULL, "the pack has no meta");
  return gst_custom_meta_get_structure (meta);
}

guint64
feed_uint64 (GstBuffer *pack, const gchar *field)
{
  guint64 value;
  fail_unless (gst_structure_get_uint64 (meta_of (pack), field, &value),
      "the meta has no %s", field);
  return value;
}

static gchar *
frame_times (GstBuffer *pack)
{
  GString *times = g_string_new (NULL);
  const GValue *array = gst_structure_get_value (meta_of (pack), "frame-running-times");
  for (guint i = 0; array && i < gst_value_array_get_size (array); i++)
    g_string_append_printf (times, "%s%g", i ? " " : "",
        g_value_get_uint64 (gst_value_array_get_value (array, i)) / 1e9);
  return g_string_free (times, FALSE);
}

void
feed_assert_pack (Feed *feed, GstClockTime pts, const gchar *frames_s,
    guint n_audio_tokens)
{
  GstBuffer *pack = feed_pull (feed);
  g_autofree gchar *frames = frame_times (pack);
  fail_unless_equals_string (frames, frames_s);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), n_audio_tokens);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), pts);
  gst_buffer_unref (pack);
}

void
feed_tensor (GstBuffer *pack, const gchar *name, GstMapInfo *map)
{
  const GValue *names = gst_structure_get_value (meta_of (pack), "names");
  for (guint i = 0; i < gst_value_array_get_size (names); i++) {
    if (g_str_equal (g_value_get_string (gst_value_array_get_value (names, i)), name)) {
      fail_unless (gst_memory_map (gst_buffer_peek_memory (pack, i), map, GST_MAP_READ));
      return;
    }
  }
  fail ("the pack has no tensor %s", name);
}

gchar *
feed_message (Feed *feed, GstMessageType type)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (feed->bus, 10 * GST_SECOND,
      type);
  fail_unless (message != NULL, "no %s came", gst_message_type_get_name (type));
  g_autoptr (GError) error = NULL;
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  return g_strdup (error->message);
}

void
feed_assert_no_message (Feed *feed, GstMessageType type)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (feed->bus, type);
  fail_unless (message == NULL, "there is a message of type %s",
      message ? GST_MESSAGE_TYPE_NAME (message) : "");
}

void
feed_request (Feed *feed, const gchar *name)
{
  GstPad *pad = gst_element_request_pad_simple (feed->packer, name);
  fail_unless (pad != NULL, "no pad %s", name);
  gst_object_unref (pad);
}

static const gchar *
prompt_of (GstBuffer *pack)
{
  return gst_structure_get_string (meta_of (pack), "prompt");
}

void
feed_assert_prompt (GstBuffer *pack, const gchar *expected)
{
  fail_unless_equals_string (prompt_of (pack), expected);
}

void
feed_assert_prompt_matches (GstBuffer *pack, const gchar *pattern)
{
  fail_unless (g_regex_match_simple (pattern, prompt_of (pack), 0, 0),
      "the prompt is %s, expected %s", prompt_of (pack), pattern);
}

void
feed_assert_eos (Feed *feed)
{
  for (guint i = 0;; i++) {
    g_autoptr (GstEvent) event = gst_harness_try_pull_event (feed->out);
    if (event && GST_EVENT_TYPE (event) == GST_EVENT_EOS)
      break;
    if (!event)
      g_usleep (10000);
    fail_unless (i < 1000, "no EOS came within 10 s");
  }
  fail_unless_equals_int (gst_harness_buffers_in_queue (feed->out), 0);
}

GstMessage *
feed_element_message (Feed *feed, const gchar *name)
{
  for (;;) {
    GstMessage *message = gst_bus_timed_pop_filtered (feed->bus, 10 * GST_SECOND,
        GST_MESSAGE_ELEMENT);
    fail_unless (message != NULL, "no %s came", name);
    if (gst_structure_has_name (gst_message_get_structure (message), name))
      return message;
    gst_message_unref (message);
  }
}

void
feed_assert_dropped (Feed *feed, const gchar *why)
{
  g_autoptr (GstMessage) message = feed_element_message (feed, "gemma4-dropped");
  fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message),
          "why"), why);
}

void
feed_assert_dropped_limit (Feed *feed, const gchar *why, guint64 needed, guint64 allowed)
{
  g_autoptr (GstMessage) message = feed_element_message (feed, "gemma4-dropped");
  const GstStructure *s = gst_message_get_structure (message);
  guint64 n = 0, a = 0;
  fail_unless_equals_string (gst_structure_get_string (s, "why"), why);
  gst_structure_get (s, "needed", G_TYPE_UINT64, &n, "allowed", G_TYPE_UINT64, &a, NULL);
  fail_unless_equals_uint64 (n, needed);
  fail_unless_equals_uint64 (a, allowed);
}

void
feed_assert_dropped_of (Feed *feed, const gchar *why, const gchar *pad)
{
  g_autoptr (GstMessage) message = feed_element_message (feed, "gemma4-dropped");
  const GstStructure *s = gst_message_get_structure (message);
  fail_unless_equals_string (gst_structure_get_string (s, "why"), why);
  fail_unless_equals_string (gst_structure_get_string (s, "pad"), pad);
}

void
feed_assert_caps (Feed *feed, const gchar *caps)
{
  g_autoptr (GstCaps) got = gst_pad_get_current_caps (feed->out->sinkpad);
  g_autoptr (GstCaps) want = gst_caps_from_string (caps);
  g_autofree gchar *text = gst_caps_to_string (got);
  fail_unless (gst_caps_is_subset (got, want), "the caps are %s, expected %s", text, caps);
}
