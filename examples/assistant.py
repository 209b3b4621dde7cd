#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""assistant.py [--camera] --echo | --model FOLDER [--keras]

Watches and listens, and answers what you type, one question a line; Ctrl-D ends it. The model is told what was asked and answered before.
--echo prints what a model would be asked. --model names a checkpoint's folder, which
transformers loads, or with --keras a KerasHub preset. With a display, picture and
answer are shown in a window. --camera takes the camera and the microphone instead of
a test picture and sound. --tokenizer names another SentencePiece model than the
checkpoint's own (--echo: than the demo's). Needs python3-gi, python3-gst-1.0 and
python3-numpy; exits with 77 without them.
"""
import argparse
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appsink import META, Gst, np, packs, tensors  # beside this file

TEST_VIDEO = "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1"
LINE = """{video} ! tee name=seen {sound} ! queue ! audioconvert !
    audioresample quality=10 ! gemma4audioconv ! p.audio_0
  seen. ! queue ! gemma4videoconv ! p.video_0
  seen. ! queue ! {window}
  fdsrc fd=0 do-timestamp=true ! text/x-raw,format=utf8 ! p.prompt
  appsrc name=said caps=text/x-raw,format=utf8 ! p.answer
  gemma4packer name=p text-mode=lines history=8 ! appsink name=out sync=false async=false max-buffers=1"""
WINDOW = "videoconvert ! textoverlay name=answer wait-text=false ! videoconvert ! autovideosink"


class Echo:
    target = "kerashub"

    def answer(self, meta, views):
        sizes = ", ".join(f"{name} {list(view.shape)}" for name, view in views.items())
        return f"{meta['prompt']}[{meta['n-tokens']} tokens; {sizes}]"


class Transformers:
    target = "transformers"

    def __init__(self, folder):
        import torch
        from transformers import AutoTokenizer, Gemma4ForConditionalGeneration
        self.torch, self.tokenizer = torch, AutoTokenizer.from_pretrained(folder)
        self.model = Gemma4ForConditionalGeneration.from_pretrained(
            folder, dtype="auto", device_map="auto" if torch.cuda.is_available() else None)

    def answer(self, meta, views):
        """On the CPU, torch reads the pipeline's own memory."""
        def of(view):
            tensor = self.torch.from_numpy(view).to(self.model.device)
            return tensor.to(self.model.dtype) if tensor.is_floating_point() else tensor
        inputs = {name: of(view) for name, view in views.items()}
        ids = self.model.generate(**inputs, max_new_tokens=256)
        return self.tokenizer.decode(ids[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True)


class Keras:
    target = "kerashub"

    def __init__(self, preset):
        import keras_hub
        self.model = keras_hub.models.Gemma4CausalLM.from_preset(preset)
        self.preprocessor, self.model.preprocessor = self.model.preprocessor, None
        tokenizer = self.preprocessor.tokenizer
        self.stop = [tokenizer.end_token_id, tokenizer.token_to_id("<turn|>")]

    def answer(self, meta, views):
        """Without a preprocessor, generate() takes what that would give: these tensors,
        and an empty array for media that is not there."""
        inputs = dict(views)
        for name, dtype, shape in (("pixel_values", "float32", (1, 0, 630, 768)),
                                   ("pixel_position_ids", "int32", (1, 0, 630, 2)),
                                   ("audio_mel", "float32", (1, 0, 0, 128)),
                                   ("audio_mel_mask", "int32", (1, 0, 0)),
                                   ("audio_indices", "int32", (1, 0))):
            inputs.setdefault(name, np.zeros(shape, dtype))
        ids = self.model.generate(inputs, stop_token_ids=self.stop)
        ids = {name: np.array(t)[0] for name, t in ids.items()}
        ids["padding_mask"][:meta["n-tokens"]] = False  # the prompt, which is known
        return self.preprocessor.generate_postprocess(ids)


def tokenizer_of(model):
    """The SentencePiece model in a checkpoint's folder, or the demo's."""
    here = pathlib.Path(__file__).resolve().parent
    for name in ("tokenizer.model", "assets/tokenizer/vocabulary.spm"):
        if model and (pathlib.Path(model) / name).exists():
            return pathlib.Path(model) / name
    if model:
        sys.exit(f"assistant.py: no SentencePiece model in {model}; name it with --tokenizer")
    return here / "demo-tokenizer.spm"


def make_pipeline(options, target):
    display = not options.no_window and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    pipeline = Gst.parse_launch(LINE.format(
        video="v4l2src" if options.camera else TEST_VIDEO,
        sound="pulsesrc" if options.camera else "audiotestsrc is-live=true wave=ticks",
        window=WINDOW if display else "fakesink sync=true"))
    packer = pipeline.get_by_name("p")
    Gst.util_set_object_arg(packer, "target", target)
    packer.set_property("tokenizer", str(options.tokenizer or tokenizer_of(options.model)))
    return pipeline


def parse():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("--echo", "--camera", "--keras", "--no-window"):
        parser.add_argument(name, action="store_true")
    for name in ("--model", "--tokenizer"):
        parser.add_argument(name)
    options = parser.parse_args()
    if options.echo == bool(options.model):
        parser.error("one of --echo and --model is needed")
    return options


def main():
    options = parse()
    model = Echo() if options.echo else (Keras if options.keras else Transformers)(options.model)
    pipeline = make_pipeline(options, model.target)
    overlay = pipeline.get_by_name("answer")
    pipeline.set_state(Gst.State.PLAYING)
    try:
        for sample in packs(pipeline):
            meta = sample.get_buffer().get_custom_meta(META).get_structure()
            with tensors(sample) as views:  # views of the pipeline's memory, until here
                text = model.answer(meta, views)
            print(text, flush=True)
            if not options.echo:
                pipeline.get_by_name("said").emit("push-buffer", Gst.Buffer.new_wrapped(text.encode()))
            if overlay:
                overlay.set_property("text", text)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        pipeline.set_state(Gst.State.NULL)
    return 0


if __name__ == "__main__":
    Gst.init(None)
    sys.exit(main())
