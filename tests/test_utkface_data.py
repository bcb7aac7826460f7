"""The drawn faces of `utkface`: their names, their statistics, and that a drawing shows its labels and nothing else.

The numbers are those of seed 0. The generator promises them: notebooks of different students show the same faces.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

COURSE = Path(__file__).resolve().parents[1]
COUNT = 600
NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_\d{17}\.jpg")


@cache
def generator() -> ModuleType:
    """The module that ships with the assignment; it is no package, and is found by its path."""
    path = COURSE / "assignments" / "utkface" / "data" / "faces.py"
    spec = importlib.util.spec_from_file_location("utkface_faces", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def labels() -> np.ndarray:
    """Age, gender and race of the faces of seed 0: int (600, 3)."""
    faces = [generator().draw_face(0, index, 8) for index in range(COUNT)]
    return np.array([(face.age, face.gender, face.race) for face in faces])


def pixels(index: int, seed: int = 0, size: int = 48) -> np.ndarray:
    """One drawn face as an int array (size, size, 3)."""
    return np.asarray(generator().draw_face(seed, index, size).picture).astype(int)


def test_names_have_the_form_of_utkface() -> None:
    """Each name is [age]_[gender]_[race]_[17 digits].jpg, says the face's labels, and is there once."""
    faces = [generator().draw_face(0, index, 8) for index in range(50)]
    for face in faces:
        found = NAME.fullmatch(face.name)
        assert found is not None, face.name
        assert tuple(map(int, found.groups())) == (face.age, face.gender, face.race)
    assert len({face.name for face in faces}) == 50


def test_a_folder_holds_the_faces_and_five_malformed_names(tmp_path: Path) -> None:
    """write_faces(folder, 20) leaves 25 JPEG files of 48 × 48 pixels, five of them misnamed."""
    generator().write_faces(tmp_path / "faces", 20)
    names = sorted(path.name for path in (tmp_path / "faces").iterdir())
    assert len(names) == 25
    assert sorted(name for name in names if not NAME.fullmatch(name)) == sorted(generator().MALFORMED)
    for name in names:
        with Image.open(tmp_path / "faces" / name) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (48, 48))


def test_six_hundred_faces_are_a_megabyte(tmp_path: Path) -> None:
    """A face takes 1.4 to 1.8 kB as a JPEG."""
    generator().write_faces(tmp_path, 25)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert 1400 < np.mean(sizes) < 1800


def test_ages_are_spread_as_in_the_real_set() -> None:
    """Ages run from babies to the very old, with a mean near 37 and a standard deviation near 20."""
    ages = labels()[:, 0]
    assert (ages.min(), ages.max()) == (2, 99)
    assert ages.mean() == pytest.approx(36.66, abs=0.01)
    assert ages.std() == pytest.approx(20.51, abs=0.01)


def test_genders_are_unbalanced() -> None:
    """About 35 in 100 faces have gender 1, so that there is something to balance."""
    assert labels()[:, 1].sum() == 206


def test_races_have_the_shares_of_the_real_set() -> None:
    """All five races are there, race 0 most often and race 4 most rarely."""
    assert np.bincount(labels()[:, 2]).tolist() == [265, 116, 86, 89, 44]


def test_labels_are_independent() -> None:
    """Age, gender and race do not predict one another: correlations below 5.33 / √600, p = 1e-7 each."""
    correlations = np.corrcoef(labels().T)
    assert np.abs(correlations[np.triu_indices(3, 1)]).max() < 5.33 / np.sqrt(COUNT)


def test_a_face_depends_on_its_seed_and_number_only() -> None:
    """The same seed and number draw the same pixels, whatever is drawn before; another seed draws others."""
    first = pixels(7)
    pixels(3)
    assert (pixels(7) == first).all()
    assert (pixels(7, seed=1) != first).any()


def test_arrays_are_the_drawn_faces() -> None:
    """face_arrays gives float32 images in [0, 1], and the labels of the same faces."""
    images, ages, genders = generator().face_arrays(4, seed=0, size=32)
    assert (images.shape, images.dtype) == ((4, 32, 32, 3), np.float32)
    assert (np.rint(images[2] * 255) == pixels(2, size=32)).all()
    assert ages.tolist() == labels()[:4, 0].tolist()
    assert genders.tolist() == labels()[:4, 1].tolist()


def test_the_backdrop_shows_the_race() -> None:
    """The hue of the corner pixels is that of the race for every one of 100 faces."""
    for index in range(100):
        corner = pixels(index)[:4, :4].mean(axis=(0, 1)).astype(np.uint8)
        hue = Image.fromarray(corner[None, None]).convert("HSV").getpixel((0, 0))[0] / 255
        distances = [min(abs(hue - wanted), 1 - abs(hue - wanted)) for wanted in generator().HUES]
        assert int(np.argmin(distances)) == labels()[index, 2]


def test_the_head_grows_with_age() -> None:
    """What is not backdrop covers more of the picture the older the face: rank correlation above 0.8."""
    share = []
    for index in range(100):
        picture = pixels(index)
        backdrop = picture[:4, :4].mean(axis=(0, 1))
        share.append((np.abs(picture - backdrop).max(axis=2) > 40).mean())
    ranks = np.argsort(np.argsort(share)), np.argsort(np.argsort(labels()[:100, 0]))
    assert np.corrcoef(*ranks)[0, 1] > 0.8


def test_gender_changes_the_glasses_and_nothing_else() -> None:
    """Drawn twice with the same lot, a man and a woman differ in the rows of the glasses only, and there they do."""
    man, woman = (
        np.asarray(generator()._picture(40, gender, 0, np.random.default_rng(5))).astype(int) for gender in (0, 1)
    )
    rows = np.flatnonzero((man != woman).any(axis=(1, 2)))
    assert len(rows) > 0
    assert rows.min() > 0.3 * len(man)
    assert rows.max() < 0.75 * len(man)
