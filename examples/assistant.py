#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""assistant.py [--camera] --echo | --model FOLDER [--keras]

Watches and listens, and answers what you type, one question a line; Ctrl-D ends it.
What is on the screen belongs to every question. Each pack's pictures, by their running times,
and sounds are printed on stderr, also that there are none, and what is refused or left out.
The model is told what was asked and answered before. --echo has no model: it shows what
one would be asked. --model names a checkpoint's folder, which transformers
loads, or with --keras a KerasHub preset. gemma4textdec makes text of the answer's ids,
which stands on the picture for a while, or until the next one comes, in a window if there
is a display, or in --sink, an element or several: --sink "pngenc ! multifilesink
location=seen-%03d.png" writes pictures. --camera takes the camera and the microphone instead of a test
picture and sound. --tokenizer names another vocabulary than the checkpoint's own (--echo:
than the demo's). Says which packages it needs where they are missing.
"""
import argparse
import os
import pathlib
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appsink import META, TOLD, packs, tell, tensors  # beside this file
from launch import GLib, Gst, fail, find_plugin, launch, np

TEST_VIDEO = "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1"
DEMO_TOKENIZER = pathlib.Path(__file__).resolve().parent / "demo-tokenizer.spm"
LINE = """{video} ! tee name=seen {sound} ! queue ! audioconvert !
    audioresample quality=10 ! gemma4audioconv ! p.audio_0
  seen. ! queue ! gemma4videoconv ! p.video_0
  seen. ! queue ! videoconvert ! textoverlay name=shown ! videoconvert ! {sink}
  appsrc name=ids is-live=true format=time do-timestamp=true ! gemma4textdec name=said ! {words}
  fdsrc fd=0 do-timestamp=true ! text/x-raw,format=utf8 ! p.prompt
  gemma4packer name=p text-mode=lines history=8 ! appsink name=out sync=false async=false max-buffers=1"""
SECONDS_SHOWN = 5


class Echo:
    target = "kerashub"
    label = "No model; one would be asked:\n"  # before what stands on the picture

    def answer(self, meta, views):
        sizes = ", ".join(f"{name} {list(view.shape)}" for name, view in views.items())
        print(f"{meta['prompt']}[{meta['n-tokens']} tokens; {sizes}]", flush=True)
        return views["token_ids"][0, :meta["n-tokens"]]


class Transformers:
    target = "transformers"
    label = ""

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
    label = ""

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


def load(options):
    """The model, or a sentence about what is missing for it."""
    if options.echo:
        return Echo()
    if not os.path.isdir(options.model):
        fail(f"there is no folder {options.model}. --model takes that of a checkpoint, such as "
             "`hf download google/gemma-4-E2B-it --local-dir FOLDER` fills, or with --keras that of a "
             "KerasHub preset")
    needs = "keras_hub" if options.keras else "torch and transformers (5.17 or newer)"
    try:
        return (Keras if options.keras else Transformers)(options.model)
    except ImportError as error:
        fail(f"{error}. --model needs the Python packages {needs}, where this Python finds them")
    except Exception as error:  # theirs: of a missing file, of memory, of versions
        fail(f"{options.model} was not loaded: {error}")


def window():
    """The element that shows pictures in a window; without a display, one that shows none."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        sink = launch("autovideosink")
        sink.set_state(Gst.State.READY)
        found = [child.get_factory().get_name() for child in sink.children]
        sink.set_state(Gst.State.NULL)
        if found != ["fakesink"]:  # which it takes if no window can be opened
            return "autovideosink"
    print("There is no window, because no display was found. --sink writes the pictures to files: "
          "see --help.", file=sys.stderr)
    return "fakesink sync=true"


def make_pipeline(options, model):
    pipeline = launch(LINE.format(
        video="v4l2src" if options.camera else TEST_VIDEO,
        sound="pulsesrc" if options.camera else "audiotestsrc is-live=true wave=ticks",
        words="fakesink async=false" if options.echo else "p.answer",
        sink=options.sink or window()))
    Gst.util_set_object_arg(pipeline.get_by_name("p"), "target", model.target)
    if options.model:
        pipeline.get_by_name("p").set_property("preset", options.model)
    for name in ("p", "said"):  # a preset has its vocabulary
        pipeline.get_by_name(name).set_property(
            "tokenizer", options.tokenizer or options.model or str(DEMO_TOKENIZER))
    return pipeline


class Picture:
    """Shows a text for some seconds, or until the next one comes."""

    def __init__(self, pipeline):
        self.overlay, self.timer = pipeline.get_by_name("shown"), None

    def show(self, text):
        self.forget()
        self.overlay.set_property("text", GLib.markup_escape_text(text))
        self.timer = threading.Timer(SECONDS_SHOWN, self.overlay.set_property, ("text", ""))
        self.timer.start()

    def forget(self):
        if self.timer:
            self.timer.cancel()


def decode(pipeline, ids):
    """What the ids spell."""
    if not len(ids):
        return ""
    ids = np.ascontiguousarray(ids, np.int32)
    whole = np.ones(len(ids), np.uint8)  # beside a mask, ids are a whole answer
    caps = Gst.Caps.from_string(
        f"other/tensors,format=static,num_tensors=2,types=(string)\"int32,uint8\","
        f"dimensions=(string)\"{len(ids)},{len(ids)}\",framerate=0/1,"
        f"names=(string)\"token_ids,padding_mask\"")
    answer = Gst.Buffer.new_wrapped(ids.tobytes()).append(Gst.Buffer.new_wrapped(whole.tobytes()))
    pipeline.get_by_name("ids").emit("push-sample", Gst.Sample.new(answer, caps))
    while message := pipeline.get_bus().timed_pop_filtered(5 * Gst.SECOND, TOLD):
        tell(message)
        if message.get_structure().has_name("gemma4-end-of-turn"):
            return message.get_structure()["text"]
    return ""


def times(meta, pads, spans, unit=""):
    """Of every pad its times in seconds. Without media the meta has no such arrays."""
    texts = {}
    for pad, time in zip(meta[pads] or (), meta[spans] or ()):
        texts.setdefault(pad, []).append(f"{time / Gst.SECOND:.1f}{unit}")
    return ", ".join(f"{pad} {' '.join(of_pad)}" for pad, of_pad in texts.items())


def seen_and_heard(meta):
    """What the model is asked about: running times of the frames, and the length of the sound."""
    seen = times(meta, "frame-pads", "frame-running-times")
    heard = times(meta, "audio-pads", "audio-durations", " s")
    return f"seen: {seen or 'no picture'}; heard: {heard or 'nothing'}"


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    for name in ("--echo", "--camera", "--keras"):
        parser.add_argument(name, action="store_true")
    for name in ("--model", "--tokenizer", "--sink"):
        parser.add_argument(name)
    options = parser.parse_args()
    if options.echo == bool(options.model):
        parser.error("one of --echo and --model is needed")
    if options.keras and options.echo:
        parser.error("--keras is for --model: --echo has no model")
    return options


def main():
    options = parse()
    model = load(options)
    pipeline = make_pipeline(options, model)
    picture = Picture(pipeline)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        for sample in packs(pipeline):
            meta = sample.get_buffer().get_custom_meta(META).get_structure()
            print(seen_and_heard(meta), file=sys.stderr, flush=True)
            with tensors(sample) as views:  # views of the pipeline's memory, until here
                ids = model.answer(meta, views)
            text = decode(pipeline, ids)
            picture.show(model.label + text)
            print(model.label + text, flush=True)
    except RuntimeError as error:  # of the model, or a GLib.Error of the pipeline
        print(getattr(error, "message", error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        picture.forget()
        pipeline.set_state(Gst.State.NULL)
    return 0


if __name__ == "__main__":
    find_plugin()
    sys.exit(main())
