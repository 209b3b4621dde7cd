#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""assistant.py EXAMPLE: examples/assistant.py --echo, asked through a pipe; its picture;
and what it says of what a user can do wrong."""
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
    time.sleep(1)  # the second text is seen
    return (*echo.communicate(timeout=15), echo.returncode)


def text_height(frame):
    """Of the bright rows that a text has, where the ball of the test picture has none: a row of
    text is bright in the middle of the picture at both sides of it."""
    def is_text(y):
        row = frame[y * WIDTH:(y + 1) * WIDTH]
        bright = [x for x in range(WIDTH) if row[x] > BRIGHT]
        return bright and bright[-1] - bright[0] > 60
    return sum(map(bool, map(is_text, range(HEIGHT))))


def check_picture(path):
    """A text stands near the bottom of the picture after it was asked for, and the next
    one takes its place at once; it is longer."""
    with open(path, "rb") as file:
        frames = list(iter(lambda: file.read(WIDTH * HEIGHT), b""))
    heights = [text_height(frame) for frame in frames if len(frame) == WIDTH * HEIGHT]
    check(len(heights) > 4 and not heights[0], f"text before the first question: {heights}")
    first = next((i for i, height in enumerate(heights) if height), None)
    check(first is not None, f"no text on the picture: {heights}")
    later = next((i for i in range(first, len(heights)) if heights[i] > heights[first]), None)
    check(later is not None, f"the second text does not replace the first: {heights}")
    check(later - first <= 4 * 3, f"the second text comes {later - first} frames after the first: {heights}")


def run(program, *arguments, python=("/usr/bin/python3",), env=None):
    return subprocess.run([*python, program, *arguments], text=True, capture_output=True, timeout=30,
                          stdin=subprocess.DEVNULL, env=env)


def check_no_window(program):
    """Without a display, or with one that cannot be opened, a sentence says what to do."""
    bare = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    for env in (bare, dict(bare, DISPLAY=":7777")):
        ended = run(program, "--echo", env=env)
        check(ended.returncode == 0 and ended.stderr.count("There is no window") == 1 and "--sink" in ended.stderr,
              f"DISPLAY={env.get('DISPLAY')}: {ended}")
    ended = run(program, "--echo", "--sink", "fakesink", env=bare)
    check(ended.returncode == 0 and "no window" not in ended.stderr, f"with --sink: {ended}")


def check_refused(program):
    """What is refused is told, and the questions after it are answered: the first one with all
    that was seen and heard, so that no sound is left for the one that comes at once."""
    out, err, status = ask(program, ["<|image|> here?\nGood?\nAnd at once?"], os.devnull)
    check(status == 0 and out.count(" tokens; ") == 2, f"status {status}: {out!r} {err!r}")
    for words in ("p: the prompt has 1 <|image|> placeholder", "p: dropped: media-mismatch (prompt)",
                  "heard: nothing"):
        check(words in err, f"no {words!r} in {err!r}")


def check_faults(program):
    """Each ends with a sentence, and no traceback."""
    for arguments, words in (
            (("--model", "/nonexistent"), "there is no folder /nonexistent"),
            (("--model", "/"), "assistant.py: "),
            (("--echo", "--tokenizer", "/nonexistent"), "/nonexistent"),
            (("--echo", "--sink", "nosuchsink"), "no element nosuchsink"),
            (("--echo", "--sink", "! !"), "in the line"),
            (("--echo", "--keras"), "--keras is for --model"),
            (("--echo", "--model", "x"), "one of --echo and --model")):
        ended = run(program, *arguments)
        check(ended.returncode in (1, 2) and words in ended.stderr and "Traceback" not in ended.stderr,
              f"{arguments}: status {ended.returncode}, {ended.stderr!r}")
    for example in (program, os.path.join(os.path.dirname(program), "appsink.py")):
        bare = run(example, "file", "tokenizer", python=("/usr/bin/python3", "-S"))
        check(bare.returncode == 1 and "apt install python3-gi" in bare.stderr
              and "Traceback" not in bare.stderr and "SKIP" not in bare.stderr, f"without modules: {bare}")


def main():
    questions = ["What is there?", "Und jetzt, größer?"]
    with tempfile.TemporaryDirectory() as folder:
        picture = os.path.join(folder, "picture")
        out, err, status = ask(sys.argv[1], questions, picture)
        if "apt install" in err:
            print(err)
            return 77
        if status == 0:
            check_picture(picture)
    check(status == 0, f"status {status}: {out!r} {err!r}")
    check_refused(sys.argv[1])
    check_no_window(sys.argv[1])
    check_faults(sys.argv[1])
    usage = run(sys.argv[1], "--help")
    check(usage.returncode == 0 and "--echo" in usage.stdout, f"--help: {usage.stderr!r}")
    answers = re.findall(r"<\|turn>user\n(.*?)<turn\|>\n<\|turn>model\n\[(\d+) tokens; (.*)\]\n", out)
    check(len(answers) == 2, f"{len(answers)} answers to 2 questions: {out!r}")
    said = re.findall(r"\nuser\n(.*)\nmodel\n", out)
    check(len(said) == 2, f"{len(said)} texts of 2 answers: {out!r}")
    check(out.count("No model; one would be asked:\n") == 2, f"the texts do not say what they are: {out!r}")
    for question, text, (prompt, n_tokens, sizes) in zip(questions, said, answers):
        check(text.endswith(question), f"{text!r} does not end with {question!r}")
        check(prompt.endswith(question), f"{prompt!r} does not end with {question!r}")
        check(int(n_tokens) > 20 and "token_ids [1, 1024]" in sizes, f"{n_tokens} tokens: {sizes}")
        check(re.search(r"<\|audio\|>(\*\d+)?<audio\|>", prompt), f"no sound in {prompt!r}")
    check(f"{questions[0]}<turn|>\n<|turn>user\n" in out, f"the first question is not said again: {out!r}")
    check("00:00 <|image><|video|>*66" in answers[0][0], f"no picture in {answers[0][0]!r}")
    seen = re.findall(r"seen: video_0 ([\d. ]+); heard: audio_0 [\d.]+ s", err)
    check(len(seen) == 2, f"what was seen is not said of 2 questions: {err!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
