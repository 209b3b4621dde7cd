#!/usr/bin/python3
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints everyday sentences made by a small grammar, the same ones every time.

Together with the hand-written sentences of demo-corpus.txt they are what
demo-tokenizer.spm is trained on.
"""
N_SENTENCES = 1200

COLOURS = "red blue green yellow white black grey brown orange purple pink silver golden".split()
ADJECTIVES = """small large old young quiet loud bright dark heavy light empty full broken wet dry
 warm cold friendly tired happy nervous careful strange familiar wooden metal narrow wide""".split()
THINGS = """ball car house clock bicycle boat train bus lamp chair table cup bottle book camera
 microphone guitar piano drum violin window door box bag umbrella hat shoe ladder bridge kite
 telephone radio television screen picture poster flower tree stone basket suitcase""".split()
BEINGS = """man woman boy girl child teacher driver farmer baker singer doctor student cook painter
 sailor dog cat horse bird duck cow sheep rabbit squirrel neighbour visitor musician dancer
 speaker officer tourist mechanic gardener grandmother brother""".split()
MOVES = """walks runs jumps rolls drives swims flies climbs dances stumbles hurries turns
 slides wanders disappears falls""".split()


def phrases(lines):
    return [phrase.strip() for phrase in lines.replace("\n", "|").split("|")]


WAYS = phrases("""over the hill|past the house|across the street|into the room|around the corner
through the park|along the river|up the stairs|under the bridge
towards the camera|away from the station|behind the curtain|onto the roof
between the trees|out of the garage|down the road|near the harbour
beside the lake|against the wall|in front of the school""")
SOUNDS = phrases("""a bell rings|a dog barks|somebody laughs|music plays softly|a door slams
rain begins to fall|a phone rings|the crowd applauds|an engine starts
a voice counts to ten|a whistle blows|glass breaks|thunder rumbles|birds sing
water splashes|a baby cries|footsteps approach|a kettle whistles
a drum beats slowly|a train passes|the wind howls|a cat meows|keys jingle
a siren fades away""")
VERBS = """holds carries paints repairs opens closes pushes pulls drops catches throws watches
 photographs cleans lifts touches finds hides sells buys describes draws""".split()
WHEN = phrases("""in the morning|at noon|in the evening|at night|after a few seconds
at the same time|a little later|at the beginning|at the end of the clip
during the break|before sunrise|on Monday|on Saturday afternoon|in January
last summer|every day""")
NUMBERS = "two three four five six seven eight nine ten eleven twelve twenty thirty hundred".split()


class Choice:
    """A linear congruential generator: no library version changes what it draws."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (self.state >> 8) % n

    def of(self, words):
        return words[self.below(len(words))]


def article(phrase):
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def plural(noun):
    return noun + ("es" if noun[-1] in "sx" else "s")


def thing(c):
    return article("%s %s" % (c.of(COLOURS + ADJECTIVES), c.of(THINGS)))


def being(c):
    return article("%s %s" % (c.of(ADJECTIVES), c.of(BEINGS)))


def time(c):
    return "%d:%02d" % (c.below(24), c.below(60))


def sentence(c):
    return c.of([
        lambda: "%s %s %s." % (thing(c), c.of(MOVES), c.of(WAYS)),
        lambda: "%s, %s %s %s." % (c.of(WHEN), being(c), c.of(MOVES), c.of(WAYS)),
        lambda: "%s %s %s, and %s." % (being(c), c.of(VERBS), thing(c), c.of(SOUNDS)),
        lambda: "the %s %s the %s %s." % (c.of(BEINGS), c.of(VERBS), c.of(THINGS), c.of(WHEN)),
        lambda: "%s the clock shows %s, and %s." % (c.of(WHEN), time(c), c.of(SOUNDS)),
        lambda: "what does the %s do while %s?" % (c.of(BEINGS), c.of(SOUNDS)),
        lambda: "is the %s %s or %s?" % (c.of(THINGS), c.of(COLOURS), c.of(COLOURS)),
        lambda: "I see %s and %s." % (thing(c), being(c)),
        lambda: "I hear that %s %s." % (c.of(SOUNDS), c.of(WHEN)),
        lambda: "there are %s %s %s." % (c.of(NUMBERS), plural(c.of(THINGS)), c.of(WAYS)),
        lambda: "frame %d at %02d:%02d shows %s." % (
            c.below(500), c.below(60), c.below(60), thing(c)),
    ])()


def main():
    choice = Choice(4)
    for _ in range(N_SENTENCES):
        words = sentence(choice)
        print(words[0].upper() + words[1:])


main()
