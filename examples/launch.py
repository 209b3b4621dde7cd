# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the Python programs here need of the machine: GStreamer's bindings, the plugin,
and elements of other plugins. What is missing ends the program with a sentence that
says how to get it."""
import os
import pathlib
import re
import sys

PACKAGES = ("python3-gi python3-gst-1.0 python3-numpy gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 "
            "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-x")
PLUGIN = pathlib.Path(__file__).resolve().parent.parent / "build" / "plugins"


def fail(text):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {text}")


try:
    import gi
    gi.require_version("Gst", "1.0")
    from gi.repository import GLib, Gst
    import numpy as np
    Gst.MapInfo.__enter__  # of python3-gst-1.0, as is data being a memoryview
except (ImportError, ValueError, AttributeError) as error:
    fail(f"{error}. This installs what the program needs; /usr/bin/python3 finds it:\n"
         f"  apt install {PACKAGES}")


def find_plugin():
    """The build of this checkout, unless the plugin is installed or named."""
    if not os.environ.get("GST_PLUGIN_PATH") and PLUGIN.is_dir():
        os.environ["GST_PLUGIN_PATH"] = str(PLUGIN)
    Gst.init(None)


def missing_element(name):
    if name.startswith("gemma4"):
        return (f"GStreamer does not find {name}. `bash examples/demo.sh` builds it where this program "
                "looks; a plugin elsewhere is named by GST_PLUGIN_PATH")
    packages = "gstreamer1.0-pulseaudio" if name == "pulsesrc" else PACKAGES
    return (f"GStreamer has no element {name}. If its name is right, a package is missing, "
            f"perhaps of these:\n  apt install {packages}")


def launch(line):
    try:
        return Gst.parse_launch(line)
    except GLib.Error as error:
        name = re.search(r'no element "([^"]*)"', error.message)
        fail(missing_element(name[1]) if name else f"{error.message}, in the line\n  {line}")
