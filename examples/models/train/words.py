# SPDX-License-Identifier: Apache-2.0
"""Names, places, things and numbers to fill templates with, in two halves that share nothing.

    Words(seed=1, held_out=False).name()    # "Korvin", which no held-out instance contains

A value belongs to the held-out half if its checksum says so. Most words are made up of syllables,
so that a model can only copy them; the rest are ordinary, for text as people write it.
"""

import random
import re
import zlib

NAMES = """
Ada Adam Agnes Alan Alba Alice Amir Ana Andre Anna Anton Aria Arno Astrid Ben Berta Boris Bruno
Carla Carlos Cem Chen Clara Dana Daniel David Diego Dora Edgar Elena Elias Ella Emil Emma Enzo
Eric Erika Eva Farah Felix Fiona Franz Frida Gina Greta Hana Hans Hugo Ida Igor Ines Ingrid Iris
Ivan Jan Jana Jonas Jose Julia Kai Karl Kira Klaus Lara Laura Lena Leo Liam Lina Lisa Luca Lucy
Luis Maja Marco Maria Marta Mateo Max Maya Mia Milan Mina Nadia Nico Nina Noah Nora Olga Oscar
Otto Pablo Paul Petra Pia Rafael Rita Rosa Ruth Sam Sara Simon Sofia Sven Tara Theo Tim Tina Tom
Uma Vera Viktor Yara Yusuf Zoe
""".split()
PLACES = """
Accra Amman Ankara Athens Austin Bari Basel Beirut Bergen Berlin Bern Bogota Bonn Boston Bremen
Bristol Brno Cairo Calgary Cardiff Chicago Cologne Cork Cusco Dakar Dallas Delhi Denver Dublin
Durban Florence Geneva Genoa Ghent Graz Hamburg Hanoi Havana Helsinki Houston Jakarta Kiel
Krakow Kyoto Lagos Leeds Leipzig Lima Linz Lisbon London Lund Lyon Madrid Malmo Manila Miami
Milan Minsk Munich Nairobi Nantes Naples Nice Odense Osaka Padua Paris Perth Pisa Porto Prague
Quito Riga Rome Rostock Seattle Seoul Seville Sofia Sydney Tallinn Tampa Tokyo Toronto Trier
Tunis Turin Utrecht Venice Vienna Vilnius Warsaw York Zagreb Zurich
""".split()
THINGS = """
apple arrow bag ball balloon basket bear bell bench bird boat book boot bottle box bread bridge
broom brush bucket button cake camera candle car carpet cat chair cheese clock cloud coat coin
cow crown cup curtain desk dog door drum duck engine fan feather fence fish flag flower flute
forest fork fox frog garden gate ghost glass goat guitar hammer hat hen hill horse house jacket
key kite knife ladder lake lamp leaf lemon letter lion lock map mill mirror moon mouse needle
nest oven owl paint pencil phone piano picture pillow pipe plate pond pot pump queen rabbit
radio river road robot rocket rope rose sail scarf shell ship shoe sock sofa spoon star stone
stove table tent ticket tower train tree trumpet umbrella valley vase violin wagon wall watch
wheel whistle window wolf
""".split()
JOBS = """
actor baker barber builder butcher carpenter chemist clerk cook dancer dentist doctor driver
farmer fisher gardener guard hunter judge lawyer miner nurse painter pilot plumber poet porter
printer sailor singer smith soldier tailor teacher waiter weaver writer
""".split()

ONSETS = (
    "b bl br c ch d dr f fl g gl gr h j k kl kr l m n p pl pr r s sh sl st t th tr v w y z".split()
)
VOWELS = "a a e e i i o o u u ai ea ee ia io oo ou y".split()
CODAS = ["", "", "", *"b ck d g k l ll m n nd ng nt p r rk rn s sk st t x z".split()]


def is_held_out(value):
    return zlib.crc32(str(value).lower().encode()) % 6 == 0


def with_articles(text):
    """Text in which "a" has become "an" before a vowel."""
    return re.sub(r"\ba (?=[aeiou])", "an ", text)


class Words:
    """A source of chance and of values from one half."""

    def __init__(self, seed, held_out=False):
        self.random = random.Random(seed)
        self.held_out = held_out

    def belongs(self, value):
        return is_held_out(value) == self.held_out

    def draw(self, make):
        """The first value of make() that belongs to this half."""
        while not self.belongs(value := make()):
            pass
        return value

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, options):
        return self.random.choice(options)

    def made_up(self):
        if self.chance(0.15):  # letters without any sense, so that every pair of them occurs
            return "".join(
                self.random.choices("abcdefghijklmnopqrstuvwxyz", k=self.random.randint(3, 7))
            )
        syllables = self.random.choice((1, 2, 2, 2, 3))
        parts = [self.pick(ONSETS) + self.pick(VOWELS) + self.pick(CODAS) for _ in range(syllables)]
        return "".join(parts)[:10]

    def word(self, ordinary, capital, made_up=0.85):
        def make():
            word = self.made_up() if self.chance(made_up) else self.pick(ordinary)
            return word.capitalize() if capital else word

        return self.draw(make)

    def name(self):
        return self.word(NAMES, capital=True)

    def place(self):
        return self.word(PLACES, capital=True)

    def thing(self, made_up=0.85):
        return self.word(THINGS, capital=False, made_up=made_up)

    def job(self):
        return self.word(JOBS, capital=False)

    def number(self, least, most):
        return self.draw(lambda: self.random.randint(least, most))

    def distinct(self, count, make):
        values = []
        while len(values) < count:
            if (value := make()) not in values:
                values.append(value)
        return values
