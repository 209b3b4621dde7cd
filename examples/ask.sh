#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ask.sh [camera]
# An assistant's front door in a terminal: watches and listens to a live test picture
# and sound (camera: to /dev/video0 and the microphone), reads one question a line,
# and saves for each the tensors of what was seen and heard since the last one (what is on
# the screen is always seen), plus the question, as pack-000.safetensors and so on, here. Ctrl-D ends it. Builds build/ first;
# GEMMA4_BUILD names another build folder, which is used as it is.
set -euo pipefail
video="videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1"
sound="audiotestsrc is-live=true wave=ticks"
packages="build run"
case "${1:-}" in
  "") ;;
  camera) video=v4l2src sound=pulsesrc packages="build run camera" ;;
  *) echo "usage: ask.sh [camera]" >&2; exit 2 ;;
esac
top=$(realpath "$(dirname "$0")/..")
build=$(realpath -m "${GEMMA4_BUILD:-$top/build}")

if [ -z "${GEMMA4_BUILD:-}" ]; then
  # shellcheck disable=SC2086
  bash "$top/build-aux/install-packages.sh" $packages
  [ -f "$build/build.ninja" ] || meson setup "$build" "$top" -Dtests=disabled >/dev/null
  ninja -C "$build" --quiet
fi </dev/null
[ -e "$build/plugins/libgstgemma4.so" ] || { echo "ask.sh: there is no build in $build" >&2; exit 1; }
export GST_PLUGIN_PATH="$build/plugins${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}"

field () {  # field NAME MESSAGE: a number in it, or a name between quotes
  [[ $2 =~ [\ ,]$1=\([a-z0-9]+\)\"?([^\",\;]*) ]] && echo "${BASH_REMATCH[1]}"
}

# The packer says what it packed, then multifilesink says which file that became.
summarize () {
  local pack= line ms
  while IFS= read -r line; do
    case $line in
      *gemma4-packed,*)
        ms=$((($(field window-stop "$line") - $(field window-start "$line")) / 1000000))
        pack=$(printf '%d.%02d s, frames %d, tokens %d (pictures %d, sound %d), packed in %d ms' \
          $((ms / 1000)) $((ms / 10 % 100)) "$(field n-frames "$line")" "$(field n-tokens "$line")" \
          "$(field n-video-tokens "$line")" "$(field n-audio-tokens "$line")" \
          $(($(field preparation-time "$line") / 1000000))) ;;
      *GstMultiFileSink,*) echo "$(field filename "$line"): $pack" ;;
      WARNING:*) echo "$line" ;;
      *gemma4-dropped,*why=*no-picture* | *gemma4-dropped,*why=*no-sound*)
        echo "the next question has $(field why "$line" | sed 's/no-/no /') of $(field pad "$line")" ;;
      *gemma4-dropped,*) echo "dropped: $(field why "$line")" ;;
    esac
  done
}

[ ! -t 0 ] || echo "Ask, one question a line. Ctrl-D ends."
# shellcheck disable=SC2086
LANGUAGE=C gst-launch-1.0 -m $video ! queue ! gemma4videoconv ! p.video_0 \
  $sound ! queue ! audioconvert ! audioresample quality=10 ! gemma4audioconv ! p.audio_0 \
  fdsrc fd=0 do-timestamp=true ! text/x-raw,format=utf8 ! p.prompt \
  gemma4packer name=p text-mode=lines tokenizer="$top/examples/demo-tokenizer.spm" \
  ! safetensorsenc ! multifilesink location=pack-%03d.safetensors post-messages=true |
  summarize
