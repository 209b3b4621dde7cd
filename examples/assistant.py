#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""assistant.py [--camera] --echo | --model FOLDER [--keras]

Watches and listens, and answers what you type, one question a line; Ctrl-D ends it.
The model is told what was asked and answered before. --echo prints what a model would be
asked, and repeats the question. --model names a checkpoint's folder, which transformers
loads, or with --keras a KerasHub preset. gemma4textdec makes text of the answer's ids,
which stands on the picture for a while, in a window if there is a display, or in --sink,
an element or several: --sink "pngenc ! multifilesink location=seen-%03d.png". --camera
takes the camera and the microphone instead of a test picture and sound. --tokenizer names
another vocabulary than the checkpoint's own (--echo: than the demo's). Needs
python3-gi, python3-gst-1.0 and python3-numpy; exits with 77 without them.
"""
import argparse
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appsink import META, Gst, np, packs, tensors  # beside this file

TEST_VIDEO = "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1"
DEMO_TOKENIZER = pathlib.Path(__file__).resolve().parent / "demo-tokenizer.spm"
LINE = """{video} ! tee name=seen {sound} ! queue ! audioconvert !
    audioresample quality=10 ! gemma4audioconv ! p.audio_0
  seen. ! queue ! gemma4videoconv ! p.video_0
  seen. ! queue ! videoconvert ! textoverlay name=seen_text wait-text=false ! videoconvert ! {sink}
  appsrc name=ids is-live=true format=time do-timestamp=true !
    gemma4textdec name=said ! tee name=words ! queue ! seen_text.text_sink
  {answers}
  fdsrc fd=0 do-timestamp=true ! text/x-raw,format=utf8 ! p.prompt
  gemma4packer name=p text-mode=lines history=8 ! appsink name=out sync=false async=false max-buffers=1"""
ANSWERS = "words. ! queue ! p.answer"
SECONDS_SHOWN = 5


class Echo:
    target = "kerashub"

    def answer(self, meta, views):
        sizes = ", ".join(f"{name} {list(view.shape)}" for name, view in views.items())
        print(f"{meta['prompt']}[{meta['n-tokens']} tokens; {sizes}]", flush=True)
        return views["token_ids"][0, :meta["n-tokens"]]


class Transformers:
    target = "transformers"

    def __init__(self, folder):
        import torch
        from transformers import Gemma4ForConditionalGeneration
        self.torch = torch
        self.model = Gemma4ForConditionalGeneration.from_pretrained(
            folder, dtype="auto", device_map="auto" if torch.cuda.is_available() else None)

    def answer(self, meta, views):
        """On the CPU, torch reads the pipeline's own memory."""
        def of(view):
            tensor = self.torch.from_numpy(view).to(self.model.device)
            return tensor.to(self.model.dtype) if tensor.is_floating_point() else tensor
        inputs = {name: of(view) for name, view in views.items()}
        ids = self.model.generate(**inputs, max_new_tokens=256)
        return ids[0, inputs["input_ids"].shape[1]:].cpu().numpy()


class Keras:
    target = "kerashub"

    def __init__(self, preset):
        import keras_hub
        self.model = keras_hub.models.Gemma4CausalLM.from_preset(preset)
        tokenizer, self.model.preprocessor = self.model.preprocessor.tokenizer, None
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
        return ids["token_ids"][ids["padding_mask"].astype(bool)]


def make_pipeline(options, model):
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    pipeline = Gst.parse_launch(LINE.format(
        video="v4l2src" if options.camera else TEST_VIDEO,
        sound="pulsesrc" if options.camera else "audiotestsrc is-live=true wave=ticks",
        answers="" if options.echo else ANSWERS,
        sink=options.sink or ("autovideosink" if display else "fakesink sync=true")))
    Gst.util_set_object_arg(pipeline.get_by_name("p"), "target", model.target)
    if options.model:
        pipeline.get_by_name("p").set_property("preset", options.model)
    for name in ("p", "said"):  # a preset has its vocabulary
        pipeline.get_by_name(name).set_property(
            "tokenizer", options.tokenizer or options.model or str(DEMO_TOKENIZER))
    return pipeline


def say(pipeline, ids):
    """Ids become text on the picture; returns it."""
    if not len(ids):
        return ""
    ids = np.ascontiguousarray(ids, np.int32)
    whole = np.ones(len(ids), np.uint8)  # beside a mask, ids are a whole answer
    caps = Gst.Caps.from_string(
        f"other/tensors,format=static,num_tensors=2,types=(string)\"int32,uint8\","
        f"dimensions=(string)\"{len(ids)},{len(ids)}\",framerate=0/1,"
        f"names=(string)\"token_ids,padding_mask\"")
    answer = Gst.Buffer.new_wrapped(ids.tobytes()).append(Gst.Buffer.new_wrapped(whole.tobytes()))
    answer.duration = SECONDS_SHOWN * Gst.SECOND
    pipeline.get_by_name("ids").emit("push-sample", Gst.Sample.new(answer, caps))
    while message := pipeline.get_bus().timed_pop_filtered(
            5 * Gst.SECOND, Gst.MessageType.ELEMENT | Gst.MessageType.ERROR):
        if message.type == Gst.MessageType.ERROR:
            raise RuntimeError(message.parse_error().gerror.message)
        if message.get_structure().get_name() == "gemma4-end-of-turn":
            return message.get_structure()["text"]
    return ""


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    for name in ("--echo", "--camera", "--keras"):
        parser.add_argument(name, action="store_true")
    for name in ("--model", "--tokenizer", "--sink"):
        parser.add_argument(name)
    options = parser.parse_args()
    if options.echo == bool(options.model):
        parser.error("one of --echo and --model is needed")
    return options


def main():
    options = parse()
    model = Echo() if options.echo else (Keras if options.keras else Transformers)(options.model)
    pipeline = make_pipeline(options, model)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        for sample in packs(pipeline):
            meta = sample.get_buffer().get_custom_meta(META).get_structure()
            with tensors(sample) as views:  # views of the pipeline's memory, until here
                ids = model.answer(meta, views)
            print(say(pipeline, ids), flush=True)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        pipeline.set_state(Gst.State.NULL)
    return 0


if __name__ == "__main__":
    Gst.init(None)
    sys.exit(main())
