#!/usr/bin/env python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""readme.py SOURCE BUILD: runs every recipe of the README that needs no camera, as it
is written there, in a folder of its own. Each must succeed and leave its file."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

DEVICES = ("v4l2src", "pulsesrc")
PHOTO = "gst-launch-1.0 -q videotestsrc num-buffers=1 ! jpegenc ! filesink location=photo.jpg"


def recipes(text):
    for block in re.findall(r"(?:^    .*\n)+", text, re.M):
        block = re.sub("^    ", "", block, flags=re.M)
        if "gst-launch-1.0" in block and not any(d in block for d in DEVICES):
            yield block


def run(command, folder, env):
    print(command, flush=True)
    result = subprocess.run(["bash", "-ec", command], cwd=folder, env=env, timeout=100, stdin=subprocess.DEVNULL)
    return result.returncode == 0


def main():
    source, build = sys.argv[1:]
    if not shutil.which("gst-launch-1.0"):
        return 77
    plugins = os.path.join(build, "plugins")
    env = dict(os.environ, PWD=source, GST_PLUGIN_PATH=plugins)
    n_run = n_failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("examples", "tests"):
            os.symlink(os.path.join(source, name), os.path.join(folder, name))
        os.symlink(build, os.path.join(folder, "build"))
        if not run(PHOTO, folder, env):
            return 77
        for recipe in recipes(open(os.path.join(source, "README.md")).read()):
            wanted = [n.replace("%03d", "000") for n in re.findall(r"filesink location=(\S+)", recipe)]
            ok = run(recipe.replace("$PWD", source), folder, env)
            for name in wanted:
                path = os.path.join(folder, name)
                if not os.path.exists(path) or os.path.getsize(path) < 1000:
                    print(f"FAILED: no {name}")
                    ok = False
            n_run += 1
            n_failed += not ok
    print(f"{n_run} recipes, {n_failed} failed")
    return 1 if n_failed or n_run < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
