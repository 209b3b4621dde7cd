/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: clips whose length is unknown, too short, too long or right. */

#include "seed.h"
#include "videotest.h"

#define NONE GST_CLOCK_TIME_NONE
#define KERASHUB "other/tensors,target=kerashub,role=clip"
#define TRANSFORMERS "other/tensors,target=transformers,role=clip"

/* A clip as it comes, and what upstream says of it. */
typedef struct
{
  gboolean transformers, no_rate, uint8;
  guint64 n, count;             /* num-frames; frames that come */
  guint64 told;                 /* frames that DURATION means; 0: it is not known */
  guint64 told_at;              /* from this frame on */
} Clip;

static guint64
place (const Clip *c, guint64 i)
{
  if (c->count <= c->n)
    return i;
  if (c->transformers)
    return i * c->count / c->n;
  return c->n == 1 ? 0 : i * (c->count - 1) / (c->n - 1);
}

static guint64
stride_of (const Clip *c)
{
  guint64 stride = 1;
  while (4 * c->n * stride < c->count)
    stride *= 2;
  return stride;
}

static GstClockTime
time_of (guint64 frame)
{
  return gst_util_uint64_scale (frame, GST_SECOND, 30);
}

static VideoTest *
begin (const Clip *c)
{
  g_autofree gchar *props = g_strdup_printf ("num-frames=%" G_GUINT64_FORMAT " patch-size=1",
      c->n);
  g_autofree gchar *words = g_strconcat (c->transformers ? TRANSFORMERS : KERASHUB,
      c->uint8 ? ",types=(string)\"uint8,int32\"" : "", NULL);
  VideoTest *t = video_test_new (props, words);
  video_test_begin (t, c->no_rate ? "0/1" : "30/1", 0, NONE);
  return t;
}

static void
push (VideoTest *t, const Clip *c, guint64 first, guint64 last)
{
  for (guint64 i = first; i < last; i++) {
    if (c->told && i == c->told_at)
      t->duration_ns = time_of (c->told);
    GstClockTime pts = time_of (i);
    fail_unless_equals_int (video_test_push (t, pts, c->no_rate ? NONE : time_of (i + 1) - pts),
        GST_FLOW_OK);
  }
}

/* What the bus said: one gemma4-video, and the text of one warning or NULL. */
typedef struct
{
  guint64 seen, selected, total;
  gboolean estimated;
  gchar *warning;
} Said;

static Said
read_bus (VideoTest *t, const gchar *what)
{
  Said said = { 0 };
  guint n = 0;
  for (GstMessage *message; (message = gst_bus_pop (t->bus)); gst_message_unref (message)) {
    g_autoptr (GError) error = NULL;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
      fail_unless (said.warning == NULL, "%s: warned twice", what);
      gst_message_parse_warning (message, &error, NULL);
      said.warning = g_strdup (error->message);
    } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT) {
      gst_structure_get (gst_message_get_structure (message), "frames-seen", G_TYPE_UINT64,
          &said.seen, "frames-selected", G_TYPE_UINT64, &said.selected, "total",
          G_TYPE_UINT64, &said.total, "estimated", G_TYPE_BOOLEAN, &said.estimated, NULL);
      n++;
    }
  }
  fail_unless (n == 1, "%s: %u messages gemma4-video", what, n);
  return said;
}

/* @told: the count that a warning must name, beside that of the frames; 0: no warning */
static void
expect_said (VideoTest *t, const gchar *what, const Clip *c, gboolean estimated, guint64 told)
{
  Said said = read_bus (t, what);
  fail_unless (said.seen == c->count && said.selected == MIN (c->n, c->count), "%s: %"
      G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, what, said.selected, said.seen);
  fail_unless (said.estimated == estimated, "%s: estimated %d", what, said.estimated);
  fail_unless ((said.warning != NULL) == (told > 0), "%s: warning %s", what, said.warning);
  gchar *counts[] = { g_strdup_printf ("%" G_GUINT64_FORMAT " frames", told),
    g_strdup_printf ("%" G_GUINT64_FORMAT " came", c->count)
  };
  for (guint i = 0; told && i < 2; i++)
    fail_unless (strstr (said.warning, counts[i]) != NULL, "%s: no \"%s\" in: %s", what,
        counts[i], said.warning);
  g_free (counts[0]);
  g_free (counts[1]);
  g_free (said.warning);
}

static void
expect (VideoTest *t, const Clip *c, const gchar *what, gboolean exact, gboolean warned)
{
  g_autoptr (GArray) got = video_test_offsets (t);
  guint64 n = MIN (c->n, c->count), stride = exact ? 0 : stride_of (c);
  fail_unless (got->len == n, "%s: %u frames", what, got->len);
  for (guint64 i = 0; i < n; i++) {
    guint64 g = g_array_index (got, guint64, i), want = place (c, i);
    fail_unless (g + stride >= want && g <= want + stride && (i == 0
            || g > g_array_index (got, guint64, i - 1)), "%s: place %" G_GUINT64_FORMAT
        " has frame %" G_GUINT64_FORMAT ", want %" G_GUINT64_FORMAT " +- %" G_GUINT64_FORMAT,
        what, i, g, want, stride);
  }
  expect_said (t, what, c, !exact, warned ? c->told : 0);
}

static void
run (const Clip *c)
{
  g_autofree gchar *what = g_strdup_printf ("%s n=%" G_GUINT64_FORMAT " count=%" G_GUINT64_FORMAT
      " told=%" G_GUINT64_FORMAT " at %" G_GUINT64_FORMAT "%s",
      c->transformers ? "transformers" : "kerashub", c->n, c->count, c->told, c->told_at,
      c->no_rate ? " without a rate" : "");
  gboolean in_time = c->told && c->told_at <= 4 * c->n;
  gboolean exact = c->count <= 4 * c->n || (in_time && c->told == c->count);
  VideoTest *t = begin (c);
  push (t, c, 0, c->count);
  video_test_end (t);
  expect (t, c, what, exact, in_time && !exact);
  video_test_free (t);
}

/* Counts around the ones where something changes. */
GST_START_TEST (test_around)
{
  const guint64 numbers[] = { 1, 2, 3, 5 };
  const gint64 off[] = { -1, 0, 1 };
  for (guint k = 0; k < G_N_ELEMENTS (numbers); k++) {
    guint64 n = numbers[k], near[] = { n, 2 * n, 4 * n, 8 * n, 16 * n };
    for (guint j = 0; j < G_N_ELEMENTS (near) * 3; j++) {
      guint64 count = near[j / 3] + off[j % 3];
      const guint64 tolds[] = { 0, count, 1, count + 1, 7 * count };
      for (guint i = 0; count > 0 && i < G_N_ELEMENTS (tolds); i++)
        run (&(Clip) {.transformers = i % 2 == j % 2,.n = n,.count = count,.told = tolds[i]});
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_random)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  for (guint i = 0; i < 120; i++) {
    Clip c = {.transformers = i % 2,.n = g_rand_int_range (rand, 1, 10),.uint8 = i % 3 == 0 };
    c.no_rate = i % 4 == 3;
    c.count = g_rand_int_range (rand, 1, 30 * c.n);
    const guint64 told[] = { 0, c.count, g_rand_int_range (rand, 1, 400) };
    c.told = told[g_rand_int_range (rand, 0, 3)];
    c.told_at = g_rand_int_range (rand, 0, 3) == 0 ? g_rand_int_range (rand, 0, 8 * c.n) : 0;
    run (&c);
  }
  g_rand_free (rand);
}

GST_END_TEST;

/* A length that is wrong by little does little harm, however long the clip is. */
GST_START_TEST (test_almost)
{
  for (gint off = -3; off <= 3; off++) {
    Clip c = {.transformers = off & 1,.n = 4,.count = 1000,.told = 1000 + off };
    VideoTest *t = begin (&c);
    push (t, &c, 0, 1000);
    video_test_end (t);
    g_autoptr (GArray) got = video_test_offsets (t);
    fail_unless_equals_int (got->len, 4);
    for (guint i = 0; i < 4; i++) {
      gint64 away = g_array_index (got, guint64, i) - place (&c, i);
      /* the last place of a clip that is too long has not come */
      fail_unless (ABS (away) <= (i == 3 && off > 0 && !c.transformers ? 64 : ABS (off)),
          "%d off: place %u is %" G_GINT64_FORMAT " off", off, i, away);
    }
    expect_said (t, "almost", &c, off != 0, off ? c.told : 0);
    video_test_free (t);
  }
}

GST_END_TEST;

/* The last moment for a length to turn up is the first frame that is too many. */
GST_START_TEST (test_turns_up)
{
  for (guint late = 0; late < 2; late++)
    run (&(Clip) {.n = 4,.count = 100,.told = 100,.told_at = 16 + late});
}

GST_END_TEST;

/* Frames at times of their own count as frames, and a rate of the caps that is only
 * nominal is no count. */
GST_START_TEST (test_variable_rate)
{
  for (guint no_rate = 0; no_rate < 2; no_rate++) {
    for (guint count = 16; count < 60; count += 40) {
      Clip c = {.n = 4,.count = count,.no_rate = no_rate,.told = 300 };
      VideoTest *t = begin (&c);
      t->duration_ns = time_of (300);
      for (guint i = 0; i < count; i++)
        video_test_push (t, time_of (300) * i * i / count / count, NONE);
      video_test_end (t);
      g_autoptr (GArray) got = video_test_offsets (t);
      guint64 stride = count > 16 ? stride_of (&c) : 0;
      fail_unless_equals_int (got->len, 4);
      for (guint i = 0; i < 4; i++) {
        gint64 away = g_array_index (got, guint64, i) - place (&c, i);
        fail_unless (ABS (away) <= (gint64) stride, "place %u is %" G_GINT64_FORMAT " off", i,
            away);
      }
      Said said = read_bus (t, "variable");
      fail_unless_equals_int (said.estimated, count > 16);
      fail_unless_equals_int (said.warning != NULL, count > 16);
      g_free (said.warning);
      video_test_free (t);
    }
  }
}

GST_END_TEST;

/* What is said beforehand is taken: nothing waits for the end. */
GST_START_TEST (test_certain)
{
  const guint64 early[] = { 0, 33 };
  for (guint by_segment = 0; by_segment < 2; by_segment++) {
    VideoTest *t = video_test_new (by_segment ? "num-frames=4" : "num-frames=4 total-frames=100",
        KERASHUB);
    t->duration_ns = 20 * GST_SECOND;
    video_test_begin (t, "30/1", 0, by_segment ? time_of (100) + 1 : NONE);
    video_test_push_30fps (t, 0, 60);
    video_test_expect (t, "early", early, 2);
    video_test_free (t);
  }
}

GST_END_TEST;

/* A total that the user counted wrongly is said, too. */
GST_START_TEST (test_wrong_total)
{
  VideoTest *t = video_test_new ("num-frames=4 total-frames=100", KERASHUB);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 60);
  video_test_end (t);
  expect_said (t, "wrong total", &(Clip) {.n = 3,.count = 60}, TRUE, 100);
  video_test_free (t);
}

GST_END_TEST;

/* Downstream's num-frames counts for the whole clip as long as all of it is there. */
GST_START_TEST (test_num_frames_changes)
{
  const struct
  {
    guint from, to, at, count;
    gboolean exact;
  } cases[] = {
    {4, 7, 10, 28, TRUE}, {4, 7, 10, 29, FALSE}, {7, 4, 10, 16, TRUE}, {7, 4, 10, 28, TRUE},
    {4, 7, 40, 100, FALSE}, {7, 2, 40, 100, FALSE},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Clip c = {.n = cases[i].from,.count = cases[i].count };
    VideoTest *t = video_test_new ("patch-size=1", KERASHUB);
    video_test_want (t, KERASHUB, cases[i].from);
    video_test_begin (t, "30/1", 0, NONE);
    push (t, &c, 0, cases[i].at);
    video_test_want (t, KERASHUB, cases[i].to);
    push (t, &c, cases[i].at, c.count);
    video_test_end (t);
    g_autofree gchar *what = g_strdup_printf ("%u to %u at %u of %u", cases[i].from, cases[i].to,
        cases[i].at, cases[i].count);
    c.n = MIN (cases[i].from, cases[i].to);     /* the wider stride */
    guint64 stride = cases[i].exact ? 0 : stride_of (&c);
    c.n = cases[i].to;
    g_autoptr (GArray) got = video_test_offsets (t);
    fail_unless (got->len == c.n, "%s: %u frames", what, got->len);
    for (guint k = 0; k < c.n; k++) {
      gint64 away = g_array_index (got, guint64, k) - place (&c, k);
      fail_unless (ABS (away) <= (gint64) stride, "%s: place %u is %" G_GINT64_FORMAT " off",
          what, k, away);
    }
    expect_said (t, what, &c, !cases[i].exact, 0);
    video_test_free (t);
  }
}

GST_END_TEST;

/* Downstream's words change: another target chooses among what is kept, another size
 * cannot, and that is said. */
GST_START_TEST (test_words_change)
{
  for (guint size = 0; size < 2; size++) {
    Clip c = {.n = 4,.count = 16,.told = 16 };
    VideoTest *t = begin (&c);
    push (t, &c, 0, 10);
    if (size)
      g_object_set (t->element, "max-soft-tokens", 140, NULL);
    else
      gst_harness_set_sink_caps_str (t->h, TRANSFORMERS);
    gst_harness_push_upstream_event (t->h, gst_event_new_reconfigure ());
    push (t, &c, 10, 16);
    video_test_end (t);
    c.transformers = !size;
    if (!size) {
      expect (t, &c, "target", TRUE, FALSE);
    } else {
      Said said = read_bus (t, "size");
      fail_unless (said.warning && strstr (said.warning, "10 frames"), "%s", said.warning);
      fail_unless (said.estimated && said.seen == 16 && said.selected == 5, "%" G_GUINT64_FORMAT,
          said.selected);   /* frame 0 had left */
      g_free (said.warning);
    }
    video_test_free (t);
  }
}

GST_END_TEST;

/* A clip that began anew in its midst is still as long as upstream said: nothing is said of
 * its length, unless that was wrong. */
GST_START_TEST (test_length_of_what_began_anew)
{
  for (gint off = -5; off <= 5; off += 5) {
    Clip c = {.n = 4,.count = 100,.told = 100 + off };
    VideoTest *t = begin (&c);
    push (t, &c, 0, 40);
    g_object_set (t->element, "max-soft-tokens", 140, NULL);
    push (t, &c, 40, 41);
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING);
    fail_unless (message != NULL, "nothing said of what was given up");
    push (t, &c, 41, 100);
    video_test_end (t);
    Said said = read_bus (t, "anew");
    fail_unless_equals_uint64 (said.total, c.told);
    fail_unless (said.estimated, "not estimated");
    fail_unless (off ? said.warning && strstr (said.warning, off < 0 ? "means 95 frames, but 100 came"
            : "means 105 frames, but 100 came") : !said.warning, "%d off: %s", off, said.warning);
    g_free (said.warning);
    video_test_free (t);
  }
}

GST_END_TEST;

static GstEvent *
segment_of (GstClockTime base, GstClockTime stop)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.base = base;
  segment.stop = stop;
  return gst_event_new_segment (&segment);
}

/* concat tells the length of one stream at a time. What SEGMENTs with an end join is
 * announced when frames have left by the first of them. */
GST_START_TEST (test_concat)
{
  for (guint with_stop = 0; with_stop < 2; with_stop++) {
    Clip c = {.n = 32,.count = 100 };
    VideoTest *t = begin (&c);
    t->duration_ns = time_of (10);
    if (with_stop)
      gst_harness_push_event (t->h, segment_of (0, time_of (10)));
    push (t, &c, 0, 10);
    GstEvent *start = gst_event_new_stream_start ("second");
    gst_event_set_group_id (start, 7);
    gst_harness_push_event (t->h, start);
    t->duration_ns = time_of (90);
    gst_harness_push_event (t->h, segment_of (time_of (10), with_stop ? time_of (90) : NONE));
    push (t, &c, 0, 90);
    video_test_end (t);
    if (!with_stop) {
      expect (t, &c, "joined", TRUE, FALSE);
    } else {
      g_autoptr (GArray) got = video_test_offsets (t);
      fail_unless (got->len >= 32 && got->len < 64, "%u frames", got->len);
      fail_unless (g_array_index (got, guint64, got->len - 1) >= 95, "not to the end");
      c.n = got->len;
      expect_said (t, "joined", &c, TRUE, 10);
    }
    video_test_free (t);
  }
}

GST_END_TEST;

static Suite *
videolength_suite (void)
{
  Suite *s = suite_create ("videolength");
  TCase *t = tcase_create ("general");
  tcase_set_timeout (t, 120);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_around);
  tcase_add_test (t, test_random);
  tcase_add_test (t, test_almost);
  tcase_add_test (t, test_turns_up);
  tcase_add_test (t, test_variable_rate);
  tcase_add_test (t, test_certain);
  tcase_add_test (t, test_wrong_total);
  tcase_add_test (t, test_num_frames_changes);
  tcase_add_test (t, test_words_change);
  tcase_add_test (t, test_length_of_what_began_anew);
  tcase_add_test (t, test_concat);
  return s;
}

GST_CHECK_MAIN (videolength);
