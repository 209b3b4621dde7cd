#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# summary.sh BUILD...: how the last `meson test` of each build folder ended, added up.
set -euo pipefail
python3 - "$@" <<'PY'
import json, sys
results = [json.loads(line)["result"] for build in sys.argv[1:] for line in open(f"{build}/meson-logs/testlog.json")]
skipped = results.count("SKIP")
passed = results.count("OK") + results.count("EXPECTEDFAIL")
failed = len(results) - passed - skipped
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)
PY
