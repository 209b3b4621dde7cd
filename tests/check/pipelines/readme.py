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

COMMANDS = ("gst-launch-1.0", "build/examples/appsink", "examples/appsink.py")
DEVICES = ("v4l2src", "pulsesrc")
PHOTOS = """gst-launch-1.0 -q videotestsrc num-buffers=3 ! jpegenc ! multifilesink location=photos/%03d.jpg
cp photos/000.jpg photo.jpg"""


def recipes(text):
    for block in re.findall(r"(?:^    .*\n)+", text, re.M):
        block = re.sub("^    ", "", block, flags=re.M)
        if any(c in block for c in COMMANDS) and not any(d in block for d in DEVICES):
            yield block


def check_table(text, recipe, folder, env):
    """The demo's table in the README is what the demo's question gives."""
    question = recipe.replace("What happens here?", "What do you see and hear?")
    command = question.splitlines()[-1]
    printed = subprocess.run(
        ["bash", "-ec", question], cwd=folder, env=env, timeout=100, capture_output=True, text=True
    ).stdout
    printed = [line.split() for line in printed.splitlines()]
    missing = [line for line in re.findall(r"^    (\w+ +(?:int32|float32|bool) .*)$", text, re.M)
               if line.split() not in printed]
    for line in missing:
        print(f"FAILED: {command} does not print: {line}")
    return not missing


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
        os.mkdir(os.path.join(folder, "photos"))
        if not run(PHOTOS, folder, env):
            return 77
        text = open(os.path.join(source, "README.md")).read()
        for recipe in recipes(text):
            if "What happens here?" in recipe:
                n_failed += not check_table(text, recipe.replace("$PWD", source), folder, env)
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
    return 1 if n_failed or n_run < 4 else 0


if __name__ == "__main__":
    sys.exit(main())
