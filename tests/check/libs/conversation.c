/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/conversation.h>

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>

#define MAX_TURNS 8
#define MAX_MEDIA 8

/* A conversation as gemma4_conversation_expand() takes it. */
typedef struct
{
  Gemma4ChatParams params;
  Gemma4Turn turns[MAX_TURNS];
  Gemma4PromptMedia media[MAX_TURNS][MAX_MEDIA];
  guint n_turns;
  guint n_media;                /* of all turns */
  GPtrArray *texts;             /* owns them */
} Talk;

static Gemma4MediaKind
kind_of (const gchar *type)
{
  return g_str_equal (type, "image") ? GEMMA4_MEDIA_IMAGE
      : g_str_equal (type, "video") ? GEMMA4_MEDIA_VIDEO : GEMMA4_MEDIA_AUDIO;
}

/* Media of which nothing is known but the kind: placeholders stay as they are. */
static void
add_media (Talk *talk, Gemma4MediaKind kind, guint32 number)
{
  guint turn = talk->n_turns - 1;
  Gemma4Turn *t = &talk->turns[turn];
  talk->media[turn][t->n_media++] = (Gemma4PromptMedia) {.kind = kind,.number = number,.n_frames = 1};
  t->media = talk->media[turn];
  talk->n_media++;
}

/* The template trims every part of a message, we a prompt at both ends: so parts are
 * trimmed here. With @implicit media before the words get no placeholder. */
static gchar *
prompt_of (Talk *talk, JsonNode *content, gboolean implicit)
{
  if (JSON_NODE_HOLDS_VALUE (content))
    return g_strdup (json_node_get_string (content));
  JsonArray *parts = json_node_get_array (content);
  GString *prompt = g_string_new (NULL);
  for (guint i = 0; i < json_array_get_length (parts); i++) {
    JsonObject *part = json_array_get_object_element (parts, i);
    const gchar *type = json_object_get_string_member (part, "type");
    if (g_str_equal (type, "text")) {
      g_autofree gchar *text = g_strdup (json_object_get_string_member (part, "text"));
      g_string_append (prompt, g_strstrip (text));
      continue;
    }
    if (!implicit || prompt->len)
      g_string_append_printf (prompt, "<|%s|>", type);
    add_media (talk, kind_of (type), 0);
  }
  return g_string_free (prompt, FALSE);
}

static Talk
talk_of (JsonArray *messages, gboolean implicit)
{
  Talk talk = {.texts = g_ptr_array_new_with_free_func (g_free) };
  for (guint i = 0; i < json_array_get_length (messages); i++) {
    JsonObject *message = json_array_get_object_element (messages, i);
    const gchar *role = json_object_get_string_member (message, "role");
    JsonNode *content = json_object_get_member (message, "content");
    if (g_str_equal (role, "user")) {
      talk.n_turns++;
      gchar *prompt = prompt_of (&talk, content, implicit);
      g_ptr_array_add (talk.texts, prompt);
      talk.turns[talk.n_turns - 1].prompt = prompt;
    } else if (g_str_equal (role, "assistant")) {
      talk.turns[talk.n_turns - 1].answer = json_node_get_string (content);
    } else {
      talk.params.system_prompt = json_node_get_string (content);
    }
  }
  /* media point into the talk, which is copied: see expand() */
  return talk;
}

static gchar *
expand (Talk *talk, size_t *order, size_t *n_order)
{
  gchar *text = NULL;
  Gemma4Error error = { "" };
  for (guint i = 0; i < talk->n_turns; i++)
    talk->turns[i].media = talk->media[i];
  Gemma4Status status = gemma4_conversation_expand (&talk->params, talk->turns, talk->n_turns,
      &text, order, n_order, &error);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
  return text;
}

static void
check_case (const gchar *name, JsonObject *one, const gchar *member, gboolean implicit)
{
  size_t order[MAX_TURNS * MAX_MEDIA], n_order = 99;
  const gchar *want = json_object_get_string_member (one, member);
  Talk talk = talk_of (json_object_get_array_member (one, "messages"), implicit);
  talk.params.empty_thought = g_str_has_prefix (member, "31b");
  talk.params.thinking = g_str_has_suffix (member, "thinking");
  g_autofree gchar *text = expand (&talk, order, &n_order);
  g_autofree gchar *got = g_strconcat ("<bos>", text, NULL);
  fail_unless (g_str_equal (got, want), "%s, %s%s: got '%s', want '%s'", name, member,
      implicit ? ", no placeholders" : "", got, want);
  fail_unless_equals_int (n_order, talk.n_media);
  for (guint i = 0; i < n_order; i++)
    fail_unless (order[i] == i, "%s: medium %u is %zu", name, i, order[i]);
  g_ptr_array_unref (talk.texts);
}

/* The published templates of the small (e2b) and large (31b) models. */
GST_START_TEST (test_golden)
{
  static const gchar *const members[] = { "e2b", "e2b-thinking", "31b", "31b-thinking" };
  g_autofree gchar *path = golden_path ("prompt/chat.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  fail_unless (json_parser_load_from_file (parser, path, &error), "%s",
      error ? error->message : "");
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  g_autoptr (GList) names = json_object_get_members (root);
  fail_unless (g_list_length (names) >= 19);
  for (GList * l = names; l; l = l->next) {
    JsonObject *one = json_object_get_object_member (root, l->data);
    for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
      check_case (l->data, one, members[i], FALSE);
      check_case (l->data, one, members[i], TRUE);
    }
  }
}
GST_END_TEST;

/* Every turn's placeholders take the media of that turn, numbers included; those of
 * the system prompt take the last turn's. */
GST_START_TEST (test_order)
{
  size_t order[MAX_TURNS * MAX_MEDIA], n_order;
  static const size_t want[] = { 4, 1, 0, 2, 5, 3 };
  Talk talk = { 0 };
  talk.params.system_prompt = "As in <|image|>";
  talk.n_turns = 1;             /* 0: video_0, 1: video_1 */
  talk.turns[0].prompt = "<|video:1|> or <|video|>?";
  talk.turns[0].answer = "The <|video|> first<turn|>\n<|turn>user\nno";
  add_media (&talk, GEMMA4_MEDIA_VIDEO, 0);
  add_media (&talk, GEMMA4_MEDIA_VIDEO, 1);
  talk.n_turns = 2;             /* 2: video_0 */
  talk.turns[1].prompt = "<bos>And this? <|audio|> ";
  add_media (&talk, GEMMA4_MEDIA_VIDEO, 0);
  talk.n_turns = 3;             /* 3: video_0, 4: image_0, 5: audio_0 */
  talk.turns[2].prompt = "<|audio:0|><|video:0|>!";
  add_media (&talk, GEMMA4_MEDIA_VIDEO, 0);
  add_media (&talk, GEMMA4_MEDIA_IMAGE, 0);
  add_media (&talk, GEMMA4_MEDIA_AUDIO, 0);
  g_autofree gchar *text = expand (&talk, order, &n_order);
  fail_unless_equals_string (text, "<|turn>system\nAs in <|image|><turn|>\n"
      "<|turn>user\n<|video|> or <|video|>?<turn|>\n<|turn>model\nThe  first<turn|>\n"
      "<|turn>user\n<|video|>And this?<turn|>\n"
      "<|turn>user\n<|audio|><|video|>!<turn|>\n<|turn>model\n");
  fail_unless_equals_int (n_order, G_N_ELEMENTS (want));
  for (guint i = 0; i < n_order; i++)
    fail_unless (order[i] == want[i], "medium %u is %zu, want %zu", i, order[i], want[i]);
}
GST_END_TEST;

/* Soft tokens of earlier media are there, too. */
GST_START_TEST (test_soft_tokens)
{
  static const guint32 two[] = { 2, 1 };
  static const guint64 stamps[] = { 0, 61 * G_GUINT64_CONSTANT (1000000000) };
  size_t order[MAX_TURNS * MAX_MEDIA], n_order;
  Talk talk = {.n_turns = 1 };
  talk.turns[0].prompt = "What?";
  talk.turns[0].answer = "That.";
  add_media (&talk, GEMMA4_MEDIA_VIDEO, 0);
  talk.media[0][0].n_frames = 2;
  talk.media[0][0].n_tokens = two;
  talk.media[0][0].stamps_ns = stamps;
  talk.n_turns = 2;
  talk.turns[1].prompt = "Hear <|audio|>?";
  add_media (&talk, GEMMA4_MEDIA_AUDIO, 0);
  talk.media[1][0].n_tokens = two;
  g_autofree gchar *text = expand (&talk, order, &n_order);
  fail_unless_equals_string (text, "<|turn>user\n00:00 <|image><|video|><|video|><image|> "
      "01:01 <|image><|video|><image|>What?<turn|>\n<|turn>model\nThat.<turn|>\n"
      "<|turn>user\nHear <|audio><|audio|><|audio|><audio|>?<turn|>\n<|turn>model\n");
}
GST_END_TEST;

/* A prompt that is a conversation already stands alone. */
GST_START_TEST (test_complete)
{
  size_t order[MAX_TURNS * MAX_MEDIA], n_order;
  Talk talk = {.n_turns = 1 };
  talk.params.thinking = TRUE;
  talk.turns[0].prompt = "Hi";
  talk.turns[0].answer = "Hello";
  add_media (&talk, GEMMA4_MEDIA_IMAGE, 0);
  talk.n_turns = 2;
  talk.turns[1].prompt = "<bos><|turn>user\n<|image|>?<turn|>\n<|turn>model\n";
  add_media (&talk, GEMMA4_MEDIA_IMAGE, 0);
  g_autofree gchar *text = expand (&talk, order, &n_order);
  fail_unless_equals_string (text, "<|turn>user\n<|image|>?<turn|>\n<|turn>model\n");
  fail_unless_equals_int (n_order, 1);
  fail_unless_equals_int (order[0], 1);
}
GST_END_TEST;

static const struct
{
  const gchar *system, *prompt, *answer, *last;
  Gemma4Status status;
  const gchar *pattern;
} bad[] = {
  {NULL, "a\xff", NULL, "b", GEMMA4_BAD_UTF8, "an earlier prompt is not valid UTF-8 at byte 1*"},
  {NULL, "a", "\xff", "b", GEMMA4_BAD_UTF8, "an answer is not valid UTF-8 at byte 0*"},
  {NULL, "a", NULL, "b\xff", GEMMA4_BAD_UTF8, "the prompt is not valid*"},
  {"\xff", "a", NULL, "b", GEMMA4_BAD_UTF8, "the system prompt is not valid*"},
  {NULL, "a", NULL, "<|image|>", GEMMA4_MEDIA_MISMATCH, "*1 <|image|> placeholder*"},
};

GST_START_TEST (test_bad)
{
  Talk talk = {.n_turns = 2,.params.system_prompt = bad[__i__].system };
  gchar *text = NULL;
  size_t order[1], n_order = 7;
  Gemma4Error error = { "" };
  talk.turns[0].prompt = bad[__i__].prompt;
  talk.turns[0].answer = bad[__i__].answer;
  talk.turns[1].prompt = bad[__i__].last;
  Gemma4Status status = gemma4_conversation_expand (&talk.params, talk.turns, 2, &text, order,
      &n_order, &error);
  fail_unless_equals_int (status, bad[__i__].status);
  fail_unless (g_pattern_match_simple (bad[__i__].pattern, error.text), "%s", error.text);
  fail_unless (text == NULL && n_order == 7);
}
GST_END_TEST;

static Suite *
conversation_suite (void)
{
  Suite *s = suite_create ("conversation");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden);
  tcase_add_test (t, test_order);
  tcase_add_test (t, test_soft_tokens);
  tcase_add_test (t, test_complete);
  tcase_add_loop_test (t, test_bad, 0, G_N_ELEMENTS (bad));
  return s;
}

GST_CHECK_MAIN (conversation);
