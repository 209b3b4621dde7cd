#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""against.py LIBRARY

The core library and others that are installed do the same work on one core, in turn: log-mel of a clip of 30 s,
and a picture of 1080p to float32 patches. The arithmetic is transformers', written here with NumPy, torch, Pillow
and torchvision (Debian: python3-numpy, python3-torch, python3-pil, python3-torchvision). Each must come to what the
library comes to. One line a figure: name, value, unit, who, machine; medians of 7 runs of processor time; then how
many times faster the library is."""

import ctypes
import importlib
import os
import re
import statistics
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

N_RUNS = 7
N_ROWS = 3000


def find(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"SKIP: python3 has no {name}")
        return None


np = find("numpy") or sys.exit(77)
torch = find("torch")
Image = find("PIL.Image")
torchvision = torch and find("torchvision.transforms.functional")
if torch:
    torch.set_num_threads(1)


class Library:
    """gst/gemma4/gemma4.h by way of ctypes."""

    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.gemma4_logmel_push.restype = self.c.gemma4_logmel_pull.restype = ctypes.c_size_t
        self.logmel = self.new("gemma4_logmel_new", self.address("gemma4_logmel_params_default"), error=True)

    def address(self, name):
        return ctypes.byref(ctypes.c_char.in_dll(self.c, name))

    def new(self, function, *args, error=False):
        self_ = ctypes.c_void_p()
        status = getattr(self.c, function)(*args, ctypes.byref(self_), *([None] if error else []))
        assert status == 0, f"{function}: status {status}"
        return self_

    def mel(self, samples):
        rows = np.empty((N_ROWS, 128), np.float32)
        push, pull = self.c.gemma4_logmel_push, self.c.gemma4_logmel_pull
        self.c.gemma4_logmel_reset(self.logmel)
        pushed = n = 0
        while n < N_ROWS:
            pushed += push(self.logmel, pointer(samples[pushed:]), ctypes.c_size_t(len(samples) - pushed))
            if pushed == len(samples):
                self.c.gemma4_logmel_end(self.logmel)
            pulled = pull(self.logmel, pointer(rows[n:]), ctypes.c_size_t(N_ROWS - n))
            if not pulled and pushed == len(samples):
                break
            n += pulled
        return rows[:n]

    def patches(self, width, height):
        resizer = self.new("gemma4_resizer_new", 1920, 1080, width, height)
        small = np.empty((height, width, 3), np.uint8)
        n = width * height // 256
        bytes_ = np.empty((n, 768), np.uint8)
        out = np.empty((n, 768), np.float32)
        params = self.address("gemma4_vision_params_video")

        def run(picture):
            self.c.gemma4_resizer_run(resizer, pointer(small), ctypes.c_ssize_t(3 * width), pointer(picture),
                                      ctypes.c_ssize_t(3 * 1920))
            self.c.gemma4_patchify(params, pointer(bytes_), ctypes.c_size_t(n), pointer(small),
                                   ctypes.c_ssize_t(3 * width), width, height)
            self.c.gemma4_scale_pixels(pointer(out), pointer(bytes_), ctypes.c_size_t(bytes_.size), 1)
            return out

        return run


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


# Log-mel as transformers' Gemma4AudioFeatureExtractor computes it.
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(320) / 320)).astype(np.float32)


def mel_bank():
    def hertz(mel):
        return 700 * (10 ** (mel / 2595) - 1)

    edges = hertz(np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 130))
    slopes = edges[:, None] - np.linspace(0, 8000, 257)
    steps = np.diff(edges)
    return np.maximum(0, np.minimum(-slopes[:-2] / steps[:-1, None], slopes[2:] / steps[1:, None])).T


BANK = mel_bank()


def mel_numpy(samples):
    padded = np.concatenate([np.zeros(160, np.float32), samples])
    frames = np.lib.stride_tricks.sliding_window_view(padded, 321)[::160, :-1]
    spectrum = np.abs(np.fft.rfft(frames * WINDOW, 512))
    return np.log(spectrum @ BANK + 0.001).astype(np.float32)


def mel_torch():
    window, bank = torch.from_numpy(WINDOW), torch.from_numpy(BANK.astype(np.float32))

    def run(samples):
        padded = torch.nn.functional.pad(torch.from_numpy(samples), (160, 0))
        frames = padded.unfold(0, 321, 160)[:, :-1] * window
        return torch.log(torch.fft.rfft(frames, 512).abs() @ bank + 0.001).numpy()

    return run


def cut(picture, module):
    """[height][width][3] to [patches][768]"""
    height, width, _ = picture.shape
    grid = picture.reshape(height // 16, 16, width // 16, 16, 3)
    grid = grid.swapaxes(1, 2) if module is np else grid.permute(0, 2, 1, 3, 4)
    return grid.reshape(-1, 768)


def patches_pillow(width, height):
    def run(picture):
        small = np.asarray(Image.fromarray(picture).resize((width, height), Image.BICUBIC))
        return cut(small, np).astype(np.float32) * np.float32(1 / 255)

    return run


def patches_torchvision(width, height):
    mode = torchvision.InterpolationMode.BICUBIC

    def run(picture):
        planes = torch.from_numpy(picture).permute(2, 0, 1)
        small = torchvision.resize(planes, [height, width], mode, antialias=True)
        return (cut(small.permute(1, 2, 0), torch).float() * (1 / 255)).numpy()

    return run


def make_picture(random):
    """Waves and some noise: nothing that is cut off at 0 or 255 between the passes, which torchvision 0.14 lacks."""
    y, x = np.mgrid[0:1080, 0:1920]
    waves = 128 + 60 * np.sin(x / 50)[..., None] * np.cos(y / 40)[..., None]
    return (waves + random.uniform(-20, 20, (1080, 1920, 3))).astype(np.uint8)


def machine():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    return found[1] if found else "unknown"


def time_s(run, data):
    start = time.process_time()
    result = run(data)
    return time.process_time() - start, result


def compare(name, data, runs, tolerance, unit, figure):
    """All of @runs, in turn; the first is the library's."""
    times = {who: [] for who in runs}
    for i in range(N_RUNS + 1):
        results = {}
        for who, run in runs.items():
            seconds, results[who] = time_s(run, data)
            if i:
                times[who].append(seconds)
    ours = results["gst-gemma4"]
    medians = {who: statistics.median(times[who]) for who in runs}
    for who, seconds in medians.items():
        n = min(len(ours), len(results[who]))
        off = float(np.abs(ours[:n] - results[who][:n]).max())
        assert off <= tolerance, f"{name}: {who} is {off} away from the library, expected at most {tolerance}"
        print(f"{name}\t{figure(seconds):.4g}\t{unit}\t{who}\t{machine()}")
        if who != "gst-gemma4":
            print(f"{name}/{who}\t{seconds / medians['gst-gemma4']:.3g}\tx faster\tgst-gemma4\t{machine()}", flush=True)


def main():
    library = Library(sys.argv[1])
    random = np.random.default_rng(1)
    samples = (random.standard_normal(480000) / 10).astype(np.float32)
    runs = {"gst-gemma4": library.mel, "numpy": mel_numpy}
    if torch:
        runs["torch"] = mel_torch()
    compare("logmel-30s", samples, runs, 2e-3, "x real time", lambda seconds: 30 / seconds)

    picture = make_picture(random)
    for name, width, height in ("patches-70-1080p", 528, 288), ("patches-280-1080p", 1056, 576):
        runs = {"gst-gemma4": library.patches(width, height)}
        if Image:
            runs["pillow"] = patches_pillow(width, height)
        if torchvision:
            runs["torchvision"] = patches_torchvision(width, height)
        compare(name, picture, runs, 2.5 / 255, "ms", lambda seconds: 1e3 * seconds)


main()
