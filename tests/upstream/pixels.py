#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""pixels.py: what transformers' own Gemma4ImageProcessor makes of the values 0 to 255,
against tests/golden/pixels, bit for bit."""
import pathlib
import sys
import tempfile

import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden/pixels"
SIDE, PATCH = 768, 16           # fills 256 of 280 soft tokens: nothing is resized
CASES = {
    "mean_std": dict(do_normalize=True, image_mean=[0.5, 0.45, 0.4], image_std=[0.5, 0.25, 0.3]),
    "factor": dict(rescale_factor=0.00784313725490196),
    "norescale_normalize": dict(do_rescale=False, do_normalize=True, image_mean=[1, 2, 3], image_std=[127.5, 127.5, 10]),
}


def table(settings, picture):
    """[3, 256]: what each value of each channel becomes."""
    import torch
    from transformers import Gemma4ImageProcessor
    with tempfile.TemporaryDirectory() as folder:
        Gemma4ImageProcessor(**settings).save_pretrained(folder)
        processor = Gemma4ImageProcessor.from_pretrained(folder)
    image = torch.from_numpy(picture.transpose(2, 0, 1).copy())
    patches = processor(images=[image], return_tensors="pt")["pixel_values"][0].numpy()
    n = SIDE // PATCH
    pixels = patches[:n * n].reshape(n, n, PATCH, PATCH, 3).transpose(0, 2, 1, 3, 4).reshape(SIDE, SIDE, 3)
    return np.array([[pixels[..., c][picture[..., c] == v][0] for v in range(256)] for c in range(3)], np.float32)


def main():
    values = np.arange(SIDE * SIDE, dtype=np.int64).reshape(SIDE, SIDE, 1) % 256
    picture = np.repeat(values, 3, axis=2).astype(np.uint8)
    n_wrong = 0
    for name, settings in CASES.items():
        same = np.array_equal(table(settings, picture), np.load(GOLDEN / f"{name}.npy"))
        print(f"{name}: {'identical' if same else 'DIFFERENT'}")
        n_wrong += not same
    return n_wrong > 0


if __name__ == "__main__":
    sys.exit(main())
