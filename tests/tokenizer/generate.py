#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""generate.py TINY FOLDER: tokenizers and texts for tests, the same bytes every time.

TINY is tests/golden/tokenizer/tokenizer.json. Written to FOLDER:
  big.json     a tokenizer.json of the size and layout of a released one: 262,144
               pieces, half a million merges, the special tokens at their ids
  big.spm      its pieces as a SentencePiece model
  tiny.json, tiny-NAME.json   TINY, and TINY with other settings
  big.texts, tiny.texts       10,000 texts for each: uint32 bytes, then the bytes
"""
import copy
import json
import struct
import sys

N_PIECES = 262144
N_TEXTS = 10000
SPACE = "\u2581"
NEWLINES, SPACES, BYTES, MERGED, CHARS, CHARS_END = 107, 138, 238, 494, 236743, 255999
SPECIALS = {
    0: "<pad>", 1: "<eos>", 2: "<bos>", 3: "<unk>", 4: "<mask>", 46: "<|tool>", 47: "<tool|>",
    48: "<|tool_call>", 49: "<tool_call|>", 50: "<|tool_response>", 51: "<tool_response|>",
    52: '<|"|>', 98: "<|think|>", 100: "<|channel>", 101: "<channel|>", 105: "<|turn>",
    106: "<turn|>", 255999: "<|image>", 256000: "<|audio>", 258880: "<|image|>",
    258881: "<|audio|>", 258882: "<image|>", 258883: "<audio|>", 258884: "<|video|>",
}
ALPHABETS = [  # letters, and how many of 16 pieces are made of them
    ("etaoinsrhldcumfpgwybvkxjqzETAOINSRHLDCUMFPGWYBVKXJQZ", 10),
    ("".join(map(chr, range(0x430, 0x450))), 1),
    ("".join(map(chr, range(0xE0, 0x180))), 1),
    ("".join(map(chr, range(0x4E00, 0x5200))), 2),
    ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t", 1),
    ("".join(map(chr, range(0x1F300, 0x1F400))) + "\u200d\ufe0f", 1),
]


class Random:
    """Knuth's MMIX generator: the same numbers with every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def early(self, items):
        """One of the items, the first ones more often."""
        return items[self.below(self.below(len(items)) + 1)]


def single_characters():
    ranges = [(0x21, 0x7F), (0x9, 0xA), (0xA1, 0x530), (0x5D0, 0x700), (0x900, 0xA00), (0x200C, 0x2070),
              (0x20A0, 0x20C0), (0x2190, 0x2600), (0x3040, 0x3100), (0x4E00, 0x8000), (0x1F300, 0x1F650),
              (0xFE0F, 0xFE10), (0x20000, 0x20100), (0xAC00, 0xD7A4)]
    found = [SPACE] + [chr(c) for first, end in ranges for c in range(first, end) if chr(c) != SPACE]
    return found[: CHARS_END - CHARS]


def merged_pieces(random, n, taken):
    """Each is made of two earlier ones, as training makes them, and often of a common
    letter, so that most can be made in several ways."""
    alphabets = [items for letters, weight in ALPHABETS for items in [list(letters)] * weight]
    pieces = []
    while len(pieces) < n:
        items = random.pick(alphabets)
        right = random.early(items) if random.below(4) == 0 else random.early(items[:8])
        left = SPACE if random.below(4) == 0 else random.early(items)
        piece = left + right
        if right.startswith(SPACE) or len(piece) > 16 or piece in taken:
            continue
        taken.add(piece)
        items.append(piece)
        pieces.append(piece)
    return pieces


def make_vocabulary():
    pieces = [f"<unused{i}>" for i in range(N_PIECES)]
    for i, name in SPECIALS.items():
        pieces[i] = name
    for i in range(31):
        pieces[NEWLINES + i] = "\n" * (i + 1)
        pieces[SPACES + i] = SPACE * (i + 2)
    for i in range(256):
        pieces[BYTES + i] = f"<0x{i:02X}>"
    characters = single_characters()
    pieces[CHARS:CHARS_END] = characters
    pieces[MERGED:CHARS] = merged_pieces(Random(1), CHARS - MERGED, set(characters))
    return pieces


def make_merges(pieces):
    """All ways to make a piece of two others, in the order of the pieces and the
    longest left side first, as transformers makes them of a SentencePiece model."""
    known = set(pieces)
    for piece in pieces[NEWLINES:BYTES] + pieces[MERGED:CHARS]:
        for i in range(len(piece) - 1, 0, -1):
            if piece[:i] in known and piece[i:] in known:
                yield [piece[:i], piece[i:]]


def added_token(i, content, normalized=False, special=True):
    return {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": normalized, "special": special}


def write_json(path, tokenizer):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tokenizer, file, ensure_ascii=False, indent=2)


def write_big(folder, tiny, pieces):
    big = dict(tiny)
    big["added_tokens"] = [added_token(i, name) for i, name in SPECIALS.items() if name != "<|video|>"]
    big["model"] = dict(tiny["model"], vocab={piece: i for i, piece in enumerate(pieces)}, merges=list(make_merges(pieces)))
    write_json(f"{folder}/big.json", big)


def field(number, value):
    """A field of a protocol buffer: an integer, a float or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def spm_type(i, piece):
    normal, unknown, control, user_defined, byte = 1, 2, 3, 4, 6
    if i < 4:
        return unknown if piece == "<unk>" else control
    if BYTES <= i < BYTES + 256:
        return byte
    return normal if MERGED <= i < CHARS_END else user_defined


def write_spm(folder, pieces):
    with open(f"{folder}/big.spm", "wb") as file:
        for i, piece in enumerate(pieces):
            file.write(field(1, field(1, piece.encode()) + field(2, -float(i)) + field(3, spm_type(i, piece))))
        bpe, identity = field(3, 2) + field(35, 1), field(1, b"identity") + field(3, 0) + field(4, 0)
        ids = field(40, 3) + field(41, 2) + field(42, 1) + field(43, 0)
        file.write(field(2, bpe + ids) + field(3, identity))


def write_tiny(folder, tiny):
    """TINY, and what differs in each of its variants."""
    def variant(name, added=(), **model):
        other = copy.deepcopy(tiny)
        other["added_tokens"] += added
        other["model"].update(model)
        write_json(f"{folder}/tiny{name}.json", other)

    merges = tiny["model"]["merges"]
    variant("")
    variant("-strings", merges=[" ".join(merge) for merge in merges])
    variant("-reversed", merges=merges[::-1])
    variant("-twice", merges=merges + merges[:500])
    variant("-fused", byte_fallback=False)
    variant("-unfused", byte_fallback=False, fuse_unk=False)
    variant("-whole", ignore_merges=True)
    variant("-added", added=[
        added_token(2048, "the kitchen", normalized=True, special=False),
        added_token(tiny["model"]["vocab"][SPACE * 3], SPACE * 3, special=False),
        added_token(2049, "  ", normalized=True, special=False),
        added_token(2050, "\n\n", special=False),
        added_token(2051, "<|image|>x"),
        added_token(2052, "table at"),
        added_token(2053, "en t", normalized=True, special=False),
    ])


def any_character(random):
    plane = random.below(17)
    code = plane << 16 | random.below(65536)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def part_of(random, text):
    first = random.below(len(text))
    return text[first : first + 1 + random.below(len(text) - first)]


def make_text(random, pieces):
    """Some parts, each of a kind of its own."""
    def part():
        kind = random.below(16)
        if kind < 6:
            return random.pick(pieces).replace(SPACE, " ")
        if kind < 8:
            return part_of(random, random.early(pieces))
        if kind == 8:
            return random.pick(list(SPECIALS.values()))
        if kind == 9:
            return part_of(random, random.pick(list(SPECIALS.values())))
        if kind == 10:
            return "".join(any_character(random) for _ in range(1 + random.below(4)))
        if kind == 11:
            return random.pick(["\n", " ", SPACE, "\r\n", "\t", "a", "ab", "0"]) * (1 + random.below(70))
        if kind == 12:
            return random.pick(["<0x0A>", "<0x", "<unused7>", "<|image|>x", "the kitchen table at noon", "\0", "00:12"])
        return " " + random.pick(["the", "quick", "brown", "kitchen", "in", "at", "noon.", "What do you see", "12:30"])

    return "".join(part() for _ in range(random.below(12)))


def write_texts(path, pieces):
    random = Random(2)
    with open(path, "wb") as file:
        for _ in range(N_TEXTS):
            text = make_text(random, pieces).encode()
            file.write(struct.pack("<I", len(text)) + text)


def main():
    tiny_path, folder = sys.argv[1:]
    with open(tiny_path, encoding="utf-8") as file:
        tiny = json.load(file)
    pieces = make_vocabulary()
    write_big(folder, tiny, pieces)
    write_spm(folder, pieces)
    write_tiny(folder, tiny)
    write_texts(f"{folder}/big.texts", pieces[NEWLINES:BYTES] + pieces[MERGED:CHARS_END])
    write_texts(f"{folder}/tiny.texts", sorted(tiny["model"]["vocab"], key=tiny["model"]["vocab"].get)[25:])


main()
