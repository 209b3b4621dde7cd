#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""appsink.py FILE TOKENIZER [QUESTION]

How a Python program takes the tensors of Gemma 4 out of a pipeline: as NumPy
arrays that are views of the pipeline's memory, without a copy. Prints each
array's name, type, shape and mean. Where it prints, yours would call the model.
Says which packages it needs where they are missing.
"""
import contextlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from launch import GLib, Gst, fail, find_plugin, launch, np  # beside this file

META = "GstGemma4TensorsMeta"
TOLD = Gst.MessageType.ERROR | Gst.MessageType.WARNING | Gst.MessageType.ELEMENT
LINE = """filesrc name=file ! decodebin name=d
  d. ! queue ! video/x-raw ! gemma4videoconv ! p.video_0
  d. ! queue ! audio/x-raw ! audioconvert ! audioresample quality=10 !
    gemma4audioconv ! p.audio_0
  gemma4packer name=p ! appsink name=out sync=false max-buffers=1"""


@contextlib.contextmanager
def tensors(sample):
    """The tensors of a pack by name. They are views: inside the `with` only!

    An array that is used after it reads memory that the pipeline has taken back.
    Copy what must live longer (array.copy()), or stay inside.
    """
    pack = sample.get_buffer()
    meta = pack.get_custom_meta(META).get_structure()
    described = zip(meta["names"], meta["types"], meta["shapes"])
    with contextlib.ExitStack() as maps:
        views = {}
        for i, (name, dtype, shape) in enumerate(described):
            # Memory by memory: pack.map() would copy all of them into one.
            info = maps.enter_context(pack.peek_memory(i).map(Gst.MapFlags.READ))
            views[name] = np.frombuffer(info.data, np.dtype(dtype)).reshape(shape)
        yield views


def tell(message):
    """Prints on stderr what a message says is wrong; raises what the pipeline calls an error."""
    name, said = message.src.get_name(), message.get_structure()
    if message.type == Gst.MessageType.ERROR:
        error, _ = message.parse_error()
        error.message = f"{name}: {error.message}"
        raise error
    if message.type == Gst.MessageType.WARNING:
        warning, _ = message.parse_warning()
        unlinked = warning.matches(Gst.ParseError.quark(), Gst.ParseError.DELAYED_LINK)
        text = "there is no picture in the file, or no sound" if unlinked else warning.message
        print(f"{name}: {text}", file=sys.stderr)
    elif said.has_name("missing-plugin"):
        print(f"GStreamer has no {said['name']}. This may install it: apt install gstreamer1.0-libav",
              file=sys.stderr)
    elif said.has_name("gemma4-dropped"):
        pad = said.get_string("pad")
        print(f"{name}: dropped: {said['why']}{f' ({pad})' if pad else ''}", file=sys.stderr)


def packs(pipeline):
    """Every pack until EOS. Tells what the pipeline says meanwhile."""
    sink, bus = pipeline.get_by_name("out"), pipeline.get_bus()
    ended = False
    while not ended:
        sample = sink.emit("try-pull-sample", 100 * Gst.MSECOND)
        ended = sink.get_property("eos")
        while message := bus.pop_filtered(TOLD):
            tell(message)
        if sample:
            yield sample


def main(file, tokenizer, question="What do you see and hear?"):
    if not os.path.exists(file):
        fail(f"there is no file {file}")
    pipeline = launch(LINE)
    pipeline.get_by_name("file").set_property("location", file)
    packer = pipeline.get_by_name("p")
    packer.set_property("tokenizer", tokenizer)
    packer.set_property("prompt", question)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        for sample in packs(pipeline):
            meta = sample.get_buffer().get_custom_meta(META).get_structure()
            print("prompt:", meta["prompt"])
            print(f"tokens: {meta['n-tokens']}, of them {meta['n-image-tokens']} of images,"
                  f" {meta['n-video-tokens']} of video, {meta['n-audio-tokens']} of sound")
            with tensors(sample) as views:
                for name, view in views.items():
                    print(f"{name:22} {view.dtype!s:8} {list(view.shape)}"
                          f" mean {view.mean():.6g}")
    except GLib.Error as error:
        no_media = (Gst.StreamError.TYPE_NOT_FOUND, Gst.StreamError.WRONG_TYPE)
        if any(error.matches(Gst.StreamError.quark(), code) for code in no_media):
            print(f"{file} is no media:", end=" ", file=sys.stderr)
        print(error.message, file=sys.stderr)
        return 1
    finally:
        pipeline.set_state(Gst.State.NULL)
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(f"usage: {__doc__.splitlines()[0]}")
    find_plugin()
    sys.exit(main(*sys.argv[1:]))
