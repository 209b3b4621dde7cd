#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes examples/sample.webm: 12 s of a drawn morning by the road (640x360,
# 25 fps, VP8) with a running clock and captions, a voice that reads the captions
# and soft plucked chords (Opus). Checks its own result and fails if it is not so.
#
# Installs what is missing.
set -euo pipefail

examples=$(cd "$(dirname "$0")" && pwd)
bash "$examples/../build-aux/install-packages.sh" run sample
result=${1:-$examples/sample.webm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

captions=(
  "A red ball rolls over the hill."
  "A blue car drives past the house."
  "A white cloud covers the sun."
  "Now it is ten past nine."
)
seconds_per_caption=3

fail () {
  echo "make-sample.sh: $*" >&2
  exit 1
}

holds () {                      # holds EXPRESSION: is it true?
  awk "BEGIN { exit !($1) }"
}

level_db () {                   # level_db FILE WHAT, such as "RMS lev" or "Pk lev"
  sox "$1" -n stats 2>&1 | awk -v what="$2 dB" 'index ($0, what) == 1 { print $4 }'
}

# Each caption is read 0.3 s after it appears.
make_speech () {
  local i
  for i in "${!captions[@]}"; do
    espeak-ng -v en-us -s 145 -w "$work/said.wav" "${captions[i]}"
    sox -R "$work/said.wav" -r 48000 "$work/sentence$i.wav" silence 1 0.01 0.5% reverse \
      silence 1 0.01 0.5% reverse
    holds "$(soxi -D "$work/sentence$i.wav") <= $seconds_per_caption - 0.5" ||
      fail "'${captions[i]}' takes longer to say than its caption is shown"
    sox -V1 "$work/sentence$i.wav" "$work/placed$i.wav" \
      pad 0.3 "$seconds_per_caption" trim 0 "$seconds_per_caption"
  done
  sox "$work"/sentence?.wav "$work/spoken.wav"
  sox "$work"/placed?.wav "$work/speech.wav"
}

# Broken chords in C, A minor, F and G, two notes a second.
make_tones () {
  local note
  local notes="C4 E4 G4 C5 G4 E4  A3 C4 E4 A4 E4 C4  F3 A3 C4 F4 C4 A3  G3 B3 D4 G4 D4 B3"
  local files=()
  for note in $notes; do
    [ -e "$work/$note.wav" ] ||
      sox -R -n -r 48000 -b 16 "$work/$note.wav" \
        synth 0.5 pluck "$note" fade h 0 0.5 0.1 gain -n -22
    files+=("$work/$note.wav")
  done
  sox "${files[@]}" "$work/tones.wav"
}

mix_sound () {
  local speech_db tones_db peak_db
  sox -R -m -v 1 "$work/tones.wav" -v 1 "$work/speech.wav" "$work/sound.wav"
  speech_db=$(level_db "$work/spoken.wav" "RMS lev")
  tones_db=$(level_db "$work/tones.wav" "RMS lev")
  peak_db=$(level_db "$work/sound.wav" "Pk lev")
  echo "sound: speech $speech_db dB, tones $tones_db dB (RMS); peak $peak_db dB"
  holds "$speech_db - $tones_db >= 12" || fail "the speech is less than 12 dB above the tones"
  holds "$peak_db <= -1" || fail "the sound clips or nearly does"
}

encode () {
  "$examples/sample-scene.py" "${captions[@]}" |
    gst-launch-1.0 -q webmmux name=mux writing-app=make-sample.sh ! \
        filesink location="$work/sample.webm" \
      fdsrc ! rawvideoparse format=bgrx width=640 height=360 framerate=25/1 ! videoconvert ! \
        video/x-raw,format=I420 ! queue ! \
        vp8enc deadline=0 cpu-used=0 target-bitrate=300000 keyframe-max-dist=75 ! queue ! mux. \
      filesrc location="$work/sound.wav" ! wavparse ! audioconvert ! queue ! \
        opusenc bitrate=48000 bandwidth=fullband ! queue ! mux.
}

# Decodes one track and prints the times in seconds where it begins and ends.
track_span () {                 # track_span video_0|audio_0 DECODER
  gst-launch-1.0 -v filesrc location="$work/sample.webm" ! matroskademux name=d \
      d."$1" ! queue ! "$2" ! identity name=probe silent=false ! fakesink |
    sed -nE 's/.*probe: last-message = chain .* pts: ([0-9:.]+), duration: ([0-9:.]+),.*/\1 \2/p' |
    awk '
      function s(time) { split (time, part, ":"); return part[1] * 3600 + part[2] * 60 + part[3] }
      NR == 1 { start = s($1) }
      { end = s($1) + s($2) }
      END { printf "%.4f %.4f\n", start, end }'
}

check () {
  local video_start video_end audio_start audio_end size
  read -r video_start video_end < <(track_span video_0 vp8dec)
  read -r audio_start audio_end < <(track_span audio_0 opusdec)
  size=$(stat -c %s "$work/sample.webm")
  echo "picture $video_start..$video_end s, sound $audio_start..$audio_end s, $size bytes"
  holds "$video_start == 0 && $audio_start == 0" || fail "picture and sound must both start at 0"
  holds "$video_end >= 10 && ($video_end - $audio_end)^2 <= 0.04^2" ||
    fail "picture and sound must last 10 s and end within one frame (40 ms) of each other"
  [ "$size" -lt 1000000 ] || fail "the file must stay under 1 MB"
}

make_speech
make_tones
mix_sound
encode
check
mv "$work/sample.webm" "$result"
