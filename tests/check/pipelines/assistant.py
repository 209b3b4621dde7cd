#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""assistant.py EXAMPLE: examples/assistant.py --echo, asked through a pipe."""
import re
import subprocess
import sys
import time


def check(good, text):
    if not good:
        sys.exit(f"assistant.py: {text}")


def ask(program, questions):
    echo = subprocess.Popen(["/usr/bin/python3", program, "--echo", "--no-window"], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for question in questions:
        time.sleep(1.5)
        if echo.poll() is None:
            echo.stdin.write(question + "\n")
            echo.stdin.flush()
    return (*echo.communicate(timeout=15), echo.returncode)


def main():
    questions = ["What is there?", "Und jetzt, größer?"]
    out, err, status = ask(sys.argv[1], questions)
    if status == 77:
        print(err)
        return 77
    check(status == 0, f"status {status}: {out!r} {err!r}")
    answers = re.findall(r"<\|turn>user\n(.*?)<turn\|>\n<\|turn>model\n\[(\d+) tokens; (.*)\]\n", out)
    check(len(answers) == 2, f"{len(answers)} answers to 2 questions: {out!r}")
    for question, (prompt, n_tokens, sizes) in zip(questions, answers):
        check(prompt.endswith(question), f"{prompt!r} does not end with {question!r}")
        check(int(n_tokens) > 20 and "token_ids [1, 1024]" in sizes, f"{n_tokens} tokens: {sizes}")
        check(re.search(r"<\|audio\|>(\*\d+)?<audio\|>", prompt), f"no sound in {prompt!r}")
    check(f"{questions[0]}<turn|>\n<|turn>user\n" in out, f"the first question is not said again: {out!r}")
    check("00:00 <|image><|video|>*66" in answers[0][0], f"no picture in {answers[0][0]!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
