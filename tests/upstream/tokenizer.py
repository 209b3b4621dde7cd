#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tokenizer.py FOLDER OUT: the ids that transformers' GemmaTokenizer and the tokenizers
library give for what tests/tokenizer/generate.py wrote to FOLDER.

OUT/NAME.fnv holds a uint32 for each text of big.texts or tiny.texts: the 32-bit FNV-1a
hash of its ids as int32, little endian. tests/golden/tokenizer keeps these files.
OUT/NAME.ids.xz holds the ids, for finding out what differs.
"""
import json
import lzma
import resource
import shutil
import struct
import sys
import time
from pathlib import Path

import tokenizers
import transformers

VIDEO = "<|video|>"


def read_texts(path):
    data, at, texts = path.read_bytes(), 0, []
    while at < len(data):
        (n,) = struct.unpack_from("<I", data, at)
        texts.append(data[at + 4 : at + 4 + n].decode())
        at += 4 + n
    return texts


def fnv(ids):
    value = 0x811C9DC5
    for byte in struct.pack(f"<{len(ids)}i", *ids):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def write(out, name, all_ids):
    (out / f"{name}.fnv").write_bytes(b"".join(struct.pack("<I", fnv(ids)) for ids in all_ids))
    with lzma.open(out / f"{name}.ids.xz", "wt") as file:
        json.dump(all_ids, file)


def open_gemma(folder, name, work):
    """transformers' own class, with the settings of a released tokenizer_config.json."""
    home = work / name
    home.mkdir(parents=True)
    shutil.copy(folder / f"{name}.json", home / "tokenizer.json")
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config["extra_special_tokens"] = [VIDEO]
    (home / "tokenizer_config.json").write_text(json.dumps(config))
    start = time.perf_counter()
    tokenizer = transformers.GemmaTokenizer.from_pretrained(home)
    seconds = time.perf_counter() - start
    print(f"{name}: {type(tokenizer).__name__} opened in {seconds:.2f} s,",
          f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")
    return tokenizer


def main():
    folder, out = map(Path, sys.argv[1:])
    print("transformers", transformers.__version__, "tokenizers", tokenizers.__version__)
    texts = {name: read_texts(folder / f"{name}.texts") for name in ("big", "tiny")}
    for name in ("tiny", "big"):
        gemma = open_gemma(folder, name, folder / "homes")
        write(out, name, [gemma.encode(text, add_special_tokens=False) for text in texts[name]])
        prompt = ("What happens in this video? Describe what you see and hear. " * 4)[:200]
        start = time.perf_counter()
        for _ in range(1000):
            gemma.encode(prompt, add_special_tokens=False)
        print(f"{name}: 200 characters in {(time.perf_counter() - start) * 1e3:.0f} us")
    for path in sorted(folder.glob("*.json")):
        name = path.stem
        if name == "tokenizer_config":
            continue
        start = time.perf_counter()
        raw = tokenizers.Tokenizer.from_file(str(path))
        print(f"{name}: tokenizers opened it in {time.perf_counter() - start:.2f} s")
        raw.add_special_tokens([VIDEO])
        ids = [raw.encode(text, add_special_tokens=False).ids for text in texts[name.split("-")[0]]]
        if name in texts:
            same = b"".join(struct.pack("<I", fnv(i)) for i in ids) == (out / f"{name}.fnv").read_bytes()
            print(f"{name}: the tokenizers library alone gives", "the same ids" if same else "OTHER IDS")
            if not same:
                write(out, f"{name}-raw", ids)
        else:
            write(out, name, ids)


main()
