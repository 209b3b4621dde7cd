/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties that change while it plays. What contradicts the others keeps its value;
 * the task takes over the rest when it begins a pack. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (Gemma4Error *error, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_vsnprintf (error->text, sizeof error->text, format, args);
  va_end (args);
  return FALSE;
}

void
gemma4_packer_switch_off (Gemma4PackerSettings *settings)
{
  settings->pack.text_only = !settings->audio && !settings->vision;
  if (!settings->vision) {
    settings->pack.video = FALSE;
    settings->pack.max_images_per_prompt = 0;
  }
}

/* KerasHub's own check; overflow=grow needs none. */
static gboolean
check_length (const Gemma4PackerSettings *s, Gemma4Error *error)
{
  const Gemma4PackParams *pack = &s->pack;
  guint64 n = (guint64) pack->max_images_per_prompt * pack->num_vision_tokens_per_image;
  if (!s->vision || pack->target != GEMMA4_TARGET_KERASHUB
      || pack->overflow == GEMMA4_OVERFLOW_GROW || pack->sequence_length > n)
    return TRUE;
  return refuse (error, "sequence-length is %u but must be more than max-images-per-prompt * "
      "num-vision-tokens-per-image, %" G_GUINT64_FORMAT ": raise it, or use overflow=grow",
      pack->sequence_length, n);
}

gboolean
gemma4_packer_check_settings (GstGemma4Packer *self, const Gemma4PackerSettings *s,
    Gemma4Error *error)
{
  if (self->preset->unified && s->pack.target == GEMMA4_TARGET_KERASHUB)
    return refuse (error, "KerasHub has no %s: use target=transformers", self->preset->name);
  if (s->history && (!s->chat || s->mode == GEMMA4_MODE_TRAIN || s->batch_size > 1))
    return refuse (error, "history= wants a conversation of one prompt after the other: "
        "chat=true, mode=generate and batch-size=1");
  return check_length (s, error);
}

/* What its caps told the converter of a clip cannot change while it lasts. */
static gboolean
check_clips (GstGemma4Packer *self, const gchar *name, Gemma4Error *error)
{
  if (!self->told_clips || !g_str_equal (name, "num-frames-per-video"))
    return TRUE;
  return refuse (error, "the clip has begun, and its frames are chosen by this number; set it "
      "in the states NULL and READY");
}

/* With the lock and the object lock held. */
gboolean
gemma4_packer_check_change (gpointer element, const gchar *name, gconstpointer settings,
    Gemma4Error *error)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (element);
  const Gemma4PackerSettings *s = settings;
  if (g_str_equal (name, "prompt") && s->prompt && s->prompt_location)
    return refuse (error, "prompt-location=%s says what is asked", s->prompt_location);
  if (gemma4_packer_trigger_of (self, s) != gemma4_packer_trigger_of (self, &self->settings))
    return refuse (error, "it decides here what makes a pack, which the converters were told; "
        "set it in the states NULL and READY, or use trigger=interval");
  if (g_str_equal (name, "interval") && !s->interval_ns && self->settings.interval_ns
      && gemma4_packer_trigger_of (self, s) == GEMMA4_TRIGGER_INTERVAL)
    return refuse (error, "trigger=interval needs one, in ns");
  return check_clips (self, name, error) && gemma4_packer_check_settings (self, s, error);
}

/* What was set is not asked, or makes no pack, where texts come to a prompt pad. */
static void
tell_unused (GstGemma4Packer *self, const gchar *name)
{
  GstGemma4PackerPad *pad = gemma4_packer_find_pad (self, GEMMA4_PAD_PROMPT);
  if (!pad || !pad->started)
    return;
  if (g_str_equal (name, "prompt")) {
    self->told_unused_prompt = FALSE;
    gemma4_packer_tell_unused_prompt (self, pad);
  } else if (g_str_equal (name, "interval") && self->wanted.interval_ns
      && gemma4_packer_trigger (self) != GEMMA4_TRIGGER_INTERVAL) {
    gemma4_packer_warn (self, "interval= is set, and texts come to the pad %s: only those make "
        "packs. trigger=interval counts intervals beside them; set it in the states NULL and "
        "READY.", GST_PAD_NAME (pad));
  }
}

void
gemma4_packer_set (GstGemma4Packer *self, const GParamSpec *spec, const GValue *value)
{
  g_mutex_lock (&self->lock);
  GST_OBJECT_LOCK (self);
  gboolean started = self->started;
  guint64 interval_ns = self->wanted.interval_ns;
  g_autofree gchar *prompt = g_strdup (self->wanted.prompt);
  gchar *refused = gemma4_props_set (&gemma4_packer_props, spec, &self->wanted,
      &self->user_set, value, started ? self : NULL);
  self->changed |= started && !refused;
  gboolean differs = interval_ns != self->wanted.interval_ns
      || g_strcmp0 (prompt, self->wanted.prompt) != 0;
  GST_OBJECT_UNLOCK (self);
  if (started && differs)
    tell_unused (self, spec->name);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  if (!refused && started && g_str_equal (spec->name, "latency"))
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_latency (GST_OBJECT (self)));
  gemma4_props_warn (self, refused);
}

static void
resize_stores (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++)
    gemma4_packer_pad_resize (self, g_ptr_array_index (self->pads, i));
  gemma4_blocks_unref (self->allocation.blocks);
  self->allocation.blocks = gemma4_packer_make_blocks (&self->settings.pack);
}

/* A pack of several prompts goes by what counted when its first one came. */
void
gemma4_packer_adopt_settings (GstGemma4Packer *self)
{
  const Gemma4PackParams *pack = &self->settings.pack;
  guint n_frames = pack->num_frames_per_video;
  guint n_clips = gemma4_packer_most_clips (self);
  if (self->batch->len)
    return;
  GST_OBJECT_LOCK (self);
  gboolean changed = self->changed;
  if (changed)
    gemma4_props_copy_mutable (&gemma4_packer_props, &self->settings, &self->wanted);
  self->changed = FALSE;
  GST_OBJECT_UNLOCK (self);
  if (!changed)
    return;
  gemma4_packer_switch_off (&self->settings);
  if (n_frames != pack->num_frames_per_video || n_clips != gemma4_packer_most_clips (self))
    resize_stores (self);
  gemma4_packer_disarm (self);
  self->grace_us = 0;
  g_cond_broadcast (&self->cond);
}
