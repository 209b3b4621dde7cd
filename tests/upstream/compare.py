#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""compare.py FOLDER: transformers' own Gemma 4 processor on what compare.sh wrote
there, and how far our tensors are from its. 640x360 frames at 25 a second."""
import json
import struct
import sys

import numpy as np

DTYPES = {"F32": np.float32, "I64": np.int64, "BOOL": np.bool_}
WIDTH, HEIGHT, FPS, N_FRAMES, MEL_BOUND = 640, 360, 25.0, 32, 2e-6


def read_safetensors(path):
    data = open(path, "rb").read()
    (n,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + n])
    head.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[8 + n :], DTYPES[t["dtype"]], np.prod(t["shape"], dtype=int), t["data_offsets"][0])
        .reshape(t["shape"])
        for name, t in head.items()
    }


def run_upstream(folder, start=""):
    import torch
    from transformers import AutoProcessor
    from transformers.video_utils import VideoMetadata

    frames = np.memmap(f"{folder}/frames.rgb", np.uint8, "r").reshape(-1, HEIGHT, WIDTH, 3)
    indices = [i * len(frames) // N_FRAMES for i in range(N_FRAMES)]
    chosen = torch.from_numpy(np.array(frames[indices])).permute(0, 3, 1, 2)
    text = start + "<|turn>user\n<|video|><|audio|>What do you see and hear?<turn|>\n<|turn>model\n"
    out = AutoProcessor.from_pretrained(folder)(
        text=[text],
        videos=[chosen],
        audio=[np.fromfile(f"{folder}/audio.f32", np.float32)],
        video_metadata=[VideoMetadata(total_num_frames=len(frames), fps=FPS, frames_indices=indices)],
        do_sample_frames=False,
        return_tensors="pt",
    )
    return {name: value.numpy() for name, value in out.items()}


def mel_distance(ours, theirs, mask):
    ours, theirs = np.exp(ours.astype(np.float64)), np.exp(theirs.astype(np.float64))
    return (np.abs(ours - theirs).max(-1) / theirs.max(-1))[mask].max()


def main():
    folder = sys.argv[1]
    ours, theirs = read_safetensors(f"{folder}/ours.safetensors"), run_upstream(folder)
    failed = set(ours) != set(theirs)
    for name, want in theirs.items():
        got = ours[name]
        if got.ndim == 2 and got.shape[1] == want.shape[1] + 1:
            got = got[:, 1:]  # the begin token, which the packer adds and a processor leaves to the template
        if name == "input_features":
            distance = mel_distance(got, want, theirs["input_features_mask"])
            print(f"{name}: within {distance:.1e} of the largest value of each row")
            failed |= distance > MEL_BOUND
        else:
            equal = got.dtype == want.dtype and np.array_equal(got, want)
            print(f"{name}: {'identical' if equal else 'DIFFERS'}")
            failed |= not equal
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
