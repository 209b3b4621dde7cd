/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv: caps, what it refuses, settings. */

#include "audiotest.h"

static void
assert_src_caps (GstHarness *h, const gchar *want)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->sinkpad);
  g_autoptr (GstCaps) expected = gst_caps_from_string (want);
  g_autofree gchar *text = caps ? gst_caps_to_string (caps) : NULL;
  fail_unless (caps && gst_caps_is_equal (caps, expected), "caps are %s, not %s", text, want);
}

#define OUT(dims, words) "other/tensors,format=static,num_tensors=2," \
  "types=(string)\"float32,int32\",dimensions=(string)\"" dims "\"," \
  "framerate=0/1,names=(string)\"audio_mel,audio_mel_mask\"," words

static const struct
{
  const gchar *settings, *downstream, *want;
} outs[] = {
  {NULL, NULL, OUT ("128:4,4", "target=kerashub")},
  {NULL, "other/tensors,target=transformers", OUT ("128:4,4", "target=transformers")},
  {"frames-per-buffer=10 num-mels=80", "other/tensors,target={transformers,kerashub}",
        OUT ("80:10,10", "target=kerashub")},
  {NULL, "other/tensors,target=kerashub,role=audio,preset=gemma4_4b",
        OUT ("128:4,4", "target=kerashub,role=audio,preset=gemma4_4b")},
  {"preset=gemma4_4b", "other/tensors,role=audio,preset=gemma4_4b",
        OUT ("128:4,4", "target=kerashub,role=audio,preset=gemma4_4b")},
  {"preset=gemma4_4b", NULL, OUT ("128:4,4", "target=kerashub,preset=gemma4_4b")},
  {"preset=gemma4_4b", "other/tensors,role=audio",
        OUT ("128:4,4", "target=kerashub,role=audio,preset=gemma4_4b")},
  {"preset=card", "other/tensors", OUT ("128:4,4", "target=kerashub,preset=card")},
  /* In front of a packer: what the preset says anyway, and dither. */
  {"num-mels=128 num-fft-bins=512 frame-length=320 stride=160 sampling-rate=16000 "
        "min-frequency=0 max-frequency=8000 mel-floor=0.001 preemphasis=0 "
        "preemphasis-htk-flavor=true fft-overdrive=false input-scale-factor=1 dither=0.01 "
        "dither-seed=7 max-audio-length=10", "other/tensors,role=audio",
        OUT ("128:4,4", "target=kerashub,role=audio")},
};

GST_START_TEST (test_caps)
{
  GstHarness *h = make_harness (outs[__i__].settings, F32, outs[__i__].downstream);
  gfloat samples[640] = { 0 };
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  assert_src_caps (h, outs[__i__].want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Who can give the one rate and channel is told of nothing else; who cannot is let
 * in, to be refused in words. */
static const struct
{
  const gchar *settings, *filter, *want;
} answers[] = {
  {NULL, "audio/x-raw,format=S16LE",
      "audio/x-raw,format=S16LE,rate=16000,channels=1,layout=interleaved"},
  {"sampling-rate=8000 max-frequency=4000", "audio/x-raw,format=S16LE,rate=[8000,48000]",
      "audio/x-raw,format=S16LE,rate=8000,channels=1,layout=interleaved"},
  {NULL, "audio/x-raw,format=S16LE,rate=8000,channels=2",
      "audio/x-raw,format=S16LE,rate=8000,channels=2,layout=interleaved"},
  {NULL, NULL, "audio/x-raw,format={F32LE,S16LE},rate=16000,channels=1,layout=interleaved;"
        "audio/x-raw,format={F32LE,S16LE},rate=[1,max],channels=[1,max],layout=interleaved"},
};

GST_START_TEST (test_answers)
{
  GstHarness *h = make_harness (answers[__i__].settings, NULL, "other/tensors");
  g_autoptr (GstCaps) filter = answers[__i__].filter
      ? gst_caps_from_string (answers[__i__].filter) : NULL;
  g_autoptr (GstCaps) want = gst_caps_from_string (answers[__i__].want);
  g_autoptr (GstCaps) caps = gst_pad_peer_query_caps (h->srcpad, filter);
  g_autofree gchar *text = gst_caps_to_string (caps);
  fail_unless (gst_caps_is_strictly_equal (caps, want), "the answer is %s, not %s", text,
      answers[__i__].want);
  gst_harness_teardown (h);
}

GST_END_TEST;

static const struct
{
  const gchar *settings, *downstream, *caps;
  const gchar *words[5];
} refusals[] = {
  {NULL, NULL, "audio/x-raw,format=S16LE,rate=8000,channels=1,layout=interleaved",
      {"16000 Hz", "8000", "audioconvert ! audioresample quality=10"}},
  {NULL, NULL, "audio/x-raw,format=F32LE,rate=16000,channels=2,channel-mask=(bitmask)3,"
        "layout=interleaved",
      {"1 channel", "channels=(int)2", "audioconvert ! audioresample quality=10"}},
  {NULL, "other/tensors,role=clip", S16, {"role=clip", "role=audio"}},
  {"mode=clip", "other/tensors,role=audio,target=kerashub", S16, {"mode=clip", "mode=stream"}},
  {"mode=clip", "other/tensors,role=audio,target=transformers", S16,
      {"mode=clip", "mode=stream"}},
  {"preset=gemma4_12b", "other/tensors,target=kerashub", S16,
      {"gemma4_12b", "target=transformers", "KerasHub"}},
  {"mode=clip preset=gemma4_12b", "other/tensors,target=kerashub", S16,
      {"gemma4_12b", "target=transformers", "KerasHub"}},
  {"preset=gemma4_12b", "other/tensors,names=(string)\"audio_mel,audio_mel_mask\"", S16,
      {"names=audio_mel", "names=audio_frames", "preset"}},
  {"preset=card", "other/tensors,preset=gemma4_4b", S16, {"preset=gemma4_4b", "preset=card"}},
  {NULL, "other/tensors,preset=gemma4_31b", S16, {"gemma4_31b", "audio"}},
  {NULL, "other/tensors,preset=nonsense", S16, {"nonsense"}},
  {"num-mels=80", "other/tensors,dimensions=(string)\"128:4,4\"", S16,
      {"dimensions=128:4,4", "dimensions=80:4,4", "num-mels"}},
};

GST_START_TEST (test_refuses)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (refusals[__i__].caps);
  assert_refused (refusals[__i__].settings, refusals[__i__].downstream, caps,
      refusals[__i__].words);
}

GST_END_TEST;

static const struct
{
  const gchar *settings;
  const gchar *words[4];
} faults[] = {
  {"preset=gemma4_instruct_31b", {"gemma4_instruct_31b", "audio"}},
  {"preset=nonsense", {"nonsense"}},
  {"num-fft-bins=514", {"FFT length", "514", "512"}},
  {"frame-length=600", {"600", "512"}},
  {"max-frequency=9000", {"9000", "8000"}},
  {"min-frequency=100 max-frequency=50", {"100", "50"}},
  {"per-bin-mean=<1.0,2.0>", {"per-bin-mean has 2", "128"}},
  {"num-mels=2 per-bin-mean=<1.0,none>", {"mean of mel filter 1", "nan"}},
  {"num-mels=2 per-bin-stddev=<1.0,0.0>", {"standard deviation of mel filter 1", "0"}},
  {"preemphasis=1", {"pre-emphasis", "below 1"}},
  {"mode=clip max-audio-length=0.005", {"0.005 seconds", "max-audio-length"}},
  {"preset=gemma4_12b num-mels=80", {"num-mels", "gemma4_12b", "raw samples"}},
  {"per-bin-mean=<1.0> preset=gemma4_12b", {"per-bin-mean", "gemma4_12b"}},
};

GST_START_TEST (test_settings_faults)
{
  GstElement *element = make_element (faults[__i__].settings);
  GstBus *bus = watch (element);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  assert_message (bus, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      faults[__i__].words);
  gst_element_set_state (element, GST_STATE_NULL);
  unwatch (bus);
  gst_object_unref (element);
}

GST_END_TEST;

/* The preset of downstream's caps counts, and what is set wins over it. */
GST_START_TEST (test_preset_of_caps)
{
  gsize n;
  g_autofree gint16 *samples = input_wav ("audio/speech_en.wav", &n);
  n = MIN (n, 16000);
  Output card = convert_s16 ("preset=card", NULL, samples, n, n);
  Output told = convert_s16 (NULL, "other/tensors,preset=card", samples, n, n);
  assert_same_rows (&told, &card, "preset=card in caps");

  Output loud = convert_s16 ("preset=card mel-floor=0.5", NULL, samples, n, n);
  Output both = convert_s16 ("mel-floor=0.5", "other/tensors,preset=card", samples, n, n);
  assert_same_rows (&both, &loud, "mel-floor over the caps' preset");
  fail_unless (memcmp (loud.mel->data, card.mel->data, 4 * 128 * sizeof (gfloat)) != 0);
  output_clear (&card);
  output_clear (&told);
  output_clear (&loud);
  output_clear (&both);
}

GST_END_TEST;

/* The means and deviations of a checkpoint work with every preset. */
GST_START_TEST (test_card_per_bin)
{
  g_autofree gint16 *samples = input_noise (16000, 7);
  g_autoptr (GString) settings = g_string_new ("preset=card per-bin-mean=<");
  for (guint i = 0; i < 128; i++)
    g_string_append_printf (settings, "%s%g", i ? "," : "", 0.25 * i);
  g_string_append (settings, "> per-bin-stddev=<");
  for (guint i = 0; i < 128; i++)
    g_string_append (settings, i ? ",-2.0" : "-2.0");
  g_string_append (settings, ">");
  Output card = convert_s16 ("preset=card", NULL, samples, 16000, 16000);
  Output norm = convert_s16 (settings->str, NULL, samples, 16000, 16000);
  fail_unless_equals_int (norm.mel->len, card.mel->len);
  for (guint i = 0; i < card.mel->len; i++) {
    gdouble got = AT (norm.mel, gfloat, i);
    gdouble want = (AT (card.mel, gfloat, i) - 0.25 * (i % 128)) / -2.0;
    fail_unless (fabs (got - want) <= 2e-6, "value %u is %.9g, not %.9g", i, got, want);
  }
  output_clear (&card);
  output_clear (&norm);
}

GST_END_TEST;

GST_START_TEST (test_dither_repeats)
{
  g_autofree gint16 *samples = input_noise (1600, 20);
  Output a = convert_s16 ("dither=0.01 dither-seed=5", NULL, samples, 1600, 1600);
  Output b = convert_s16 ("dither=0.01 dither-seed=5", NULL, samples, 1600, 7);
  Output c = convert_s16 ("dither=0.01 dither-seed=6", NULL, samples, 1600, 1600);
  assert_same_rows (&b, &a, "dither");
  fail_unless (memcmp (a.mel->data, c.mel->data, 128 * sizeof (gfloat)) != 0,
      "another seed gave the same noise");
  output_clear (&a);
  output_clear (&b);
  output_clear (&c);
}

GST_END_TEST;

/* Another format in the middle of the sound changes nothing in it; another
 * target ends it first. */
GST_START_TEST (test_caps_change)
{
  g_autofree gint16 *samples = input_noise (2000, 21);
  gfloat floats[1000];
  for (guint i = 0; i < 1000; i++)
    floats[i] = samples[1000 + i] / 32768.0f;
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_s16 (h, samples, 1000, 1000, 0);
  g_autoptr (GstCaps) caps = gst_caps_from_string (F32);
  fail_unless (gst_harness_push_event (h, gst_event_new_caps (caps)));
  gst_harness_push (h, make_buffer (floats, sizeof floats, GST_SECOND / 16));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 2000, 2000);
  assert_same_rows (&out, &want, "format change");
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_target_change)
{
  g_autofree gint16 *samples = input_noise (1000, 22);
  GstHarness *h = make_harness (NULL, S16, "other/tensors,target=kerashub");
  push_s16 (h, samples, 1000, 1000, 0);
  gst_harness_set_sink_caps_str (h, "other/tensors,target=transformers");
  gst_pad_push_event (h->sinkpad, gst_event_new_reconfigure ());
  push_s16 (h, samples, 1000, 1000, GST_SECOND);
  Output out = pull_all (h);
  assert_src_caps (h, OUT ("128:4,4", "target=transformers"));
  fail_unless_equals_uint64 (out.n_samples, 1000 + 640);
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 2), GST_SECOND);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_qos_is_swallowed)
{
  GstHarness *h = make_harness (NULL, F32, NULL);
  gst_harness_push_upstream_event (h, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0,
          GST_SECOND, 0));
  GstEvent *event;
  while ((event = gst_harness_try_pull_upstream_event (h))) {
    fail_if (GST_EVENT_TYPE (event) == GST_EVENT_QOS, "upstream saw a QOS event");
    gst_event_unref (event);
  }
  gfloat samples[640] = { 0 };
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Every property says what it is, and holds what it is given. */
GST_START_TEST (test_properties)
{
  GstElement *element = make_element (NULL);
  guint n;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
  guint n_ours = 0;
  for (guint i = 0; i < n; i++) {
    if (specs[i]->owner_type != G_OBJECT_TYPE (element))
      continue;
    n_ours++;
    GValue value = G_VALUE_INIT;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (element), specs[i]->name, &value);
    fail_unless (g_param_value_defaults (specs[i], &value)
        || GST_IS_PARAM_SPEC_ARRAY_LIST (specs[i]), "%s is not its default", specs[i]->name);
    fail_unless (strlen (g_param_spec_get_blurb (specs[i])) > 15, "%s", specs[i]->name);
    fail_unless (specs[i]->flags & (GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PLAYING), "%s", specs[i]->name);
    g_value_unset (&value);
  }
  fail_unless_equals_int (n_ours, 23);
  gst_object_unref (element);
}

GST_END_TEST;

/* Numbers of any type: those of Python are doubles. */
GST_START_TEST (test_numbers)
{
  const GType types[] = { G_TYPE_FLOAT, G_TYPE_DOUBLE, G_TYPE_INT };
  GstElement *element = make_element ("num-mels=2");
  GValue array = G_VALUE_INIT, got = G_VALUE_INIT;
  g_value_init (&array, GST_TYPE_ARRAY);
  g_value_init (&got, GST_TYPE_ARRAY);
  for (guint i = 0; i < 2; i++) {
    GValue number = G_VALUE_INIT;
    g_value_init (&number, types[__i__]);
    fail_unless (gst_value_deserialize (&number, i ? "-3" : "7"));
    gst_value_array_append_and_take_value (&array, &number);
  }
  g_object_set_property (G_OBJECT (element), "per-bin-mean", &array);
  g_object_get_property (G_OBJECT (element), "per-bin-mean", &got);
  fail_unless_equals_int (gst_value_array_get_size (&got), 2);
  for (guint i = 0; i < 2; i++)
    fail_unless (g_value_get_float (gst_value_array_get_value (&got, i)) == (i ? -3.0f : 7.0f));
  g_value_unset (&array);
  g_value_unset (&got);
  gst_object_unref (element);
}

GST_END_TEST;

/* Not while it runs: a warning, and the old value stays. */
GST_START_TEST (test_set_while_running)
{
  GstHarness *h = make_harness ("frames-per-buffer=7", S16, NULL);
  guint n_rows;
  g_autoptr (GstBus) bus = gst_bus_new ();
  gst_element_set_bus (h->element, bus);
  g_object_set (h->element, "frames-per-buffer", 9, NULL);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL, "no warning");
  gst_element_set_bus (h->element, NULL);
  g_object_get (h->element, "frames-per-buffer", &n_rows, NULL);
  fail_unless_equals_int (n_rows, 7);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audiocaps_suite (void)
{
  Suite *s = suite_create ("audiocaps");
  TCase *t = tcase_create ("caps");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_caps, 0, G_N_ELEMENTS (outs));
  tcase_add_loop_test (t, test_answers, 0, G_N_ELEMENTS (answers));
  tcase_add_loop_test (t, test_refuses, 0, G_N_ELEMENTS (refusals));
  tcase_add_loop_test (t, test_settings_faults, 0, G_N_ELEMENTS (faults));
  tcase_add_test (t, test_preset_of_caps);
  tcase_add_test (t, test_card_per_bin);
  tcase_add_loop_test (t, test_numbers, 0, 3);
  tcase_add_test (t, test_set_while_running);
  tcase_add_test (t, test_dither_repeats);
  tcase_add_test (t, test_caps_change);
  tcase_add_test (t, test_target_change);
  tcase_add_test (t, test_qos_is_swallowed);
  tcase_add_test (t, test_properties);
  return s;
}

GST_CHECK_MAIN (audiocaps);
