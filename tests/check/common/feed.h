/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A gemma4packer whose pads a test feeds by hand, with tensors such as the
 * converters make. */

#include <gst/check/gstharness.h>

#define FEED_TOKENS 70          /* budget of the frames fed */
#define FEED_ROWS (FEED_TOKENS * 9)

typedef struct
{
  GstElement *packer;
  GstBus *bus;
  GstHarness *out;              /* pulls packs */
  GPtrArray *pads;              /* of GstHarness, one for each sink pad asked for */
} Feed;

/* A packer with the tiny tokenizer of tests/golden; further properties as for
 * g_object_set(). Pads are asked for with feed_pad(). */
Feed *feed_new (const gchar * first_property, ...) G_GNUC_NULL_TERMINATED;
void feed_free (Feed * feed);

/* Requests the pad @name, such as "video_0". The harness belongs to @feed. */
GstHarness *feed_pad (Feed * feed, const gchar * name);

/* Requests the pad @name and leaves it unlinked. */
void feed_request (Feed * feed, const gchar * name);

/* Stream-start, caps and a segment in time for a pad, by its name. */
void feed_begin (Feed * feed, GstHarness * pad, gboolean live);

/* The same for a prompt pad whose segment is in bytes, as fdsrc's is: its prompts
 * have no time unless they carry a PTS, and media never waits for it. */
void feed_begin_bytes (Feed * feed, GstHarness * pad);

/* One frame of n_columns x n_lines patches, each value @value. */
void feed_frame (GstHarness * pad, GstClockTime pts, guint n_columns, guint n_lines,
    guint8 value);

/* A gap as gemma4videoconv sends for a frame it passes over. */
void feed_gap (GstHarness * pad, GstClockTime pts, GstClockTime duration);

/* Four rows of @n_samples of sound (640 for all four), row t has the value
 * @value + t. */
void feed_rows (GstHarness * pad, GstClockTime pts, guint n_samples, gfloat value);

/* The same without a time, as buffers. */
GstBuffer *feed_frame_buffer (guint n_columns, guint n_lines, guint8 value);
GstBuffer *feed_rows_buffer (guint n_samples, gfloat value);

/* A frame of 3x3 patches at every multiple of @step in [from, to), of the value
 * PTS / @step; and sound without a hole, row k of the value k. */
void feed_frames (GstHarness * pad, GstClockTime from, GstClockTime to,
    GstClockTime step);
void feed_sound (GstHarness * pad, GstClockTime from, GstClockTime to);

void feed_prompt (GstHarness * pad, const gchar * text, GstClockTime pts);
void feed_eos (GstHarness * pad);

/* The next pack; fails the test if none comes. */
GstBuffer *feed_pull (Feed * feed);

/* No pack comes: none is there, and none within a twentieth of a second. */
void feed_assert_no_pack (Feed * feed);

/* A field of the pack's meta. */
guint64 feed_uint64 (GstBuffer * pack, const gchar * field);

/* Pulls a pack and checks its PTS, its frames ("0 1 2.5": PTS in seconds) and its
 * soft tokens of sound. */
void feed_assert_pack (Feed * feed, GstClockTime pts, const gchar * frames_s,
    guint n_audio_tokens);

/* The tensor called @name of the last pack pulled, by its meta, mapped for
 * reading; fails the test if there is none. Unmap it. */
void feed_tensor (GstBuffer * pack, const gchar * name, GstMapInfo * map);

/* The text of the next error (or warning) on the bus; g_free() it. Fails the
 * test if none comes. */
gchar *feed_message (Feed * feed, GstMessageType type);

/* What the pack's meta gives as the prompt, folded; the second takes a pattern
 * for g_pattern_match_simple(). */
void feed_assert_prompt (GstBuffer * pack, const gchar * expected);
void feed_assert_prompt_matches (GstBuffer * pack, const gchar * pattern);

/* No message of this type is on the bus. */
void feed_assert_no_message (Feed * feed, GstMessageType type);

/* The caps that came last are within these. */
void feed_assert_caps (Feed * feed, const gchar * caps);

/* EOS comes out, and no pack before it. */
void feed_assert_eos (Feed * feed);

/* The next gemma4-dropped message says @why; and how much was needed and allowed. */
void feed_assert_dropped (Feed * feed, const gchar * why);
void feed_assert_dropped_limit (Feed * feed, const gchar * why, guint64 needed,
    guint64 allowed);

/* The next one says @why of the pad called @pad; NULL: of no one pad. */
void feed_assert_dropped_of (Feed * feed, const gchar * why, const gchar * pad);

/* The next element message called @name; fails the test if none comes. */
GstMessage *feed_element_message (Feed * feed, const gchar * name);
