/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4markup.h"

#include <string.h>

/* Pango's, and font, which subtitles have besides. */
static const gchar *const tags[] = { "b", "big", "font", "i", "markup", "s", "small", "span",
  "sub", "sup", "tt", "u"
};

static const struct
{
  const gchar *name;
  gchar c;
} entities[] = {
  {"amp;", '&'}, {"apos;", '\''}, {"gt;", '>'}, {"lt;", '<'}, {"quot;", '"'},
};

/* Bytes of the tag at @text, which begins with '<'; 0 if it is none. */
static gsize
tag_bytes (const gchar *text, gsize n_bytes)
{
  const gchar *end = memchr (text, '>', n_bytes);
  if (!end)
    return 0;
  const gchar *name = text + 1 + (text[1] == '/');
  for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
    gsize n = strlen (tags[i]);
    if ((gsize) (end - name) >= n && g_ascii_strncasecmp (name, tags[i], n) == 0
        && (name + n == end || name[n] == ' ' || name[n] == '/'))
      return end + 1 - text;
  }
  return 0;
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
      g_string_append_c (text, entities[i].c);
      return name + n;
    }
  }
  return NULL;
}

gchar *
gemma4_markup_to_text (const gchar *markup, gsize n_bytes, gsize *n_text_bytes)
{
  const gchar *at = markup, *end = markup + n_bytes;
  GString *text = g_string_sized_new (n_bytes);
  while (at < end) {
    gsize tag = *at == '<' && end - at > 2 ? tag_bytes (at, end - at) : 0;
    const gchar *behind = *at == '&' ? append_entity (text, at + 1, end) : NULL;
    if (!tag && !behind)
      g_string_append_c (text, *at);
    at = behind ? behind : at + MAX (tag, 1);
  }
  *n_text_bytes = text->len;
  return g_string_free (text, FALSE);
}
