#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws the picture of sample.webm: raw BGRx frames, 640x360 at 25 fps, on standard output.

A morning by the road: a red ball rolls over the hill, a blue car drives past
the house, a cloud covers the sun, and the clock reaches ten past nine. The
captions are taken from the command line, one for every three seconds.

Says which packages it needs where they are missing.
"""
import math
import sys

try:
    import cairo
except ImportError as error:
    sys.exit(f"sample-scene.py: {error}. This installs what it needs:\n"
             "  apt install python3-cairo fonts-dejavu-core")

WIDTH, HEIGHT, FPS = 640, 360, 25
SECONDS_PER_CAPTION = 3
CLOCK_START_S = 9 * 3600 + 9 * 60 + 51      # shows 9:10:00 after nine seconds
CLOUD_Y = 96
SUN_X, SUN_Y = 230, 92


def mix(a, b, t):
    t = min(max(t, 0), 1)
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def hill_y(x):
    return 212 - 42 * math.sin((x + 40) / 640 * math.pi) - 6 * math.sin(x / 55)


def disc(cr, x, y, radius, colour):
    cr.arc(x, y, radius, 0, 2 * math.pi)
    cr.set_source_rgb(*colour)
    cr.fill()


def box(cr, x, y, width, height, colour):
    cr.rectangle(x, y, width, height)
    cr.set_source_rgb(*colour)
    cr.fill()


def text(cr, words, x, y, size_px, colour):
    cr.select_font_face("DejaVu Sans", cairo.FONT_SLANT_NORMAL, cairo.FONT_WEIGHT_BOLD)
    cr.set_font_size(size_px)
    width = cr.text_extents(words).x_advance
    cr.move_to(x - width / 2, y)
    cr.set_source_rgb(*colour)
    cr.show_text(words)


def covered(t):
    """How much of the sun the cloud hides at t seconds, 0 to 1."""
    return min(max(0, 1 - abs(cloud_x(t) - SUN_X) / 110), 1)


def cloud_x(t):
    return 520 - 36 * t


def draw_sky(cr, t):
    shade = 1 - 0.25 * covered(t)
    sky = cairo.LinearGradient(0, 0, 0, 230)
    top = mix((0.40, 0.60, 0.90), (0.25, 0.60, 0.95), t / 12)
    horizon = mix((1.00, 0.82, 0.62), (0.80, 0.92, 1.00), t / 12)
    sky.add_color_stop_rgb(0, *(c * shade for c in top))
    sky.add_color_stop_rgb(1, *(c * shade for c in horizon))
    cr.set_source(sky)
    cr.paint()
    sun_y = SUN_Y + 30 - 3 * t
    for i in range(12):
        angle = i * math.pi / 6 + t * 0.4
        cr.move_to(SUN_X + 44 * math.cos(angle), sun_y + 44 * math.sin(angle))
        cr.line_to(SUN_X + 58 * math.cos(angle), sun_y + 58 * math.sin(angle))
    cr.set_source_rgb(1.0, 0.85, 0.2)
    cr.set_line_width(5)
    cr.stroke()
    disc(cr, SUN_X, sun_y, 36, (1.0, 0.88, 0.2))


def draw_cloud(cr, t):
    x = cloud_x(t)
    for dx, dy, radius in ((-52, 10, 28), (-18, -8, 38), (24, -2, 34), (56, 12, 25)):
        disc(cr, x + dx, CLOUD_Y + dy, radius, (0.96, 0.97, 0.99))
    box(cr, x - 54, CLOUD_Y + 10, 112, 28, (0.96, 0.97, 0.99))


def draw_land(cr, t):
    shade = 1 - 0.25 * covered(t)
    cr.move_to(0, HEIGHT)
    for x in range(0, WIDTH + 8, 8):
        cr.line_to(x, hill_y(x))
    cr.line_to(WIDTH, HEIGHT)
    cr.set_source_rgb(*(c * shade for c in (0.36, 0.68, 0.30)))
    cr.fill()
    box(cr, 0, 252, WIDTH, 62, (0.35, 0.35, 0.38))
    for x in range(10, WIDTH, 64):
        box(cr, x, 281, 34, 4, (0.95, 0.95, 0.9))


def draw_house(cr, strikes):
    box(cr, 462, 176, 118, 72, (0.93, 0.82, 0.62))
    cr.move_to(450, 178)
    cr.line_to(521, 128)
    cr.line_to(592, 178)
    cr.set_source_rgb(0.70, 0.25, 0.18)
    cr.fill()
    box(cr, 534, 202, 26, 46, (0.45, 0.28, 0.15))
    box(cr, 480, 194, 34, 28, (1.0, 0.9, 0.3) if strikes else (0.55, 0.75, 0.9))
    box(cr, 420, 196, 10, 54, (0.42, 0.27, 0.14))
    disc(cr, 425, 178, 30, (0.13, 0.45, 0.18))


def draw_ball(cr, t):
    """Rolls without slipping: the turn is the way divided by the radius."""
    radius, x = 20, -20 + 150 * t
    y, turn = hill_y(x) - radius, x / radius
    disc(cr, x, y, radius, (0.88, 0.10, 0.10))
    cr.set_source_rgb(1, 1, 1)
    cr.set_line_width(6)
    cr.move_to(x - 15 * math.cos(turn), y - 15 * math.sin(turn))
    cr.line_to(x + 15 * math.cos(turn), y + 15 * math.sin(turn))
    cr.stroke()


def draw_car(cr, t):
    x = -150 + 270 * (t - 3)
    blue = (0.10, 0.28, 0.80)
    cr.move_to(x + 24, 262)
    for dx, y in ((42, 238), (88, 238), (108, 262)):
        cr.line_to(x + dx, y)
    cr.set_source_rgb(*blue)
    cr.fill()
    box(cr, x, 260, 136, 26, blue)
    box(cr, x + 42, 244, 20, 16, (0.75, 0.9, 1.0))
    box(cr, x + 68, 244, 22, 16, (0.75, 0.9, 1.0))
    box(cr, x + 128, 265, 8, 8, (1.0, 0.95, 0.5))
    for dx in (30, 106):
        disc(cr, x + dx, 287, 14, (0.08, 0.08, 0.08))
        turn = x / 14
        disc(cr, x + dx + 6 * math.cos(turn), 287 + 6 * math.sin(turn), 4, (0.85, 0.85, 0.85))


def draw_clock(cr, t, strikes):
    second = CLOCK_START_S + int(t)
    bright = strikes and int(t * 4) % 2 == 0
    box(cr, 388, 14, 238, 66, (1.0, 0.8, 0.1) if bright else (0.10, 0.12, 0.20))
    box(cr, 393, 19, 228, 56, (0.02, 0.03, 0.08))
    clock = "%d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60)
    text(cr, clock, 507, 63, 46, (1.0, 0.95, 0.4))


def draw(cr, t, captions):
    strikes = t >= 9
    draw_sky(cr, t)
    draw_cloud(cr, t)
    draw_land(cr, t)
    draw_ball(cr, t)
    draw_house(cr, strikes)
    draw_car(cr, t)
    draw_clock(cr, t, strikes)
    box(cr, 0, 314, WIDTH, 46, (0.05, 0.05, 0.08))
    text(cr, captions[int(t) // SECONDS_PER_CAPTION], WIDTH / 2, 346, 25, (1, 1, 1))


def main(captions):
    surface = cairo.ImageSurface(cairo.FORMAT_RGB24, WIDTH, HEIGHT)
    for i in range(len(captions) * SECONDS_PER_CAPTION * FPS):
        draw(cairo.Context(surface), i / FPS, captions)
        surface.flush()
        sys.stdout.buffer.write(surface.get_data())


main(sys.argv[1:])
