/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A line as one types it behind gst-launch-1.0, played in a test. */

#include <gst/check/gstcheck.h>

/* Nothing here takes longer; a test that waits for more fails. */
#define LINE_TIMEOUT (20 * GST_SECOND)

/* Ends the program with 77, "skipped", if an element is missing. Before any test. */
void line_need (const gchar * element, ...) G_GNUC_NULL_TERMINATED;

/* A test case whose tests may take @seconds and whose pipeline stops when one
 * fails: without a process for each test (CK_FORK=no) it would play on. */
TCase *line_tcase (guint seconds);

/* The path of a file under examples/; g_free() it. */
gchar *line_example (const gchar * name);

/* The demo's line: @source, such as "filesrc location=a.webm ! matroskademux name=d",
 * gives d. for picture and sound; @settings go to the packer, @sink stands behind it. */
gchar *line_demo (const gchar * source, const gchar * settings, const gchar * sink);

/* The same with examples/sample.webm and examples/demo-tokenizer.spm as the README
 * has it, the question being @LINE_QUESTION. */
#define LINE_QUESTION "What do you see and hear?"
gchar *line_sample (const gchar * settings, const gchar * sink);

/* A pipeline of the line, the only one until line_free(); fails the test if it cannot be parsed. */
GstElement *line_parse (const gchar * line);

/* The pipeline's first element made by @factory, not to be unreffed. */
GstElement *line_find (GstElement * pipeline, const gchar * factory);

/* Waits for the end. Returns the error's text with its debug text behind " | ",
 * to be freed with g_free(), or NULL for EOS; fails the test if neither comes. */
gchar *line_wait (GstElement * pipeline);

/* Plays until the end; as line_wait(). */
gchar *line_play (GstElement * pipeline);

/* Plays until EOS; an error fails the test. */
void line_play_to_eos (GstElement * pipeline);

/* The next buffer of the appsink called "out"; NULL at EOS. Fails the test on a
 * timeout. */
GstSample *line_pull (GstElement * pipeline);

/* The state NULL, and the end of the pipeline. */
void line_free (GstElement * pipeline);

/* The structure of a pack's meta; fails the test if there is none. */
const GstStructure *pack_meta (GstBuffer * pack);

/* Element @i of an array of the meta, and how many there are. */
guint pack_meta_length (GstBuffer * pack, const gchar * field);
guint64 pack_meta_uint64 (GstBuffer * pack, const gchar * field, guint i);
const gchar *pack_meta_string (GstBuffer * pack, const gchar * field, guint i);

/* The tensor called @name, mapped for reading: unmap the map's memory. Its type
 * and shape must be @want, such as "int32 [1, 3008]". */
void pack_map (GstBuffer * pack, const gchar * name, const gchar * want, GstMapInfo * map);

/* All tensors called @name: must not be there. */
void pack_assert_absent (GstBuffer * pack, const gchar * name);
