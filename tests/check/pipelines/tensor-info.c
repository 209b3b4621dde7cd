/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs examples/tensor-info on files written here: a good one, and broken ones
 * that it must refuse with a sentence. */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/safetensors.h>
#include <glib/gstdio.h>

#include <sys/wait.h>

static const gfloat values[] = { -1.5f, 0.0f, 2.0f, 3.0f, 0.25f, 1.25f };
static const guint8 mask[] = { 1, 0, 1, 1 };

static const Gemma4TensorSpec specs[] = {
  {"audio_mel", GEMMA4_FLOAT32, 3, {1, 2, 3}},
  {"audio_mask", GEMMA4_BOOL, 2, {1, 4}},
};

static const Gemma4Metadata metadata[] = {
  {"format", "gst-gemma4"},
  {"target", "kerashub"},
  {"prompt", "<bos><|turn>user\n00:00 <|image><|video|>*66<image|>What do you see?\x1b[2J"},
  {"n-tokens", "100"},
  {"n-video-tokens", "66"},
  {"frame-times", "[{\"pad\":\"video_0\",\"running-time\":1480000000,"
        "\"stream-time\":61480000000,\"stamp\":\"01:01\"}]"},
  {"audio-spans", "[{\"pad\":\"audio_0\",\"running-time\":0,\"stream-time\":0,"
        "\"duration\":4000000000}]"},
  {"window", "{\"start\":0,\"stop\":4000000000}"},
  {"pts", "4000000000"},
  {"stage-times", "[{\"stage\":\"gemma4packer\",\"time\":500000000}]"},
  {"note", "kept as it is"},
};

typedef struct
{
  gint exit_code;
  gchar *out;
  gchar *err;
} Run;

static void
run_clear (Run *run)
{
  g_free (run->out);
  g_free (run->err);
}

/* Runs the program; @argument may be NULL. */
static Run
run_program (const gchar *argument)
{
  const gchar *argv[] = { g_getenv ("GEMMA4_TENSOR_INFO"), argument, NULL };
  g_autoptr (GError) error = NULL;
  Run run = { 0 };
  gint status;
  fail_unless (argv[0] != NULL, "GEMMA4_TENSOR_INFO must name the program");
  fail_unless (g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &run.out,
          &run.err, &status, &error), "%s", error ? error->message : "");
  fail_unless (WIFEXITED (status), "it did not exit: status %d, said '%s'", status, run.err);
  run.exit_code = WEXITSTATUS (status);
  return run;
}

static Run
run_on_bytes (const void *bytes, gsize n_bytes)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = NULL;
  gint fd = g_file_open_tmp ("XXXXXX.safetensors", &path, &error);
  fail_unless (fd >= 0, "%s", error ? error->message : "");
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (path, bytes, (gssize) n_bytes, &error), "%s",
      error ? error->message : "");
  Run run = run_program (path);
  g_unlink (path);
  return run;
}

static GByteArray *
good_file (void)
{
  guint8 *head;
  gsize n_bytes;
  Gemma4Error error = { 0 };
  fail_unless (gemma4_safetensors_head (specs, G_N_ELEMENTS (specs), metadata,
          G_N_ELEMENTS (metadata), &head, &n_bytes, &error) == GEMMA4_OK, "%s", error.text);
  GByteArray *file = g_byte_array_new ();
  g_byte_array_append (file, head, n_bytes);
  g_byte_array_append (file, (const guint8 *) values, sizeof values);
  g_byte_array_append (file, mask, sizeof mask);
  free (head);
  return file;
}

/* Whether one line of @text holds all @words, in their order, blanks apart. */
static gboolean
has_line (const gchar *text, const gchar *words)
{
  g_autofree gchar *pattern = g_regex_escape_string (words, -1);
  g_auto (GStrv) parts = g_strsplit (pattern, " ", -1);
  g_autofree gchar *spaced = g_strjoinv (" +", parts);
  return g_regex_match_simple (spaced, text, 0, 0);
}

static void
assert_line (const Run *run, const gchar *words)
{
  fail_unless (has_line (run->out, words), "no line '%s' in:\n%s", words, run->out);
}

GST_START_TEST (test_good_file)
{
  g_autoptr (GByteArray) file = good_file ();
  Run run = run_on_bytes (file->data, file->len);
  fail_unless (run.exit_code == 0, "exit code %d: %s", run.exit_code, run.err);
  assert_line (&run, "gst-gemma4, target kerashub, 2 tensors");
  assert_line (&run, "audio_mel float32 [1, 2, 3] -1.5 0.83333 3\n");
  assert_line (&run, "audio_mask bool [1, 4] 0 0.75 1\n");
  assert_line (&run, "<bos><|turn>user\n");
  assert_line (&run, "00:00 <|image><|video|>*66<image|>What do you see?");
  assert_line (&run, "100 34 0 66 0\n");
  assert_line (&run, "video_0 0 01:01 1.480000 s 61.480000 s\n");
  assert_line (&run, "audio_0 4.000000 s 0.000000 s 0.000000 s\n");
  assert_line (&run, "window start stop packed at\n 0.000000 s 4.000000 s 4.000000 s\n");
  assert_line (&run, "gemma4packer 0.500000 s 8.0x\n");
  assert_line (&run, "note: kept as it is\n");
  fail_unless (strchr (run.out, '\x1b') == NULL, "an escape character was printed");

  g_auto (GStrv) lines = g_strsplit (run.out, "\n", -1);
  for (guint i = 1; lines[i]; i++)
    fail_unless (g_utf8_strlen (lines[i], -1) <= 100, "line %u is wider than 100 columns: %s", i,
        lines[i]);
  run_clear (&run);
}
GST_END_TEST;

static void
assert_refused (const Run *run, gint exit_code, const gchar *words)
{
  fail_unless (run->exit_code == exit_code, "'%s': got exit code %d, want %d", words,
      run->exit_code, exit_code);
  fail_unless (strstr (run->err, words) != NULL, "'%s' is not in '%s'", words, run->err);
  fail_unless_equals_string (run->out, "");
}

/* A file may be cut anywhere. */
GST_START_TEST (test_cut_short)
{
  g_autoptr (GByteArray) file = good_file ();
  const struct
  {
    gsize n_bytes;
    const gchar *words;
  } cuts[] = {
    {0, "has 0 bytes in all"},
    {7, "has 7 bytes in all"},
    {8, "only 0 follow"},
    {200, "only 192 follow"},
    {file->len - sizeof mask - 1, "cut short"},
    {file->len - 1, "tensor audio_mask ends at byte 28, but only 27 bytes"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++) {
    Run run = run_on_bytes (file->data, cuts[i].n_bytes);
    assert_refused (&run, 1, cuts[i].words);
    run_clear (&run);
  }
}
GST_END_TEST;

static const struct
{
  const gchar *json;
  const gchar *words;
} bad_heads[] = {
  {"{\"a\":", "not valid JSON"},
  {"   ", "not valid JSON"},
  {"[1]", "not a JSON object"},
  {"{\"a\":1}", "tensor a is not described by a JSON object"},
  {"{\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}}", "tensor a has no dtype"},
  {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", "the dtype F16"},
  {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}}", "the shape of tensor a"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}}", "the shape of tensor a"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4,0],\"data_offsets\":[0,0]}}", "empty or too large"},
  {"{\"a\":{\"dtype\":\"I64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]}}",
      "empty or too large"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,4],\"data_offsets\":[0,4]}}",
      "at most 8 sizes"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}", "not a begin and an end"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,8]}}", "not a begin and an end"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}", "cut short"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,4]}}", "shape needs 3"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}", "1 bytes follow"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}", "begins at byte 1"},
  {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
        "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}", "begins at byte 2"},
  {"{\"__metadata__\":{\"n\":1}}", "not a string"},
  {"{\"__metadata__\":[]}", "__metadata__ is not a JSON object"},
};

/* @json before four bytes of tensors. */
static Run
run_on_json (const gchar *json)
{
  guint8 length[8];
  g_autoptr (GByteArray) file = g_byte_array_new ();
  GST_WRITE_UINT64_LE (length, strlen (json));
  g_byte_array_append (file, length, sizeof length);
  g_byte_array_append (file, (const guint8 *) json, strlen (json));
  g_byte_array_append (file, mask, sizeof mask);
  return run_on_bytes (file->data, file->len);
}

GST_START_TEST (test_bad_head)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_heads); i++) {
    Run run = run_on_json (bad_heads[i].json);
    assert_refused (&run, 1, bad_heads[i].words);
    run_clear (&run);
  }
}
GST_END_TEST;

GST_START_TEST (test_deep_nesting)
{
  g_autofree gchar *json = g_strnfill (1000000, '[');
  Run run = run_on_json (json);
  assert_refused (&run, 1, "nest deeper");
  run_clear (&run);
}
GST_END_TEST;

/* Lines of the metadata that are not what their key promises are shown as they
 * are, and the tensors all the same. */
GST_START_TEST (test_odd_metadata)
{
  Run run = run_on_json ("{\"__metadata__\":{\"frame-times\":\"[[[\",\"window\":\"[1]\","
      "\"audio-spans\":\"[1,{}]\"},\"a\":{\"dtype\":\"I32\",\"shape\":[],"
      "\"data_offsets\":[0,4]}}");
  fail_unless (run.exit_code == 0, "exit code %d: %s", run.exit_code, run.err);
  assert_line (&run, "a int32 [] 16842753 1.6843e+07 16842753\n");
  assert_line (&run, "frame-times: [[[\n");
  assert_line (&run, "window: [1]\n");
  run_clear (&run);
}
GST_END_TEST;

GST_START_TEST (test_usage)
{
  Run help = run_program ("--help");
  fail_unless_equals_int (help.exit_code, 0);
  assert_line (&help, "FILE\n");
  run_clear (&help);

  Run nothing = run_program (NULL);
  assert_refused (&nothing, 2, "Usage: tensor-info FILE");
  run_clear (&nothing);

  Run missing = run_program ("/nonexistent/file.safetensors");
  assert_refused (&missing, 1, "/nonexistent/file.safetensors");
  run_clear (&missing);

  Run folder = run_program ("/");
  assert_refused (&folder, 1, "/: it is a directory");
  run_clear (&folder);
}
GST_END_TEST;

static Suite *
tensor_info_suite (void)
{
  Suite *s = suite_create ("tensor-info");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_good_file);
  tcase_add_test (t, test_cut_short);
  tcase_add_test (t, test_bad_head);
  tcase_add_test (t, test_deep_nesting);
  tcase_add_test (t, test_odd_metadata);
  tcase_add_test (t, test_usage);
  return s;
}

GST_CHECK_MAIN (tensor_info);
