/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstgemma4videoconv.h"

/* *INDENT-OFF* */
GEMMA4_DEFINE_ENUM (sampling_get_type, "GstGemma4Sampling",
    {GEMMA4_SAMPLING_AUTO, "As the packer's pad wants; without a packer uniform if "
          "the source is not live and its length is known, else rate", "auto"},
    {GEMMA4_SAMPLING_UNIFORM, "num-frames evenly spread over the clip", "uniform"},
    {GEMMA4_SAMPLING_RATE, "sample-rate frames a second, by their time stamps", "rate"},
    {GEMMA4_SAMPLING_ALL, "Every frame", "all"})
/* *INDENT-ON* */

const Gemma4VideoSettings gemma4_video_defaults = {
  .patch_size = 16,
  .pooling_kernel_size = 3,
  .num_frames = 32,
  .sampling = GEMMA4_SAMPLING_AUTO,
  .sample_rate = {1, 1},
  .auto_rotate = TRUE,
  .scale = 1 / 255.0,
  .n_threads = 1,
  .preset = (gchar *) GEMMA4_DEFAULT_PRESET,
  .post_messages = TRUE,
};

#define FIELD(member) GEMMA4_FIELD (Gemma4VideoSettings, member)

static const Gemma4Prop props[] = {
  {"max-soft-tokens", GEMMA4_PROP_UINT, FIELD (max_soft_tokens), GST_PARAM_MUTABLE_PLAYING,
        0, G_MAXUINT, NULL,
        "Most soft tokens that a frame may become: 70, 140, 280, 560 or 1120; "
        "0 = 280 for images, 70 for video. A change counts from the next frame on; a clip "
        "whose frames are held until its end then begins anew, with a warning"},
  {"patch-size", GEMMA4_PROP_UINT, FIELD (patch_size), 0, 1, 64, NULL,
        "Side of a patch in pixels"},
  {"pooling-kernel-size", GEMMA4_PROP_UINT, FIELD (pooling_kernel_size), 0, 1, 8, NULL,
        "Patches a side that the model pools into one soft token"},
  {"num-frames", GEMMA4_PROP_UINT, FIELD (num_frames), GST_PARAM_MUTABLE_PLAYING, 1, 1024, NULL,
        "Frames taken of a clip with uniform sampling; a shorter clip gives all it has; "
        "if this is not set, the packer's num-frames-per-video, or as the preset has it. It "
        "may change between clips"},
  {"total-frames", GEMMA4_PROP_UINT64, FIELD (total_frames), 0, 0, 0x1p64, NULL,
        "Frames in the whole clip, for uniform sampling; "
        "0 = length of the segment times frame rate, else those that come, for which up to "
        "4 * num-frames frames are held until the end"},
  {"sampling", GEMMA4_PROP_ENUM, FIELD (sampling), 0, 0, 0, sampling_get_type,
        "Which frames are taken"},
  {"sample-rate", GEMMA4_PROP_FRACTION, FIELD (sample_rate), GST_PARAM_MUTABLE_PLAYING, 0, 1000,
        NULL,
        "Frames a second with rate sampling, above 0: the first frame at or after every "
        "point of a grid that begins with the first frame, or the first after a change"},
  {"auto-rotate", GEMMA4_PROP_BOOLEAN, FIELD (auto_rotate), 0, 0, 0, NULL,
        "Turn and mirror frames as the image-orientation tag says, so that they stand "
        "upright; the size then decides how many patches there are"},
  {"scale", GEMMA4_PROP_DOUBLE, FIELD (scale), 0, -G_MAXFLOAT, G_MAXFLOAT, NULL,
        "float32 pixels are v * scale + offset for v from 0 to 255; if this is not set, as the "
        "preset has it. The packer takes bytes and scales them itself, as its preset has it, "
        "so it refuses anything else"},
  {"offset", GEMMA4_PROP_DOUBLE, FIELD (offset), 0, -G_MAXFLOAT, G_MAXFLOAT, NULL,
        "Added to float32 pixels after scale; if this is not set, as the preset has it"},
  {"n-threads", GEMMA4_PROP_UINT, FIELD (n_threads), 0, 0, 256, NULL,
        "Threads that share the work on a frame; 0 = one for each processor"},
  {"preset", GEMMA4_PROP_STRING, FIELD (preset), 0, 0, 0, NULL,
        "Model whose settings are used where no property is set: a name such as "
        "gemma4_instruct_4b, a directory of KerasHub or transformers, or a handle such as "
        "hf://USER/NAME; if this is not set, the packer's"},
  {"config-file", GEMMA4_PROP_STRING, FIELD (config_file), 0, 0, 0, NULL,
        "File in the preset's directory that is read in place of preprocessor.json or "
        "processor_config.json (NULL = the packer's, or none)"},
  {"post-messages", GEMMA4_PROP_BOOLEAN, FIELD (post_messages), GST_PARAM_MUTABLE_PLAYING, 0, 0,
        NULL,
        "Post an element message gemma4-video (frames-seen, frames-selected, total, "
        "estimated) at the end of the stream"},
};

/* With the object lock held. */
static gboolean
check_change (gpointer element, const gchar *name, gconstpointer settings, Gemma4Error *error)
{
  if (g_str_equal (name, "num-frames") && GST_GEMMA4_VIDEO_CONV (element)->clip_is_on) {
    g_snprintf (error->text, sizeof error->text, "the clip has begun, and its frames are chosen "
        "by this number; set it between clips, or in the states NULL and READY");
    return FALSE;
  }
  return gemma4_video_settings_check (settings, error);
}

const Gemma4PropTable gemma4_video_props = { props, G_N_ELEMENTS (props), check_change };

gboolean
gemma4_video_n_frames_is_set (guint64 user_set)
{
  return gemma4_props_is_set (&gemma4_video_props, "num-frames", user_set);
}

static Gemma4PixelScale
preset_pixels (const Gemma4Preset *preset, Gemma4Role role)
{
  Gemma4PixelScale pixels = role == GEMMA4_ROLE_IMAGE ? preset->image_pixels
      : preset->video_pixels;
  if (pixels.rule == GEMMA4_PIXELS_MULTIPLIED)
    pixels.rule = GEMMA4_PIXELS_DIVIDED;        /* as the packer's, but correctly rounded */
  return pixels;
}

/* The same numbers as v * factor + offset. */
static Gemma4PixelScale
as_scaled (Gemma4PixelScale pixels)
{
  for (guint i = 0; i < 3; i++) {
    if (pixels.rule == GEMMA4_PIXELS_NORMALIZED) {
      pixels.factor[i] = 1 / pixels.factor[i];
      pixels.offset[i] *= pixels.factor[i];
    } else if (pixels.rule == GEMMA4_PIXELS_DIVIDED) {
      pixels.factor[i] = 1 / 255.0;
      pixels.offset[i] = 0;
    }
  }
  pixels.rule = GEMMA4_PIXELS_SCALED;
  return pixels;
}

/* Whether the user set a number that differs from that of @of_preset, one for each
 * channel. */
static gboolean
is_own (const gchar *name, guint64 user_set, gdouble value, const gdouble of_preset[3])
{
  return gemma4_props_is_set (&gemma4_video_props, name, user_set)
      && (value != of_preset[0] || value != of_preset[1] || value != of_preset[2]);
}

gboolean
gemma4_video_pixels_are_own (const Gemma4VideoSettings *settings, guint64 user_set,
    const Gemma4Preset *preset, Gemma4Role role)
{
  Gemma4PixelScale pixels = as_scaled (preset_pixels (preset, role));
  return is_own ("scale", user_set, settings->scale, pixels.factor)
      || is_own ("offset", user_set, settings->offset, pixels.offset);
}

Gemma4PixelScale
gemma4_video_pixels (const Gemma4VideoSettings *settings, guint64 user_set,
    const Gemma4Preset *preset, Gemma4Role role)
{
  Gemma4PixelScale pixels = preset_pixels (preset, role);
  if (!gemma4_video_pixels_are_own (settings, user_set, preset, role))
    return pixels;
  pixels = as_scaled (pixels);
  for (guint i = 0; i < 3; i++) {
    if (gemma4_props_is_set (&gemma4_video_props, "scale", user_set))
      pixels.factor[i] = settings->scale;
    if (gemma4_props_is_set (&gemma4_video_props, "offset", user_set))
      pixels.offset[i] = settings->offset;
  }
  return pixels;
}

gboolean
gemma4_video_settings_check (const Gemma4VideoSettings *settings, Gemma4Error *error)
{
  if (settings->max_soft_tokens
      && gemma4_check_soft_tokens (settings->max_soft_tokens, error) != GEMMA4_OK)
    return FALSE;
  if (settings->sample_rate[0] > 0)
    return TRUE;
  g_snprintf (error->text, sizeof error->text, "sample-rate is %d/%d frames a second; "
      "it must be above 0", settings->sample_rate[0], settings->sample_rate[1]);
  return FALSE;
}

Gemma4Target
gemma4_video_usual_target (const Gemma4Preset *preset)
{
  return preset && preset->unified ? GEMMA4_TARGET_TRANSFORMERS : GEMMA4_TARGET_KERASHUB;
}

gboolean
gemma4_video_params (const Gemma4VideoSettings *settings, guint64 user_set,
    const Gemma4Preset *preset, Gemma4Role role, Gemma4VisionParams *params,
    Gemma4Error *error)
{
  gboolean image = role == GEMMA4_ROLE_IMAGE;
  const Gemma4VisionParams *vision = image ? preset->image : preset->video;
  if (!vision) {
    g_snprintf (error->text, sizeof error->text, "preset %s takes no %s; choose one that "
        "does, such as " GEMMA4_DEFAULT_PRESET, preset->name, image ? "images" : "video");
    return FALSE;
  }

  const Gemma4PropTable *table = &gemma4_video_props;
  *params = *vision;
  if (settings->max_soft_tokens)
    params->max_soft_tokens = settings->max_soft_tokens;
  if (gemma4_props_is_set (table, "patch-size", user_set))
    params->patch_size_px = settings->patch_size;
  if (gemma4_props_is_set (table, "pooling-kernel-size", user_set))
    params->pooling_kernel_size = settings->pooling_kernel_size;
  return TRUE;
}
