/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4markup.h"

#include <string.h>

/* Pango's, and those of subtitles besides: font of SubRip, voices and the like of WebVTT,
 * whose c has a class, or stands alone. */
static const gchar *const tags[] = { "b", "big", "c.", "font", "i", "lang", "markup", "rt",
  "ruby", "s", "small", "span", "sub", "sup", "tt", "u", "v"
};

static const struct
{
  const gchar *name, *text;
} entities[] = {
  {"amp;", "&"}, {"apos;", "'"}, {"gt;", ">"}, {"lt;", "<"}, {"quot;", "\""},
  {"nbsp;", " "}, {"lrm;", ""}, {"rlm;", ""},
};

/* Bytes of a time of WebVTT such as 00:03.500 at @text; 0 if it is none. */
static gsize
time_bytes (const gchar *text, gsize n_bytes)
{
  gsize n = 0;
  gboolean minutes = FALSE, parts = FALSE;
  for (; n < n_bytes && (g_ascii_isdigit (text[n]) || text[n] == ':' || text[n] == '.'); n++) {
    minutes |= text[n] == ':';
    parts |= text[n] == '.';
  }
  return minutes && parts ? n : 0;
}

static gboolean
begins_with (const gchar *text, gsize n_bytes, const gchar *prefix)
{
  return n_bytes >= strlen (prefix) && memcmp (text, prefix, strlen (prefix)) == 0;
}

/* The same between brackets, which subparse writes as entities. */
static gsize
bracketed_time_bytes (const gchar *text, gsize n_bytes, const gchar *open, const gchar *close)
{
  gsize n_open = strlen (open);
  if (!begins_with (text, n_bytes, open))
    return 0;
  gsize n = time_bytes (text + n_open, n_bytes - n_open);
  return n && begins_with (text + n_open + n, n_bytes - n_open - n, close)
      ? n_open + n + strlen (close) : 0;
}

/* Bytes of an override of ASS such as {\an8}, which SubRip files have too. */
static gsize
override_bytes (const gchar *text, gsize n_bytes)
{
  const gchar *end = begins_with (text, n_bytes, "{\\") ? memchr (text, '}', n_bytes) : NULL;
  return end ? end + 1 - text : 0;
}

/* Bytes of a code of MicroDVD such as {c:$0000ff}, with which a line begins. */
static gsize
code_bytes (const gchar *text, gsize n_bytes)
{
  if (n_bytes < 4 || text[2] != ':' || !g_ascii_isalpha (text[1])
      || !strchr ("cfhopsy", g_ascii_tolower (text[1])))
    return 0;
  const gchar *line_end = memchr (text, '\n', n_bytes);
  const gchar *end = memchr (text, '}', line_end ? (gsize) (line_end - text) : n_bytes);
  return end ? end + 1 - text : 0;
}

/* Bytes of the tag at @text, which begins with '<'; 0 if it is none. */
static gsize
tag_bytes (const gchar *text, gsize n_bytes)
{
  const gchar *end = n_bytes > 2 ? memchr (text, '>', n_bytes) : NULL;
  if (!end || memchr (text + 1, '<', end - text - 1))
    return 0;
  const gchar *name = text + 1 + (text[1] == '/');
  for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
    gsize n = strlen (tags[i]);
    if ((gsize) (end - name) >= n && g_ascii_strncasecmp (name, tags[i], n) == 0
        && (name + n == end || name[n - 1] == '.' || strchr (" /.\t\n", name[n])))
      return end + 1 - text;
  }
  return begins_with (text, n_bytes, "<c>") || begins_with (text, n_bytes, "</c>")
      ? end + 1 - text : 0;
}

/* Appends the character of a reference such as #8364; or #x20ac; @digits is behind
 * the '#'. Returns the first byte behind it, or NULL. */
static const gchar *
append_reference (GString *text, const gchar *digits, const gchar *end)
{
  guint base = digits < end && (*digits | 0x20) == 'x' ? 16 : 10;
  const gchar *at = digits + (base == 16);
  guint64 c = 0;
  gint digit;
  const gchar *first = at;
  while (at < end && c <= 0x10ffff && (digit = g_ascii_xdigit_value (*at)) >= 0
      && digit < (gint) base) {
    c = c * base + digit;
    at++;
  }
  if (at == first || at == end || *at != ';' || !c || !g_unichar_validate (c))
    return NULL;
  g_string_append_unichar (text, c);
  return at + 1;
}

/* The same for what follows an '&'. */
static const gchar *
append_entity (GString *text, const gchar *name, const gchar *end)
{
  if (name < end && *name == '#')
    return append_reference (text, name + 1, end);
  for (guint i = 0; i < G_N_ELEMENTS (entities); i++) {
    gsize n = strlen (entities[i].name);
    if ((gsize) (end - name) >= n && memcmp (name, entities[i].name, n) == 0) {
      g_string_append (text, entities[i].text);
      return name + n;
    }
  }
  return NULL;
}

/* subparse escapes the entities of a file once more. */
static const gchar *
append_escaped_entity (GString *text, const gchar *name, const gchar *end)
{
  const gchar *behind = begins_with (name, end - name, "amp;")
      ? append_entity (text, name + strlen ("amp;"), end) : NULL;
  return behind ? behind : append_entity (text, name, end);
}

/* Bytes at @text that are no words; @begins: no word of its line has come. */
static gsize
markup_bytes (const gchar *text, gsize n_bytes, gboolean begins)
{
  gsize n = 0;
  switch (*text) {
    case '<':
      n = tag_bytes (text, n_bytes);
      return n ? n : bracketed_time_bytes (text, n_bytes, "<", ">");
    case '&':
      return bracketed_time_bytes (text, n_bytes, "&lt;", "&gt;");
    case '{':
      n = override_bytes (text, n_bytes);
      return n || !begins ? n : code_bytes (text, n_bytes);
    default:
      return 0;
  }
}

gchar *
gemma4_markup_to_text (const gchar *markup, gsize n_bytes, gsize *n_text_bytes)
{
  const gchar *at = markup, *end = markup + n_bytes;
  GString *text = g_string_sized_new (n_bytes);
  while (at < end) {
    gboolean begins = !text->len || text->str[text->len - 1] == '\n';
    gsize tag = markup_bytes (at, end - at, begins);
    const gchar *behind = !tag && *at == '&' ? append_escaped_entity (text, at + 1, end) : NULL;
    if (!tag && !behind)
      g_string_append_c (text, *at);
    at = behind ? behind : at + MAX (tag, 1);
  }
  *n_text_bytes = text->len;
  return g_string_free (text, FALSE);
}
