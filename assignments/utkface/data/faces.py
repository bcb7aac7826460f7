"""Drawn faces, named as UTKFace names its photographs: a data set for who has no other.

A drawing shows its labels, and nothing else in it depends on them:

- gender: 0 wears round glasses, 1 square ones;
- age: the head grows, the hair turns grey, lines come to the forehead;
- race: the hue of the backdrop.

Skin, hair, mouth, the colour of the frames and the place of the head are drawn by lot. Each face has a random
generator of its own, so face i of a seed is the same whatever is drawn before it.
"""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

WOMEN = 0.35  # share of gender 1: the set is there to be balanced
RACES = (0.42, 0.19, 0.15, 0.17, 0.07)  # shares of UTKFace's races 0 to 4
HUES = (0.58, 0.33, 0.0, 0.78, 0.15)  # blue, green, red, violet, yellow
OLDEST = 116
# Names of this kind stand in the real set. Each lacks something, and is not to be read.
MALFORMED = (
    "61_1_20170109142408075.jpg",
    "39_1_20170116174525125.jpg",
    "24_0_1_20170116220224657 .jpg",
    "55_0_0_20170116232725357jpg.jpg",
    "53__0_20170116184028385.jpg",
)


class Face(NamedTuple):
    """One drawn face, its labels and its file's name."""

    name: str
    age: int
    gender: int
    race: int
    picture: Image.Image


def draw_face(seed: int, index: int, size: int = 48) -> Face:
    """Face number `index` of a seed, an RGB picture of size × size pixels."""
    rng = np.random.default_rng([seed, index])
    age = 1 + int((OLDEST - 1) * rng.beta(1.8, 4.0))
    gender = int(rng.random() < WOMEN)
    race = int(rng.choice(len(RACES), p=RACES))
    drawn = np.asarray(_picture(age, gender, race, rng).resize((size, size), Image.Resampling.BOX), dtype=np.int16)
    noisy = np.clip(drawn + rng.integers(-6, 7, size=drawn.shape, dtype=np.int16), 0, 255).astype(np.uint8)
    return Face(f"{age}_{gender}_{race}_20170101{index:09d}.jpg", age, gender, race, Image.fromarray(noisy))


def write_faces(folder: str | Path, count: int = 600, seed: int = 0, size: int = 48) -> None:
    """Write `count` JPEG files of size × size pixels, and five more whose names are malformed.

    The folder is made when it is missing. 600 faces of 48 × 48 pixels are 0.9 MB.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        face = draw_face(seed, index, size)
        face.picture.save(folder / face.name, "JPEG", quality=90)
    for number, name in enumerate(MALFORMED):
        draw_face(seed, count + number, size).picture.save(folder / name, "JPEG", quality=90)


def face_arrays(count: int, seed: int = 0, size: int = 48) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first `count` faces of a seed without files in between.

    Returns:
        images, float32 (count, size, size, 3), RGB in [0, 1]; ages, int64 (count,); genders, int64 (count,).
    """
    faces = [draw_face(seed, index, size) for index in range(count)]
    images = np.stack([np.asarray(face.picture) for face in faces]).astype(np.float32) / 255
    return images, np.array([face.age for face in faces]), np.array([face.gender for face in faces])


_CANVAS = 96  # drawn twice as large, so that the edges are smooth


def _picture(age: int, gender: int, race: int, rng: np.random.Generator) -> Image.Image:
    picture = Image.new("RGB", (_CANVAS, _CANVAS), _colour(HUES[race], rng.uniform(0.45, 0.75), rng.uniform(0.6, 0.9)))
    pen = ImageDraw.Draw(picture)
    x, y = _CANVAS / 2 + rng.uniform(-5, 5), _CANVAS / 2 + 4 + rng.uniform(-4, 4)
    height = 24 + 18 * min(age / 80, 1)  # half of the head's
    width = 0.8 * height
    _oval(pen, x, y - 4, width + 3, height + 3, _hair(age, rng))
    _oval(pen, x, y + 3, width, height - 3, _skin(rng))
    _lines(pen, x, y, width, height, age)
    _mouth(pen, x, y + 0.55 * height, 0.4 * width, rng)
    _glasses(pen, x, y, width, gender, rng)
    return picture


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def _mix(first: tuple[int, ...], second: tuple[int, ...], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _hair(age: int, rng: np.random.Generator) -> tuple[int, int, int]:
    young = _mix((25, 18, 15), (190, 140, 70), rng.random())
    return _mix(young, (215, 215, 220), min(max((age - 30) / 45, 0), 1))


def _skin(rng: np.random.Generator) -> tuple[int, int, int]:
    return _mix((250, 220, 195), (120, 75, 50), rng.random())


def _oval(
    pen: ImageDraw.ImageDraw, x: float, y: float, width: float, height: float, colour: tuple[int, int, int]
) -> None:
    pen.ellipse((x - width, y - height, x + width, y + height), fill=colour)


def _lines(pen: ImageDraw.ImageDraw, x: float, y: float, width: float, height: float, age: int) -> None:
    """One line on the forehead for every twenty years."""
    for number in range(age // 20):
        level = y - 0.4 * height - 6 * number
        half = (0.55 - 0.08 * number) * width
        pen.line((x - half, level, x + half, level), fill=(90, 60, 45), width=2)


def _mouth(pen: ImageDraw.ImageDraw, x: float, y: float, half: float, rng: np.random.Generator) -> None:
    smile = rng.uniform(1, 6)
    pen.arc((x - half, y - smile, x + half, y + smile), 10, 170, fill=(150, 40, 50), width=3)


def _glasses(
    pen: ImageDraw.ImageDraw, x: float, y: float, width: float, gender: int, rng: np.random.Generator
) -> None:
    colour = _colour(rng.random(), rng.uniform(0, 0.8), rng.uniform(0.0, 0.35))
    radius, apart = 7 + 0.12 * width, 0.47 * width + 2
    for centre in (x - apart, x + apart):
        box = (centre - radius, y - radius, centre + radius, y + radius)
        if gender:
            pen.rectangle(box, fill=(235, 240, 245), outline=colour, width=4)
        else:
            pen.ellipse(box, fill=(235, 240, 245), outline=colour, width=4)
        _oval(pen, centre, y, 2.5, 2.5, (20, 20, 20))
    pen.line((x - apart + radius, y, x + apart - radius, y), fill=colour, width=3)
