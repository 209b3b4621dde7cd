#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""assistant.py EXAMPLE: examples/assistant.py --echo, asked through a pipe; its picture."""
import os
import re
import subprocess
import sys
import tempfile
import time

WIDTH, HEIGHT, BRIGHT = 640, 360, 160
SINK = ("videorate ! video/x-raw,framerate=4/1 ! videoconvert ! video/x-raw,format=GRAY8 ! "
        "filesink location=")


def check(good, text):
    if not good:
        sys.exit(f"assistant.py: {text}")


def ask(program, questions, picture):
    echo = subprocess.Popen(["/usr/bin/python3", program, "--echo", "--sink", SINK + picture], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for question in questions:
        time.sleep(1.5)
        if echo.poll() is None:
            echo.stdin.write(question + "\n")
            echo.stdin.flush()
    return (*echo.communicate(timeout=15), echo.returncode)


def text_width(frame):
    """Of what is bright near the bottom, in columns; the ball of the test picture has 40."""
    rows = [frame[y * WIDTH:(y + 1) * WIDTH] for y in range(HEIGHT - 80, HEIGHT)]
    bright = [x for x in range(WIDTH) if any(row[x] > BRIGHT for row in rows)]
    return bright[-1] - bright[0] if bright else 0


def check_picture(path):
    """An answer stands near the bottom of the picture, after it was asked for."""
    with open(path, "rb") as file:
        frames = list(iter(lambda: file.read(WIDTH * HEIGHT), b""))
    widths = [text_width(frame) for frame in frames if len(frame) == WIDTH * HEIGHT]
    check(len(widths) > 4 and widths[0] < 60, f"text before the first question: {widths}")
    check(max(widths) > 150, f"no text on the picture: {widths}")


def main():
    questions = ["What is there?", "Und jetzt, größer?"]
    with tempfile.TemporaryDirectory() as folder:
        picture = os.path.join(folder, "picture")
        out, err, status = ask(sys.argv[1], questions, picture)
        if status == 77:
            print(err)
            return 77
        if status == 0:
            check_picture(picture)
    check(status == 0, f"status {status}: {out!r} {err!r}")
    usage = subprocess.run(["/usr/bin/python3", sys.argv[1], "--help"], text=True, capture_output=True)
    check(usage.returncode == 0 and "--echo" in usage.stdout, f"--help: {usage.stderr!r}")
    answers = re.findall(r"<\|turn>user\n(.*?)<turn\|>\n<\|turn>model\n\[(\d+) tokens; (.*)\]\n", out)
    check(len(answers) == 2, f"{len(answers)} answers to 2 questions: {out!r}")
    said = re.findall(r"\nuser\n(.*)\nmodel\n", out)
    check(len(said) == 2, f"{len(said)} texts of 2 answers: {out!r}")
    for question, text, (prompt, n_tokens, sizes) in zip(questions, said, answers):
        check(text.endswith(question), f"{text!r} does not end with {question!r}")
        check(prompt.endswith(question), f"{prompt!r} does not end with {question!r}")
        check(int(n_tokens) > 20 and "token_ids [1, 1024]" in sizes, f"{n_tokens} tokens: {sizes}")
        check(re.search(r"<\|audio\|>(\*\d+)?<audio\|>", prompt), f"no sound in {prompt!r}")
    check(f"{questions[0]}<turn|>\n<|turn>user\n" in out, f"the first question is not said again: {out!r}")
    check("00:00 <|image><|video|>*66" in answers[0][0], f"no picture in {answers[0][0]!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
