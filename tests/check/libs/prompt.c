/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/prompt.h>

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/tokenizer.h>
#include <gst/gemma4/tokens.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>

/* Soft tokens of the golden media: pictures of 672x912 and 576x1056 pixels, video
 * frames of 336x432, clips of 8.12 s and of 85,359 samples. */
#define IMAGE_640 gemma4_vision_tokens (672 * 912 / 256, 3)
#define IMAGE_1280 gemma4_vision_tokens (576 * 1056 / 256, 3)
#define FRAME gemma4_vision_tokens (336 * 432 / 256, 3)
#define SPEECH gemma4_audio_tokens ((129920 - 1) / 160)
#define CLIP gemma4_audio_tokens ((85359 - 1) / 160)

#define N_FRAMES 32

typedef struct
{
  const gchar *name;
  const gchar *prompt;
  const gchar *media;           /* i 640x480, j 1280x720, v video, s speech, c clip */
} Case;

static const Case cases[] = {
  { "text", "What is two plus two?", "" },
  { "image", "Describe this.", "i" },
  { "images2", "First <|image|> second <|image|> compare.", "ij" },
  { "images2", "First <|image:0|> second <|image:1|> compare.", "ij" },
  { "images2", "First <|image:1|> second <|image|> compare.", "ji" },
  { "audio", " \n Transcribe.\t", "s" },
  { "video", "Describe this video.", "v" },
  { "videoaudio", "What do you see and hear?", "vs" },
  { "videoaudio", "<bos> What do you see and hear?", "sv" },
  { "videoaudio", "<bos><|turn>user\n<|video|><|audio|>What do you see and hear?<turn|>\n"
        "<|turn>model\n", "vs" },
  { "audio2", "<|audio|> or <|audio|>?", "sc" },
  { "all", "<|image|> <|video|> <|audio|> Compare.", "ivc" },
};

static guint32 n_tokens[5][N_FRAMES];
static guint64 stamps_ns[N_FRAMES];

static void
setup_media (void)
{
  n_tokens[0][0] = IMAGE_640;
  n_tokens[1][0] = IMAGE_1280;
  n_tokens[3][0] = SPEECH;
  n_tokens[4][0] = CLIP;
  for (guint64 i = 0; i < N_FRAMES; i++) {
    n_tokens[2][i] = FRAME;
    stamps_ns[i] = (i * 300 / N_FRAMES * 2000000000 + 30) / 60;
  }
}

/* Media as a string of letters has them; the n-th of a kind has number n. */
static gsize
make_media (const gchar *letters, Gemma4PromptMedia *media)
{
  static const Gemma4MediaKind kinds[] = { GEMMA4_MEDIA_IMAGE, GEMMA4_MEDIA_IMAGE,
    GEMMA4_MEDIA_VIDEO, GEMMA4_MEDIA_AUDIO, GEMMA4_MEDIA_AUDIO };
  guint32 numbers[GEMMA4_N_MEDIA_KINDS] = { 0 };
  gsize n_media = strlen (letters);
  for (gsize m = 0; m < n_media; m++) {
    gsize what = strchr ("ijvsc", letters[m]) - "ijvsc";
    media[m] = (Gemma4PromptMedia) {
      .kind = kinds[what],
      .number = numbers[kinds[what]]++,
      .n_frames = kinds[what] == GEMMA4_MEDIA_VIDEO ? N_FRAMES : 1,
      .n_tokens = n_tokens[what],
      .stamps_ns = kinds[what] == GEMMA4_MEDIA_VIDEO ? stamps_ns : NULL,
    };
  }
  return n_media;
}

static gchar *
chat (const Gemma4ChatParams *params, const gchar *prompt, const gchar *letters)
{
  Gemma4PromptMedia media[8];
  gchar *text = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_prompt_chat (params, prompt, media, make_media (letters, media),
      &text, &error);
  fail_unless (status == GEMMA4_OK, "'%s': %s", prompt, error.text);
  return text;
}

static gchar *
expand (const gchar *prompt, const gchar *letters, gsize *order)
{
  Gemma4PromptMedia media[8];
  gchar *text = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_prompt_expand (prompt, media, make_media (letters, media),
      &text, order, &error);
  fail_unless (status == GEMMA4_OK, "'%s': %s", prompt, error.text);
  return text;
}

static gchar *
golden_text (const gchar *name)
{
  g_autofree gchar *path = golden_path ("prompt/cases.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  fail_unless (json_parser_load_from_file (parser, path, &error), "%s",
      error ? error->message : "");
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonObject *one = json_object_get_object_member (root, name);
  return g_strdup (json_object_get_string_member (one, "expanded"));
}

static void
check_ids (const gchar *name, const gchar *text)
{
  g_autofree gchar *model = golden_path ("tokenizer/gemma4_tiny.model");
  g_autofree gchar *file = g_strdup_printf ("prompt/%s.input_ids.npy", name);
  Npy want = npy_load (file);
  fail_unless_equals_string (want.descr, "<i4");
  Gemma4Tokenizer *tokenizer = NULL;
  Gemma4Error error = { "" };
  Gemma4Ids got = { 0 };
  fail_unless (gemma4_tokenizer_open (model, &tokenizer, &error) == GEMMA4_OK
      && gemma4_tokenizer_encode (tokenizer, text, strlen (text), &got, &error) == GEMMA4_OK,
      "%s", error.text);

  const gint32 *ids = want.data;
  for (gsize i = 0; i < MIN (got.n_ids, want.n_elements); i++)
    fail_unless (got.ids[i] == ids[i], "%s: id %zu is %d, want %d", name, i, got.ids[i], ids[i]);
  fail_unless (got.n_ids == want.n_elements, "%s: %zu ids, want %zu", name, got.n_ids,
      want.n_elements);
  gemma4_ids_clear (&got);
  gemma4_tokenizer_free (tokenizer);
  npy_clear (&want);
}

GST_START_TEST (test_golden)
{
  const Case *c = &cases[__i__];
  const Gemma4ChatParams params = { 0 };
  gsize order[8];
  gchar *form = chat (&params, c->prompt, c->media);
  gchar *text = expand (form, c->media, order);
  gchar *folded = NULL;
  fail_unless_equals_int (gemma4_prompt_fold (text, &folded), GEMMA4_OK);
  g_autofree gchar *want = golden_text (c->name);
  fail_unless (g_str_equal (folded, want), "%s (case %d): got\n%s\nwant\n%s", c->name, __i__,
      folded, want);
  check_ids (c->name, text);
  free (folded);
  free (text);
  free (form);
}
GST_END_TEST;

static const struct
{
  Gemma4ChatParams params;
  const gchar *prompt;
  const gchar *media;
  const gchar *want;
} chats[] = {
  { { 0 }, "", "", "<|turn>user\n<turn|>\n<|turn>model\n" },
  { { .system_prompt = " Be brief.\n" }, "Hi", "",
      "<|turn>system\nBe brief.<turn|>\n<|turn>user\nHi<turn|>\n<|turn>model\n" },
  { { .system_prompt = " " }, "Hi", "", "<|turn>user\nHi<turn|>\n<|turn>model\n" },
  { { .thinking = true }, "Hi", "",
      "<|turn>system\n<|think|>\n<turn|>\n<|turn>user\nHi<turn|>\n<|turn>model\n" },
  { { .system_prompt = "Be brief.", .thinking = true, .empty_thought = true }, "Hi", "",
      "<|turn>system\n<|think|>\nBe brief.<turn|>\n<|turn>user\nHi<turn|>\n<|turn>model\n" },
  { { .empty_thought = true }, "Hi", "",
      "<|turn>user\nHi<turn|>\n<|turn>model\n<|channel>thought\n<channel|>" },
  { { 0 }, "\xe3\x80\x80 a  b \xc2\xa0", "", "<|turn>user\na  b<turn|>\n<|turn>model\n" },
  { { 0 }, " <bos> Hi <bos>", "", "<|turn>user\nHi <bos><turn|>\n<|turn>model\n" },
  { { 0 }, "Hi", "sivj", "<|turn>user\n<|image|><|image|><|video|><|audio|>Hi<turn|>\n"
        "<|turn>model\n" },
  { { 0 }, "Is <|image|> new?", "ij", "<|turn>user\n<|image:1|>Is <|image|> new?<turn|>\n"
        "<|turn>model\n" },
  { { 0 }, "Is <|image:1|> new?", "ijc", "<|turn>user\n<|image|><|audio|>Is <|image:1|> new?"
        "<turn|>\n<|turn>model\n" },
  { { .system_prompt = "Look: <|image|>" }, "Well?", "iv", "<|turn>system\nLook: <|image|>"
        "<turn|>\n<|turn>user\n<|video|>Well?<turn|>\n<|turn>model\n" },
  { { .thinking = true }, "<bos><|turn>user\n Hi <turn|>\n", "i",
      "<|turn>user\n Hi <turn|>\n" },
};

GST_START_TEST (test_chat)
{
  gchar *text = chat (&chats[__i__].params, chats[__i__].prompt, chats[__i__].media);
  fail_unless (g_str_equal (text, chats[__i__].want), "case %d: got\n%s\nwant\n%s", __i__, text,
      chats[__i__].want);
  free (text);
}
GST_END_TEST;

static const struct
{
  const gchar *response;
  const gchar *want;
} responses[] = {
  { "", "<turn|>\n" },
  { " Four.\n", "Four.<turn|>\n" },
  { "<|channel>thought\nHm.\n<channel|>Four.", "Four.<turn|>\n" },
  { "So: <|channel>thought\nHm.<channel|> Four. <|channel>thought", "So:  Four.<turn|>\n" },
  { "Four.<channel|> ", "Four.<turn|>\n" },
};

GST_START_TEST (test_response)
{
  gchar *text = NULL;
  fail_unless_equals_int (gemma4_prompt_chat_response (responses[__i__].response, &text, NULL),
      GEMMA4_OK);
  fail_unless (g_str_equal (text, responses[__i__].want), "case %d: got '%s', want '%s'", __i__,
      text, responses[__i__].want);
  free (text);
}
GST_END_TEST;

/* Numbered placeholders take their media, the others what is left, in order. */
static const struct
{
  const gchar *prompt;
  const gchar *media;
  gsize order[4];
} orders[] = {
  { "<|image|><|image|><|image|>", "iji", { 0, 1, 2 } },
  { "<|image|><|image:0|><|image|>", "iji", { 1, 0, 2 } },
  { "<|image:2|><|image|><|image:0|>", "iji", { 2, 1, 0 } },
  { "<|audio|><|image|><|audio:0|><|video|>", "svic", { 3, 2, 0, 1 } },
};

GST_START_TEST (test_order)
{
  gsize order[8] = { 9, 9, 9, 9 };
  gchar *text = expand (orders[__i__].prompt, orders[__i__].media, order);
  for (gsize i = 0; orders[__i__].media[i]; i++)
    fail_unless (order[i] == orders[__i__].order[i], "%s: placeholder %zu took %zu, want %zu",
        orders[__i__].prompt, i, order[i], orders[__i__].order[i]);
  free (text);
}
GST_END_TEST;

/* Several media of one pad share its number: they are taken in order. */
GST_START_TEST (test_shared_number)
{
  static const guint32 one = 1, two = 2, three = 3;
  const Gemma4PromptMedia media[] = {
    { GEMMA4_MEDIA_IMAGE, 0, 1, &one, NULL },
    { GEMMA4_MEDIA_IMAGE, 0, 1, &two, NULL },
    { GEMMA4_MEDIA_IMAGE, 4, 1, &three, NULL },
  };
  gsize order[3];
  gchar *text = NULL;
  Gemma4Status status = gemma4_prompt_expand ("<|image:4|>a<|image:0|>b<|image:0|>", media, 3,
      &text, order, NULL);
  fail_unless_equals_int (status, GEMMA4_OK);
  fail_unless_equals_string (text, "<|image><|image|><|image|><|image|><image|>a<|image>"
      "<|image|><image|>b<|image><|image|><|image|><image|>");
  fail_unless (order[0] == 2 && order[1] == 0 && order[2] == 1);
  free (text);
}
GST_END_TEST;

static const gchar *const plain[] = { "", "a < b <| c", "<|image", "<|image:|>", "<|image:x|>",
  "<|image:1", "<|images|>", "<|image>", "<image|>", "<|turn>", "<|Image|>", "<|<|" };

GST_START_TEST (test_no_placeholder)
{
  gchar *text = expand (plain[__i__], "", NULL);
  fail_unless_equals_string (text, plain[__i__]);
  free (text);
}
GST_END_TEST;

static const struct
{
  const gchar *prompt;
  const gchar *media;
  const gchar *want;
} mismatches[] = {
  { "<|video|> <|video|>", "v", "the prompt has 2 <|video|> placeholders but there is 1 video: "
        "remove a placeholder or link another video pad" },
  { "<|audio|>", "", "the prompt has 1 <|audio|> placeholder but there is no audio clip: "
        "remove a placeholder or link another audio pad" },
  { "Hi", "ij", "the prompt has 0 <|image|> placeholders but there are 2 images: write "
        "<|image|> in the prompt where each belongs, or use the chat form, which adds it" },
  { "<|image|><|audio|>", "isv", "the prompt has 0 <|video|> placeholders but there is 1 video: "
        "write <|video|> in the prompt where each belongs, or use the chat form, which adds it" },
  { "Is <|image:2|>?", "i", "the prompt has <|image:2|> at byte 3 but no image 2 is left for "
        "it: write the number of a linked pad, or <|image|> for the next one" },
  { "<|image:0|><|image:0|>", "ij", "the prompt has <|image:0|> at byte 11 but no image 0 is "
        "left for it: write the number of a linked pad, or <|image|> for the next one" },
  { "<|video:99999999999999999999|>", "v", "no video 4294967295 is left" },
};

GST_START_TEST (test_mismatch)
{
  Gemma4PromptMedia media[8];
  gsize n_media = make_media (mismatches[__i__].media, media);
  gsize order[8] = { 77 };
  gchar *const untouched = (gchar *) mismatches;
  gchar *text = untouched;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_prompt_expand (mismatches[__i__].prompt, media, n_media, &text,
      order, &error);
  fail_unless (status == GEMMA4_MEDIA_MISMATCH, "case %d: %s", __i__,
      gemma4_status_string (status));
  fail_unless (strstr (error.text, mismatches[__i__].want), "case %d: got\n%s\nwant\n%s", __i__,
      error.text, mismatches[__i__].want);
  fail_unless (text == untouched && order[0] == 77, "case %d: outputs touched", __i__);
}
GST_END_TEST;

GST_START_TEST (test_chat_mismatch)
{
  const Gemma4ChatParams params = { 0 };
  Gemma4PromptMedia media[8];
  gsize n_media = make_media ("v", media);
  gchar *text = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_prompt_chat (&params, "<|video|><|video|>", media, n_media,
      &text, &error);
  fail_unless_equals_int (status, GEMMA4_MEDIA_MISMATCH);
  fail_unless (strstr (error.text, "2 <|video|> placeholders but there is 1 video"), "%s",
      error.text);
  fail_unless (text == NULL);
}
GST_END_TEST;

GST_START_TEST (test_bad_utf8)
{
  const Gemma4ChatParams params = { 0 };
  const Gemma4ChatParams bad_system = { .system_prompt = "\xff" };
  gchar *text = NULL;
  gsize order[1];
  Gemma4Error error = { "" };
  fail_unless_equals_int (gemma4_prompt_chat (&params, "abc\xff", NULL, 0, &text, &error),
      GEMMA4_BAD_UTF8);
  fail_unless (strstr (error.text, "the prompt") && strstr (error.text, "byte 3 "), "%s",
      error.text);
  fail_unless_equals_int (gemma4_prompt_chat (&bad_system, "Hi", NULL, 0, &text, &error),
      GEMMA4_BAD_UTF8);
  fail_unless (strstr (error.text, "the system prompt"), "%s", error.text);
  fail_unless_equals_int (gemma4_prompt_expand ("\xc3", NULL, 0, &text, order, &error),
      GEMMA4_BAD_UTF8);
  fail_unless_equals_int (gemma4_prompt_chat_response ("a\xe2\x96", &text, &error),
      GEMMA4_BAD_UTF8);
  fail_unless (strstr (error.text, "the response") && strstr (error.text, "byte 1 "), "%s",
      error.text);
  fail_unless (text == NULL);
}
GST_END_TEST;

static const struct
{
  const gchar *text;
  const gchar *want;
} folds[] = {
  { "", "" },
  { "a<|image|>b", "a<|image|>b" },
  { "<|image|><|image|><|image|>", "<|image|>*3" },
  { "<|image|><|image|><|audio|><|audio|> <|audio|>", "<|image|>*2<|audio|>*2 <|audio|>" },
  { "<|turn><|turn><|", "<|turn><|turn><|" },
  { "<|video|><|video|><|video", "<|video|>*2<|video" },
};

GST_START_TEST (test_fold)
{
  gchar *text = NULL;
  fail_unless_equals_int (gemma4_prompt_fold (folds[__i__].text, &text), GEMMA4_OK);
  fail_unless_equals_string (text, folds[__i__].want);
  free (text);
}
GST_END_TEST;

static Suite *
prompt_suite (void)
{
  Suite *s = suite_create ("prompt");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup_media, NULL);
  tcase_add_loop_test (t, test_golden, 0, G_N_ELEMENTS (cases));
  tcase_add_loop_test (t, test_chat, 0, G_N_ELEMENTS (chats));
  tcase_add_loop_test (t, test_response, 0, G_N_ELEMENTS (responses));
  tcase_add_loop_test (t, test_order, 0, G_N_ELEMENTS (orders));
  tcase_add_test (t, test_shared_number);
  tcase_add_loop_test (t, test_no_placeholder, 0, G_N_ELEMENTS (plain));
  tcase_add_loop_test (t, test_mismatch, 0, G_N_ELEMENTS (mismatches));
  tcase_add_test (t, test_chat_mismatch);
  tcase_add_test (t, test_bad_utf8);
  tcase_add_loop_test (t, test_fold, 0, G_N_ELEMENTS (folds));
  return s;
}

GST_CHECK_MAIN (prompt);
