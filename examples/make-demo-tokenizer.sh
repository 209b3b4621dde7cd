#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes examples/demo-tokenizer.spm: a small SentencePiece model with all special
# tokens of Gemma 4, trained on sentences of ours. It is for trying things out:
# its ids are not those of a released checkpoint. Running this again gives the
# same bytes.
#
# Installs what is missing.
set -euo pipefail

examples=$(cd "$(dirname "$0")" && pwd)
bash "$examples/../build-aux/install-packages.sh" tokenizer
result=$(realpath "${1:-$examples/demo-tokenizer.spm}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

vocabulary_size=3072

# In the order of their ids: <pad> 0, <eos> 1, <bos> 2 and <unk> 3 come first.
special_tokens=(
  "<mask>" "<|turn>" "<turn|>"
  "<|image>" "<|image|>" "<image|>" "<|audio>" "<|audio|>" "<audio|>"
  "<|video|>" "<|video>" "<video|>" "<|channel>" "<channel|>" "<|think|>"
  "<|tool>" "<tool|>" "<|tool_call>" "<tool_call|>" "<|tool_response>" "<tool_response|>"
)
newlines=($'\n' $'\n\n' $'\n\n\n' $'\n\n\n\n')

fail () {
  echo "make-demo-tokenizer.sh: $*" >&2
  exit 1
}

# The model file records the paths given here, so they are relative.
train () {
  local symbols
  symbols=$(IFS=,; printf '%s.' "${special_tokens[*]},${newlines[*]}")
  cat "$examples/demo-corpus.txt" > corpus.txt
  "$examples/demo-corpus.py" >> corpus.txt
  spm_train --input=corpus.txt --model_prefix=demo --model_type=bpe \
    --vocab_size="$vocabulary_size" --num_threads=1 --minloglevel=2 \
    --pad_id=0 --eos_id=1 --bos_id=2 --unk_id=3 \
    --pad_piece="<pad>" --eos_piece="<eos>" --bos_piece="<bos>" --unk_piece="<unk>" \
    --user_defined_symbols="${symbols%.}" \
    --character_coverage=1.0 --byte_fallback=true --split_digits=true \
    --normalization_rule_name=identity --add_dummy_prefix=false \
    --remove_extra_whitespaces=false --allow_whitespace_only_pieces=true
}

ids_of () {                     # ids_of TEXT
  printf '%s' "$1" | spm_encode --model=demo.model --output_format=id
}

check () {
  local i
  local first=("<pad>" "<eos>" "<bos>" "<unk>" "${special_tokens[@]}")
  spm_export_vocab --model=demo.model --output=demo.txt
  for i in "${!first[@]}"; do
    [ "$(sed -n "$((i + 1))p" demo.txt | cut -f1)" = "${first[i]}" ] ||
      fail "piece $i should be ${first[i]}"
  done
  [ "$(ids_of "<|turn><|image|><|video|><|audio|><turn|>")" = "5 8 13 11 6" ] ||
    fail "special tokens in a text must become their ids"
}

cd "$work"
train
check
mv demo.model "$result"
