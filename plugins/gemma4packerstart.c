/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is made when the element goes to PAUSED, and given back when it leaves. */

#include "gemma4packer.h"

#include "gemma4presets.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* Silence differs from filter to filter where the preset has means for them. */
static void
make_silent_row (GstGemma4Packer *self)
{
  const Gemma4LogMelParams *mel = self->preset->audio;
  Gemma4PackParams *pack = &self->settings.pack;
  g_clear_pointer (&self->silent_row, g_free);
  if (mel && (mel->per_bin_mean || mel->per_bin_stddev) && pack->n_mels == mel->n_mels) {
    self->silent_row = g_new (gfloat, mel->n_mels);
    gemma4_logmel_silent_row (mel, self->silent_row);
  }
  pack->silent_row = self->silent_row;
}

/* Takes the properties over the preset's settings. */
static gboolean
resolve_settings (GstGemma4Packer *self)
{
  Gemma4Error error = { "" };
  GST_OBJECT_LOCK (self);
  g_autofree gchar *name = g_strdup (self->wanted.preset);
  g_autofree gchar *config_file = g_strdup (self->wanted.config_file);
  GST_OBJECT_UNLOCK (self);
  self->preset = gemma4_presets_get (name, config_file, &error);
  if (!self->preset) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error.text), (NULL));
    return FALSE;
  }
  gemma4_presets_log (self, self->preset);
  Gemma4PackerSettings of_preset = gemma4_packer_settings_of (self->preset);
  GST_OBJECT_LOCK (self);
  gemma4_props_apply (&gemma4_packer_props, &self->wanted, &of_preset, self->user_set);
  self->settings = of_preset;   /* what has no property is the preset's */
  gemma4_props_copy (&gemma4_packer_props, &self->settings, &self->wanted);
  gemma4_packer_switch_off (&self->settings);
  self->started = TRUE;
  self->changed = self->told_clips = FALSE;
  GST_OBJECT_UNLOCK (self);
  make_silent_row (self);
  g_mutex_lock (&self->lock);
  self->target = self->settings.pack.target;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
open_tokenizer (GstGemma4Packer *self)
{
  Gemma4Error error = { "" };
  const gchar *path = gemma4_presets_find_tokenizer (self->settings.tokenizer, self->preset,
      &error);
  if (!path) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("No tokenizer: %s.", error.text), (NULL));
    return FALSE;
  }
  if (gemma4_tokenizer_open (path, &self->tokenizer, &error) != GEMMA4_OK) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ, ("%s", error.text), (NULL));
    return FALSE;
  }
  return TRUE;
}

static gboolean
has_pad (GstGemma4Packer *self, Gemma4PadKind kind)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == kind)
      return TRUE;
  }
  return FALSE;
}

gboolean
gemma4_packer_takes (GstGemma4Packer *self, Gemma4PadKind kind)
{
  switch (kind) {
    case GEMMA4_PAD_IMAGE:
      return self->settings.vision && self->preset->image;
    case GEMMA4_PAD_VIDEO:
      return self->settings.vision && self->preset->video;
    case GEMMA4_PAD_AUDIO:
      return self->settings.audio && self->preset->audio;
    default:
      return TRUE;
  }
}

/* That there are no pads of @kind, or the model takes what comes there. */
static gboolean
check_modality (GstGemma4Packer *self, Gemma4PadKind kind)
{
  const gchar *name = self->preset->name;
  if (!has_pad (self, kind) || gemma4_packer_takes (self, kind))
    return TRUE;
  if (kind == GEMMA4_PAD_AUDIO && self->preset->audio)
    gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL,
        "audio=false, but there are audio pads: remove them or the setting.");
  else if (kind == GEMMA4_PAD_AUDIO)
    gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL,
        "preset %s does not hear: remove the audio pads, or choose one of gemma4_2b, "
        "gemma4_instruct_2b, gemma4_4b, gemma4_instruct_4b.", name);
  else if (!self->settings.vision && (self->preset->image || self->preset->video))
    gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL,
        "vision=false, but there are video or image pads: remove them or the setting.");
  else
    gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL,
        "preset %s has no converter for what comes to the %s pads: remove them, or choose "
        "another one, which gemma4-presets lists.", name,
        kind == GEMMA4_PAD_IMAGE ? "image" : "video");
  return FALSE;
}

static gboolean
check_modalities (GstGemma4Packer *self)
{
  return check_modality (self, GEMMA4_PAD_AUDIO) && check_modality (self, GEMMA4_PAD_VIDEO)
      && check_modality (self, GEMMA4_PAD_IMAGE);
}

/* Answers must be said again somewhere. */
static gboolean
check_answers (GstGemma4Packer *self)
{
  if (self->settings.history || !has_pad (self, GEMMA4_PAD_ANSWER))
    return TRUE;
  gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL,
      "Answers come, but nothing is said again: set history= to the number of turns that a "
      "pack repeats, or remove the answer pad.");
  return FALSE;
}

static gboolean
check_pads (GstGemma4Packer *self)
{
  Gemma4Trigger trigger = gemma4_packer_trigger (self);
  Gemma4Error error = { "" };
  if (trigger == GEMMA4_TRIGGER_INTERVAL && !self->settings.interval_ns) {
    gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL,
        "trigger=interval needs interval=, in ns.");
    return FALSE;
  }
  if (trigger != GEMMA4_TRIGGER_PROMPT && !self->settings.prompt && !self->file_prompts->len
      && !has_pad (self, GEMMA4_PAD_PROMPT)) {
    gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL,
        "No prompt given: set prompt= or prompt-location=, or link text/x-raw to the prompt pad.");
    return FALSE;
  }
  if (!gemma4_packer_check_settings (self, &self->settings, &error)) {
    gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, NULL, "%s.",
        error.text);
    return FALSE;
  }
  return check_modalities (self) && check_answers (self);
}

static gboolean
make_stores (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    if (!gemma4_packer_pad_make_store (self, g_ptr_array_index (self->pads, i))) {
      gemma4_packer_error (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
          NULL, "There is no memory for the stores of the pads.");
      return FALSE;
    }
  }
  return TRUE;
}

void
gemma4_packer_stop (GstGemma4Packer *self)
{
  g_mutex_lock (&self->lock);
  self->running = FALSE;
  self->flow = GST_FLOW_OK;
  self->counts = (Gemma4PackerCounts) { 0 };
  gemma4_packer_disarm (self);
  gst_clear_event (&self->segment_done);
  gemma4_packer_forget_cuts (self, FALSE);
  self->n_prompts = 0;
  self->told_unused_prompt = FALSE;
  gemma4_packer_forget_responses (self);
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    gemma4_packer_pad_reset (pad);
    pad->started = pad->live = pad->flushing = pad->reconfigured = pad->stale = FALSE;
    pad->since_ns = 0;
    pad->flush_seqnum = 0;
    pad->told_unseekable = pad->seeked = pad->segment_seeked = FALSE;
    pad->n_specs = 0;
  }
  gemma4_packer_unlock (self);
  GST_OBJECT_LOCK (self);
  self->started = FALSE;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&self->tokenizer, gemma4_tokenizer_free);
  g_clear_pointer (&self->silent_row, g_free);
  gemma4_props_clear (&gemma4_packer_props, &self->settings);
  g_ptr_array_set_size (self->batch, 0);
  g_ptr_array_set_size (self->file_prompts, 0);
  gemma4_history_clear (&self->history);
  gemma4_history_init (&self->history);
  gst_caps_replace (&self->caps, NULL);
  gemma4_allocation_clear (&self->allocation);
  g_clear_pointer (&self->allocation.blocks, gemma4_blocks_unref);
  self->sent_stream_start = FALSE;
}

gboolean
gemma4_packer_start (GstGemma4Packer *self)
{
  self->started_us = g_get_monotonic_time ();
  if (!resolve_settings (self) || !open_tokenizer (self) || !gemma4_packer_read_prompts (self))
    return FALSE;
  self->allocation.blocks = gemma4_packer_make_blocks (&self->settings.pack);
  g_mutex_lock (&self->lock);
  self->running = check_pads (self) && make_stores (self);
  gboolean running = self->running;
  gemma4_packer_unlock (self);
  return running;
}
