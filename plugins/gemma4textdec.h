/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of gemma4textdec share.
 *
 *   gstgemma4textdec.c    the element: pads, events, properties, states
 *   gemma4textids.c       which tensors are ids, and what they say
 *   gemma4textanswer.c    ids into text, and where an answer ends
 */

#include "gemma4props.h"
#include "gemma4textids.h"
#include "gstgemma4textdec.h"

GST_DEBUG_CATEGORY_EXTERN (gst_gemma4_text_dec_debug);

typedef struct
{
  gchar *tokenizer;
  Gemma4Strip strip;
  gboolean strip_thinking;
  gchar *stop_tokens;           /* names with blanks between them */
  gboolean accumulate;
} Gemma4TextDecSettings;

struct _GstGemma4TextDec
{
  GstElement parent;
  GstPad *sinkpad, *srcpad;

  /* under the object lock */
  Gemma4TextDecSettings wanted; /* what the properties say */
  guint64 user_set;
  gboolean started;             /* there is a tokenizer */
  gboolean changed;             /* the next answer goes by other settings */

  /* fixed from READY to PAUSED on */
  Gemma4Tokenizer *tokenizer;

  /* the streaming thread's, and fixed during an answer */
  Gemma4TextDecSettings settings;
  Gemma4Detokenizer *detokenizer;
  GArray *stops;                /* of gint32 */

  /* the streaming thread's own */
  gboolean has_caps;
  Gemma4TextIds layout;
  GstSegment segment;
  GstClockTime pts, duration;   /* of the buffer that came last */
  gboolean discont;             /* the next text is */
  gboolean answered;            /* something went out for that buffer */
  GString *fresh;               /* text that did not go out yet */
  GString *answer;              /* all text of the answer so far */
  guint64 n_ids;                /* of it */
  gboolean in_answer;           /* an id came since the last one ended */
  guint64 number;               /* answers that have ended */
  gboolean announced;           /* downstream knows the number */
  guint64 n_replaced;           /* bytes that had become U+FFFD when it began */
  guint64 n_bad_ids;            /* of the answer */
};

/* gstgemma4textdec.c: between two answers; takes over what the properties say */
void gemma4_text_dec_adopt (GstGemma4TextDec * self);

/* gemma4textanswer.c */

/* Decodes a buffer of ids and pushes what is complete. */
GstFlowReturn gemma4_text_dec_decode (GstGemma4TextDec * self, GstBuffer * buffer);

/* Time goes on without ids: an accumulated answer is shown on, else a gap. */
gboolean gemma4_text_dec_gap (GstGemma4TextDec * self, GstEvent * gap);

/* No id comes any more: pushes what was held back and ends the answer. */
GstFlowReturn gemma4_text_dec_drain (GstGemma4TextDec * self);

/* Forgets the answer. */
void gemma4_text_dec_reset (GstGemma4TextDec * self);
