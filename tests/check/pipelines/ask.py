#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ask.py ASK.SH: the terminal assistant, asked through a terminal and through a pipe."""
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import time

LINE = re.compile(r"(pack-\d+\.safetensors): (\d+\.\d\d) s, frames (\d+), tokens (\d+) "
                  r"\(pictures (\d+), sound (\d+)\), packed in \d+ ms\r?\n")
CTRL_D, PATIENCE_S = b"\x04", 8


def check(good, text):
    if not good:
        sys.exit(f"ask.py: {text}")


class Terminal:
    """ask.sh in a terminal of its own, in FOLDER."""

    def __init__(self, program, folder):
        try:
            self.pid, self.fd = pty.fork()
        except OSError as error:
            print(f"ask.py: no terminal can be opened: {error}")
            sys.exit(77)
        if self.pid == 0:
            os.chdir(folder)
            os.execv("/bin/bash", ["bash", program])
        self.seen = ""

    def type(self, keys):
        os.write(self.fd, keys)

    def read(self):
        """What comes within a moment; False at the end."""
        if select.select([self.fd], [], [], 0.1)[0]:
            try:
                self.seen += os.read(self.fd, 4096).decode()
            except OSError:
                return False
        return True

    def wait_for(self, pattern):
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.seen)):
            check(self.read() and time.monotonic() < deadline,
                  f"no {pattern!r}, but {self.seen!r}")
        self.seen = self.seen[found.end():]
        return found

    def end(self):
        deadline = time.monotonic() + PATIENCE_S
        while self.read():
            check(time.monotonic() < deadline, f"no end after Ctrl-D, but {self.seen!r}")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def prompt_of(path):
    with open(path, "rb") as file:
        head = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return head["__metadata__"]["prompt"]


def check_pack(found, folder, question, number):
    name, seconds, *counts = found.groups()
    frames, tokens, pictures, sound = map(int, counts)
    text = f"{found.group().strip()!r} after {question!r}"
    check(name == f"pack-{number:03}.safetensors", text)
    check(tokens > pictures + sound, text)
    check(pictures == 66 * frames, f"{text}: want 66 tokens a frame")
    check(abs(sound / 25 - float(seconds)) < 0.7, f"{text}: want 25 tokens of sound a second")
    prompt = prompt_of(os.path.join(folder, name))
    check(prompt.endswith(f"{question}<turn|>\n<|turn>model\n"), f"{name} asks {prompt!r}")
    return float(seconds)


def check_terminal(program):
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(program, folder)
        terminal.wait_for("Ctrl-D ends")
        time.sleep(1.5)
        terminal.type("What is there, größer?\n".encode())
        found = terminal.wait_for(LINE)
        seconds = check_pack(found, folder, "What is there, größer?", 0)
        check(int(found.group(3)) >= 1 and seconds > 0.5, f"{found.group()!r} after 1.5 s")
        # The first Ctrl-D sends what stands in the line, which is not yet a question.
        terminal.type(b"Half a ")
        terminal.type(CTRL_D)
        time.sleep(1)
        check(not LINE.search(terminal.seen), f"half a question gave {terminal.seen!r}")
        terminal.type(b"question?\n")
        check_pack(terminal.wait_for(LINE), folder, "Half a question?", 1)
        terminal.type(CTRL_D)
        status = terminal.end()
        check(status == 0, f"status {status}: {terminal.seen!r}")
        check(len(os.listdir(folder)) == 2, f"{os.listdir(folder)}, want two packs")


def check_pipe(program):
    with tempfile.TemporaryDirectory() as folder:
        ask = subprocess.Popen(["bash", program], cwd=folder, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        time.sleep(1.2)
        ask.stdin.write("One?\n")
        ask.stdin.flush()
        time.sleep(1.2)
        ask.stdin.write("And so?\n")  # within a second of the last frame, which it sees again
        ask.stdin.flush()
        time.sleep(0.3)
        out, _ = ask.communicate("Two, without a newline?", timeout=PATIENCE_S)
        check(ask.returncode == 0, f"status {ask.returncode}: {out!r}")
        lines = list(LINE.finditer(out))
        check(len(lines) == 3, f"{len(lines)} packs of 3 questions: {out!r}")
        for number, question in enumerate(("One?", "And so?", "Two, without a newline?")):
            check_pack(lines[number], folder, question, number)
            check(int(lines[number].group(3)) >= 1, f"{question} is asked blind: {out!r}")


def check_nothing(program):
    """No question, no pack, and the program ends."""
    with tempfile.TemporaryDirectory() as folder:
        ask = subprocess.run(["bash", program], cwd=folder, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=PATIENCE_S)
        check(ask.returncode == 0 and not os.listdir(folder),
              f"status {ask.returncode}, {os.listdir(folder)}: {ask.stdout!r} {ask.stderr!r}")


def check_no_build(program):
    ask = subprocess.run(["bash", program], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         env=dict(os.environ, GEMMA4_BUILD="/nonexistent"), timeout=PATIENCE_S)
    check(ask.returncode == 1 and ask.stderr == "ask.sh: there is no build in /nonexistent\n",
          f"status {ask.returncode}: {ask.stderr!r}")


if __name__ == "__main__":
    path = os.path.abspath(sys.argv[1])
    check_pipe(path)
    check_nothing(path)
    check_no_build(path)
    check_terminal(path)
