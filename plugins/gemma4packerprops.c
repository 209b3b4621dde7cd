/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4packer.h"

#include <math.h>

/* *INDENT-OFF* */
GEMMA4_DEFINE_ENUM (trigger_type, "GstGemma4PackerTrigger",
    {GEMMA4_TRIGGER_AUTO, "prompt if a prompt pad is linked, else interval if that is set, else eos", "auto"},
    {GEMMA4_TRIGGER_PROMPT, "A pack for every prompt, at its time", "prompt"},
    {GEMMA4_TRIGGER_INTERVAL, "A pack for every interval, counted from the first media", "interval"},
    {GEMMA4_TRIGGER_EOS, "A pack when all media has ended", "eos"})
GEMMA4_DEFINE_ENUM (mode_type, "GstGemma4PackerMode",
    {GEMMA4_MODE_GENERATE, "What a model is asked", "generate"},
    {GEMMA4_MODE_TRAIN, "What a model is asked and what it should answer", "train"})
GEMMA4_DEFINE_ENUM (bad_prompt_type, "GstGemma4PackerBadPrompt",
    {GEMMA4_BAD_PROMPT_AUTO, "drop if the pipeline is live, else error", "auto"},
    {GEMMA4_BAD_PROMPT_ERROR, "The pipeline stops with an error", "error"},
    {GEMMA4_BAD_PROMPT_DROP, "A warning and a gemma4-dropped message, and on it goes", "drop"})
GEMMA4_DEFINE_ENUM (stamps_type, "GstGemma4PackerTimestampBase",
    {GEMMA4_STAMPS_WINDOW, "mm:ss counts from the first frame or gap of the window", "window"},
    {GEMMA4_STAMPS_STREAM, "mm:ss is the stream time of the frame", "stream"})
GEMMA4_DEFINE_ENUM (text_mode_type, "GstGemma4PackerTextMode",
    {GEMMA4_TEXT_BUFFER, "One buffer is one prompt; one newline at its end is removed", "buffer"},
    {GEMMA4_TEXT_LINES, "One line is one prompt, joined across buffers; a buffer with a DURATION "
          "(a subtitle) ends its line", "lines"})
GEMMA4_DEFINE_ENUM (overflow_type, "GstGemma4PackerOverflow",
    {GEMMA4_OVERFLOW_GROW, "The sequence grows in steps of 64; nothing is lost", "grow"},
    {GEMMA4_OVERFLOW_DROP, "The prompt is refused", "drop"},
    {GEMMA4_OVERFLOW_TRUNCATE, "The tail of the prompt is cut, as KerasHub does", "truncate"})
GEMMA4_DEFINE_ENUM (audio_overflow_type, "GstGemma4PackerAudioOverflow",
    {GEMMA4_AUDIO_OVERFLOW_AUTO, "first for recorded media with trigger eos and no window, else newest", "auto"},
    {GEMMA4_AUDIO_OVERFLOW_FIRST, "The first of it stays, as in KerasHub and transformers", "first"},
    {GEMMA4_AUDIO_OVERFLOW_NEWEST, "The newest of it stays", "newest"},
    {GEMMA4_AUDIO_OVERFLOW_SPLIT, "Further clips, max-audio-clips-per-prompt in all; of more, as auto", "split"})
GEMMA4_DEFINE_ENUM (index_layout_type, "GstGemma4PackerIndexLayout",
    {GEMMA4_INDEX_PER_ITEM, "Every frame has its own entries: where KerasHub's model reads them", "per-item"},
    {GEMMA4_INDEX_KERASHUB, "All in a row, then zeros: what KerasHub's preprocessor writes", "kerashub"})

#define FIELD(member) GEMMA4_FIELD (Gemma4PackerSettings, member)
#define MUTABLE GST_PARAM_MUTABLE_PLAYING       /* from the next pack on */

static const Gemma4Prop props[] = {
  {"preset", GEMMA4_PROP_STRING, FIELD (preset), 0, 0, 0, NULL,
   "Which Gemma 4 the tensors are for: KerasHub's name (gemma4_2b, gemma4_instruct_2b, "
   "gemma4_4b, gemma4_instruct_4b, gemma4_26b_a4b, gemma4_instruct_26b_a4b, gemma4_31b, "
   "gemma4_instruct_31b, and for transformers gemma4_12b, gemma4_instruct_12b), a directory of "
   "KerasHub or transformers, or a handle in their caches: hf://USER/NAME, "
   "kaggle://OWNER/MODEL/keras/NAME. The converters are told (NULL = " GEMMA4_DEFAULT_PRESET ")"},
  {"config-file", GEMMA4_PROP_STRING, FIELD (config_file), 0, 0, 0, NULL,
   "File in the preset's directory that is read in place of preprocessor.json or "
   "processor_config.json (NULL = none)"},
  {"tokenizer", GEMMA4_PROP_STRING, FIELD (tokenizer), 0, 0, 0, NULL,
   "The model's vocabulary: the path of a file (vocabulary.spm, tokenizer.json), or "
   "whatever preset takes (NULL = that of the preset)"},
  {"target", GEMMA4_PROP_ENUM, FIELD (pack.target), MUTABLE, 0, 0, gemma4_target_get_type,
   "Which implementation of the model takes the tensors: their names, types and order; a "
   "change while playing gives up the media that waits"},
  {"prompt", GEMMA4_PROP_STRING, FIELD (prompt), MUTABLE, 0, 0, NULL,
   "The prompt of the triggers eos and interval. <|image|>, <|audio|> and <|video|> "
   "say where media belongs; media without one goes before the text"},
  {"prompt-location", GEMMA4_PROP_STRING, FIELD (prompt_location), 0, 0, 0, NULL,
   "Path of a UTF-8 text file to take in place of prompt; with text-mode=lines each of its "
   "lines is a prompt, and all of them are asked about the same media"},
  {"mode", GEMMA4_PROP_ENUM, FIELD (mode), MUTABLE, 0, 0, mode_type,
   "What the tensors are for; train adds y and sample_weight (kerashub) or labels "
   "(transformers)"},
  {"response", GEMMA4_PROP_STRING, FIELD (response), MUTABLE, 0, 0, NULL,
   "What the model should answer, if no response pad says it; it follows the prompt "
   "(NULL = nothing)"},
  {"system-prompt", GEMMA4_PROP_STRING, FIELD (system_prompt), MUTABLE, 0, 0, NULL,
   "Text of the system turn before the user's (NULL = none; chat only)"},
  {"chat", GEMMA4_PROP_BOOLEAN, FIELD (chat), MUTABLE, 0, 0, NULL,
   "Put prompts into the chat form that instruction-tuned models were trained on; "
   "false takes them as they are (default of the base presets)"},
  {"thinking", GEMMA4_PROP_BOOLEAN, FIELD (thinking), MUTABLE, 0, 0, NULL,
   "Let the model think before it answers (chat only)"},
  {"trigger", GEMMA4_PROP_ENUM, FIELD (trigger), 0, 0, 0, trigger_type,
   "What makes a pack"},
  {"window", GEMMA4_PROP_INT64, FIELD (window_ns), MUTABLE, -2, 0x1p63, NULL,
   "How much media before its end a pack takes, in ns: 0 = what none before "
   "had, packed or refused, -1 = everything since the start or the last flush, -2 = 0 if live "
   "or with trigger interval, else -1"},
  {"interval", GEMMA4_PROP_UINT64, FIELD (interval_ns), MUTABLE, 0, 0x1p62, NULL,
   "Length of the intervals of trigger interval in ns; what is left at the end is packed "
   "too, and an interval without media is not (0 = none). A changed one counts from the end "
   "of the interval that was packed last"},
  {"batch-size", GEMMA4_PROP_UINT, FIELD (batch_size), MUTABLE, 1, 1024, NULL,
   "Prompts of a pack; those that are left at the end are a smaller one"},
  {"history", GEMMA4_PROP_UINT, FIELD (history), MUTABLE, 0, 1024, NULL,
   "Earlier turns that each pack says again: what was asked, and the model's answers as "
   "they come to the pad answer, without thoughts. Where that is too long, or more media "
   "than a pack may have, the oldest are given up first (0 = none; chat only)"},
  {"history-media", GEMMA4_PROP_BOOLEAN, FIELD (history_media), MUTABLE, 0, 0, NULL,
   "Whether earlier turns keep their pictures, videos and sounds, or only their words"},
  {"audio", GEMMA4_PROP_BOOLEAN, FIELD (audio), 0, 0, 0, NULL,
   "Whether the model hears; false is KerasHub's preprocessor without an audio converter, "
   "and allows no audio pads (default: as the preset)"},
  {"vision", GEMMA4_PROP_BOOLEAN, FIELD (vision), 0, 0, 0, NULL,
   "Whether the model sees; false is KerasHub's preprocessor without image and video "
   "converters, and allows no such pads (default: as the preset)"},
  {"allow-missing-media", GEMMA4_PROP_BOOLEAN, FIELD (pack.allow_missing), MUTABLE, 0, 0, NULL,
   "Take placeholders of media of which nothing came for what KerasHub makes of them: text "
   "that no mask has; otherwise such a prompt is refused (kerashub)"},
  {"num-vision-tokens-per-frame", GEMMA4_PROP_UINT, FIELD (num_vision_tokens_per_frame), MUTABLE,
   0, 1120, NULL, "Soft tokens of each frame of a missing video (allow-missing-media)"},
  {"num-audio-tokens-per-clip", GEMMA4_PROP_UINT, FIELD (num_audio_tokens_per_clip), MUTABLE,
   0, G_MAXUINT, NULL, "Without effect, as in KerasHub: a sound has as many as its length needs"},
  {"audio-input-feat-size", GEMMA4_PROP_UINT, FIELD (pack.n_mels), 0, 1, 1 << 16, NULL,
   "Values of a row of sound; must equal the num-mels of the converter"},
  {"video-fps", GEMMA4_PROP_DOUBLE, FIELD (video_fps), 0, 0.001, 1000, NULL,
   "Frames a second of video whose buffers carry no PTS: their number divided by this is "
   "their time"},
  {"latency", GEMMA4_PROP_INT64, FIELD (latency_ns), MUTABLE, -1, 0x1p63, NULL,
   "Live: how long after the end of its window a pack waits for late media, in ns; what is "
   "set is part of the pipeline's latency (-1 = 100 ms live, which is not, and 0 else)"},
  {"startup-timeout", GEMMA4_PROP_UINT64, FIELD (startup_timeout_ns), MUTABLE, 0, 0x1p63, NULL,
   "How long a pack waits for a pad that never showed anything, in ns; then it is left out"},
  {"timestamp-base", GEMMA4_PROP_ENUM, FIELD (timestamp_base), MUTABLE, 0, 0, stamps_type,
   "What the mm:ss of video frames counts from"},
  {"text-mode", GEMMA4_PROP_ENUM, FIELD (text_mode), 0, 0, 0, text_mode_type,
   "How the bytes of prompt pads and of prompt-location become prompts"},
  {"on-bad-prompt", GEMMA4_PROP_ENUM, FIELD (on_bad_prompt), MUTABLE, 0, 0, bad_prompt_type,
   "What happens when a prompt cannot be packed"},
  {"max-pending", GEMMA4_PROP_UINT, FIELD (max_pending), MUTABLE, 1, 1024, NULL,
   "Prompts that wait while downstream is busy; live, the oldest is dropped beyond that, "
   "else the prompt pad waits"},
  {"sequence-length", GEMMA4_PROP_UINT, FIELD (pack.sequence_length), MUTABLE, 2, 1 << 24, NULL,
   "Ids in a kerashub sequence, padding included"},
  {"answer-room", GEMMA4_PROP_UINT, FIELD (pack.answer_room), MUTABLE, 0, 1 << 24, NULL,
   "Ids kept free behind the prompt for the answer (kerashub)"},
  {"overflow", GEMMA4_PROP_ENUM, FIELD (pack.overflow), MUTABLE, 0, 0, overflow_type,
   "What happens when a prompt and its answer room exceed sequence-length"},
  {"audio-overflow", GEMMA4_PROP_ENUM, FIELD (audio_overflow), MUTABLE, 0, 0, audio_overflow_type,
   "What a pack has of sound that is longer than a clip may be (30 s); that sound was left "
   "out is said"},
  {"index-layout", GEMMA4_PROP_ENUM, FIELD (pack.index_layout), MUTABLE, 0, 0, index_layout_type,
   "Where the soft tokens of a frame stand in vision_indices (kerashub)"},
  {"add-start-token", GEMMA4_PROP_BOOLEAN, FIELD (pack.add_start_token), MUTABLE, 0, 0, NULL,
   "Put <bos> before the prompt (kerashub always does to generate)"},
  {"add-end-token", GEMMA4_PROP_BOOLEAN, FIELD (pack.add_end_token), MUTABLE, 0, 0, NULL,
   "Put <eos> behind the response (mode=train)"},
  {"max-images-per-prompt", GEMMA4_PROP_UINT, FIELD (pack.max_images_per_prompt), MUTABLE, 0, 1024, NULL,
   "Images a kerashub prompt may have"},
  {"max-audio-clips-per-prompt", GEMMA4_PROP_UINT, FIELD (pack.max_audio_clips_per_prompt), MUTABLE, 0, 1024,
   NULL, "Sounds a kerashub prompt may have, and the clips of audio-overflow=split"},
  {"num-frames-per-video", GEMMA4_PROP_UINT, FIELD (pack.num_frames_per_video), MUTABLE, 1, 4096, NULL,
   "Frames of a video; more are thinned evenly. Of a clip it is settled when the clip begins"},
  {"num-vision-tokens-per-image", GEMMA4_PROP_UINT, FIELD (pack.num_vision_tokens_per_image), MUTABLE, 0,
   1120, NULL, "Soft tokens of every image (kerashub); 0 = as many as each picture has"},
};
/* *INDENT-ON* */

const Gemma4PropTable gemma4_packer_props = { props, G_N_ELEMENTS (props),
  gemma4_packer_check_change
};

/* The 12B hears sounds of any length; ten minutes of raw samples are kept. */
#define MAX_RAW_ROWS (10 * 60 * GEMMA4_RAW_FRAME_RATE_HZ / GEMMA4_RAW_FRAME_SAMPLES)

/* What KerasHub's preprocessor is given. */
static void
adopt_preprocessor (Gemma4PackerSettings *settings, const Gemma4PreprocessorParams *params)
{
  Gemma4PackParams *pack = &settings->pack;
  settings->video_fps = params->video_fps;
  settings->num_vision_tokens_per_frame = params->num_vision_tokens_per_frame;
  settings->num_audio_tokens_per_clip = params->num_audio_tokens_per_clip;
  pack->sequence_length = params->sequence_length;
  pack->add_start_token = params->add_start_token;
  pack->add_end_token = params->add_end_token;
  pack->max_images_per_prompt = params->max_images_per_prompt;
  pack->num_vision_tokens_per_image = params->num_vision_tokens_per_image;
  pack->max_audio_clips_per_prompt = params->max_audio_clips_per_prompt;
  pack->num_frames_per_video = params->num_frames_per_video;
  pack->n_mels = params->audio_input_feat_size;
}

Gemma4PackerSettings
gemma4_packer_settings_of (const Gemma4Preset *preset)
{
  Gemma4PackerSettings settings = {
    .trigger = GEMMA4_TRIGGER_AUTO,
    .chat = preset->instruct,
    .window_ns = GEMMA4_WINDOW_AUTO,
    .latency_ns = -1,
    .startup_timeout_ns = 2 * GST_SECOND,
    .max_pending = 4,
    .batch_size = 1,
    .audio = preset->audio != NULL,
    .vision = preset->image || preset->video,
    .pack = gemma4_pack_params_default,
  };
  adopt_preprocessor (&settings, &preset->preprocessor);
  settings.pack.video = preset->video != NULL;
  settings.pack.image_pixels = preset->image_pixels;
  settings.pack.video_pixels = preset->video_pixels;
  settings.pack.text_only = !settings.audio && !settings.vision;
  if (preset->image) {
    settings.pack.patch_values = gemma4_patch_values (preset->image);
    settings.pack.pooling_kernel_size = preset->image->pooling_kernel_size;
  }
  if (preset->unified) {
    settings.pack.target = GEMMA4_TARGET_TRANSFORMERS;
    settings.pack.raw_audio = true;
    settings.pack.n_mels = settings.pack.hop_length = GEMMA4_RAW_FRAME_SAMPLES;
    settings.pack.clip_rows = MAX_RAW_ROWS;
    settings.pack.silence = 0;
  } else if (preset->audio) {
    settings.pack.n_mels = preset->audio->n_mels;
    settings.pack.frame_length = preset->audio->frame_length;
    settings.pack.hop_length = preset->audio->hop_length;
    settings.pack.clip_rows = preset->audio->max_audio_length_s *
        preset->audio->sampling_rate_hz / preset->audio->hop_length;
    settings.pack.silence = logf (preset->audio->mel_floor);
  }
  return settings;
}
