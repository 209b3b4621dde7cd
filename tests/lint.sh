#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lint.sh BUILD
# What a compiler does not see. BUILD is a folder that was built.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
failed=0

fail () {
  echo "lint: $1" >&2
  failed=1
}

sources=$(git ls-files '*.c' '*.h' '*.cc' '*.sh' '*.py' 'meson.build' '*/meson.build' .ci/run)

for file in $sources; do
  head -5 "$file" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' ||
    fail "$file: no SPDX line"
done
if grep -nE '[[:space:]]+$' $sources; then fail "blanks at the end of a line"; fi
if grep -nP '\t' $(git ls-files '*.c' '*.h' '*.cc'); then fail "tabs"; fi
for file in $(git ls-files '*.c' '*.cc'); do
  n=$(wc -l <"$file")
  [ "$n" -le 450 ] || fail "$file: $n lines; split it"
done
for file in $(git ls-files '*.sh' .ci/run); do bash -n "$file" || fail "$file"; done

# Includes point one way.
if grep -nE '#include <(glib|gio|gobject|json-glib|gst/(gst|base|audio|video|check))' \
  $(git ls-files 'gst/gemma4/*' | grep -v json); then
  fail "the core includes GLib or GStreamer"
fi
if grep -nE '#include .*(gemma4/|plugins/)' $(git ls-files 'tests/ref/*.[ch]'); then
  fail "the oracle includes what it checks"
fi

# The core exports its public functions and nothing else.
exported=$(nm -D --defined-only "$build"/gst/gemma4/libgstgemma4-1.0.so | awk '{print $3}' |
  grep -v '^gemma4_' || true)
[ -z "$exported" ] || fail "exported by the core: $exported"

# Every public header compiles alone, as C and as C++.
for header in $(git ls-files 'gst/gemma4/*.h'); do
  grep -q "'$(basename "$header")'" gst/gemma4/meson.build || continue
  echo "#include <$header>" | gcc -std=c11 -Wall -Werror -I. -fsyntax-only -x c - ||
    fail "$header alone, as C"
  echo "#include <$header>" | g++ -std=c++17 -Wall -Werror -I. -fsyntax-only -x c++ - ||
    fail "$header alone, as C++"
done

cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. \
  --enable=warning,portability --suppress=unknownMacro --suppress=missingInclude \
  --suppress=nullPointerRedundantCheck -D'G_DEFINE_AUTOPTR_CLEANUP_FUNC(a,b)=' \
  gst/gemma4 || fail "cppcheck"

[ "$failed" -eq 0 ] && echo "lint: nothing found"
exit "$failed"
