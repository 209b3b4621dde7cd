#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""text.py [SMALL LARGE]: transformers' own decode() on the ids of tests/golden, and, if
the files of the chat templates published with a small (E2B, E4B) and a large (12B, 26B,
31B) model are given, its apply_chat_template() on the conversations there."""
import json
import pathlib
import sys

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"


def load():
    from transformers import AutoTokenizer
    return AutoTokenizer.from_pretrained(GOLDEN / "tokenizer", extra_special_tokens=["<|video|>"])


def check_decode(tokenizer):
    """How many texts differ from the golden ones."""
    n = 0
    for case in json.load(open(GOLDEN / "tokenizer/decode.json"))["valid"]:
        for name, skip in (("special", True), ("none", False)):
            n += case[name] != tokenizer.decode(
                case["ids"], skip_special_tokens=skip, clean_up_tokenization_spaces=False)
    return n


def check_chat(tokenizer, templates):
    n = 0
    for case in json.load(open(GOLDEN / "prompt/chat.json")).values():
        for size, path in templates.items():
            for suffix, thinking in (("", False), ("-thinking", True)):
                n += case[size + suffix] != tokenizer.apply_chat_template(
                    case["messages"], chat_template=open(path).read(), tokenize=False,
                    add_generation_prompt=True, enable_thinking=thinking)
    return n


def main():
    tokenizer = load()
    n_failed = check_decode(tokenizer)
    print(f"decode: {n_failed} differ")
    if len(sys.argv) == 3:
        n_chat = check_chat(tokenizer, dict(zip(("e2b", "31b"), sys.argv[1:])))
        print(f"chat: {n_chat} differ")
        n_failed += n_chat
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
