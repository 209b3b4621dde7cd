#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""logits.py FOLDER: what a Gemma 4 of transformers says to ours.safetensors, which
compare.sh wrote there, and what it says to the tensors of its own processor.

The model is small and random, but whole: text, vision and sound. With the
processor's log-mel in place of ours, all logits must be equal, bit for bit. With
ours, whose last bits differ, they may differ by LOGIT_BOUND of their spread
(standard deviation). That this is little is seen from what silence changes.
Exits with 77 where torch or transformers' Gemma 4 is missing.
"""
import json
import sys

try:
    import torch
    from safetensors.torch import load_file
    from transformers import (Gemma4AudioConfig, Gemma4Config, Gemma4ForConditionalGeneration,
                              Gemma4TextConfig, Gemma4VisionConfig)
except ImportError as error:
    print("SKIP:", error, file=sys.stderr)
    sys.exit(77)

from compare import run_upstream

LOGIT_BOUND = 1e-4
SEED = 1


def small_config(folder):
    vocabulary = json.load(open(f"{folder}/tokenizer.json"))
    ids = {token["content"]: token["id"] for token in vocabulary["added_tokens"]}
    ids = {**vocabulary["model"]["vocab"], **ids}
    n_ids = max(ids.values()) + 1
    heads = {"num_attention_heads": 2, "num_hidden_layers": 2, "initializer_range": 0.1}
    return Gemma4Config(
        text_config=Gemma4TextConfig(
            vocab_size=n_ids, vocab_size_per_layer_input=n_ids, hidden_size=64,
            hidden_size_per_layer_input=16, intermediate_size=128, num_key_value_heads=1,
            head_dim=32, global_head_dim=32, sliding_window=512,
            layer_types=["sliding_attention", "full_attention"],
            use_bidirectional_attention="vision",  # reads mm_token_type_ids
            pad_token_id=ids["<pad>"], bos_token_id=ids["<bos>"], eos_token_id=ids["<eos>"],
            **heads),
        vision_config=Gemma4VisionConfig(hidden_size=64, intermediate_size=128, head_dim=32,
                                         num_key_value_heads=2, **heads),
        audio_config=Gemma4AudioConfig(hidden_size=64, output_proj_dims=64,
                                       subsampling_conv_channels=[128, 8], **heads),
        image_token_id=ids["<|image|>"], video_token_id=ids["<|video|>"],
        audio_token_id=ids["<|audio|>"], boi_token_id=ids["<|image>"],
        eoi_token_id=ids["<image|>"], boa_token_id=ids["<|audio>"],
        eoa_token_index=ids["<audio|>"])


def main():
    folder = sys.argv[1]
    ours = load_file(f"{folder}/ours.safetensors")
    theirs = {name: torch.from_numpy(t) for name, t in run_upstream(folder, "<bos>").items()}
    torch.manual_seed(SEED)
    model = Gemma4ForConditionalGeneration(small_config(folder)).eval()

    def logits(tensors):
        with torch.no_grad():
            return model(**tensors).logits

    want = logits(theirs)
    same = torch.equal(logits({**ours, "input_features": theirs["input_features"]}), want)
    silence = torch.full_like(ours["input_features"], ours["input_features"].min())
    distance, of_silence = (
        ((logits({**ours, **change}) - want).abs().max() / want.std()).item()
        for change in ({}, {"input_features": silence}))
    print(f"logits {list(want.shape)} of {len(ours)} tensors, {len(theirs)} of the processor")
    print(f"with the processor's log-mel: {'identical' if same else 'DIFFERENT'}")
    print(f"with ours: within {distance:.1e} of their spread; silence changes them by {of_silence:.1e}")
    sensitive = of_silence > 100 * LOGIT_BOUND
    return int(not same or distance > LOGIT_BOUND or not sensitive)


if __name__ == "__main__":
    sys.exit(main())
