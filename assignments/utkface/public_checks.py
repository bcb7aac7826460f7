"""Public checks of "Age and gender from faces".

Keep this file beside the notebook, which calls `public_checks.check("<exercise>", globals())`.
It needs pytest and NumPy, and is generated: changes are lost with the next release.
"""

# ruff: noqa
from __future__ import annotations

import contextlib
import copy
import io
import os
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


def assert_shape(value: Any, shape: tuple[int, ...], name: str, symbols: str = "") -> None:
    """`value` is an array of this shape; `symbols` spells it for the student, as in "(n_h, n_x)".

    Raises:
        AssertionError: it is not an array or number, or its shape is another.
    """
    wanted = f" {symbols}" if symbols else ""
    try:
        found = np.asarray(value).shape
    except ValueError:  # a ragged list
        raise AssertionError(f"{name} should be an array of shape{wanted}, and is a ragged list") from None
    if found != tuple(shape):
        error = AssertionError(f"{name} does not have the right shape{wanted}")
        error.add_note(f"got {found}, expected {tuple(shape)}")
        raise error


class LocalNamespace:
    """A notebook's variables. Nothing here is a boundary: it is for feedback, not for scores."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._variables:
            raise AssertionError(f"{name} is not defined yet: run the cell that defines it")
        return self._variables[name]

    def has(self, name: str) -> bool:
        """Whether the notebook defines `name`."""
        return name in self._variables

    def probe(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call an instructor's function where student objects live."""
        return function(*args)

    def hold(self, value: Any) -> Any:
        """A copy of `value` that lives where student code does, for checks of what is changed in place."""
        return copy.deepcopy(value)

    def value(self, held: Any) -> Any:
        """The present value of something held."""
        return copy.deepcopy(held)

    def file(self, name: str) -> bytes:
        """The bytes of a file that the notebook left in its working folder."""
        path = Path(name)
        assert path.is_file(), f"the notebook leaves no file {name}"
        return path.read_bytes()


TIME = "20170116174525125"


def jpeg(pixels):
    """An array (h, w, 3) or (h, w) of 0 to 255 as the bytes of a JPEG file."""
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(stream, "JPEG", quality=95, subsampling=0)
    return stream.getvalue()


def plain(colour, height=24, width=24):
    """A JPEG of one colour."""
    return jpeg(np.full((height, width, 3), colour))


def load_files(load, files, options):
    """Load a folder that holds these files, and nothing else. Runs beside student code."""
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        return load(folder, **options)


def loaded(student, files, **options):
    """What load_utkface makes of some files: images, ages, genders, equally many of each."""
    answer = student.probe(load_files, student.load_utkface, files, options)
    assert isinstance(answer, (tuple, list)) and len(answer) == 3, "load_utkface should return images, ages, genders"
    images, ages, genders = (np.asarray(part) for part in answer)
    assert len(images) == len(ages) == len(genders), "load_utkface should return as many ages and genders as images"
    return images, ages, genders


def parts(answer, count, name):
    """The arrays that a function returned, as many as it should."""
    assert isinstance(answer, (tuple, list)) and len(answer) == count, f"{name} should return {count} values"
    return [np.asarray(part) for part in answer]


def numbered(count, height=2, width=3):
    """Images that show their own number: float32 (count, height, width, 3), image i filled with i / 1024."""
    return np.full((count, height, width, 3), np.arange(count).reshape(-1, 1, 1, 1) / 1024, dtype=np.float32)


def outputs_of(model, images):
    """A model's outputs. Runs beside student code."""
    return model(images).numpy()


@pytest.mark.exercise("parse_filename")
@pytest.mark.points(1)
@pytest.mark.hint("split the name at its underscores, and make ints of the first three parts")
@pytest.mark.public
@pytest.mark.parametrize(
    ("name", "labels"),
    [(f"26_1_2_{TIME}.jpg", (26, 1, 2)), ("8_0_4_20170109204859999.jpg", (8, 0, 4))],
    ids=["adult", "child"],
)
def test_labels_are_read_from_the_name(student, name, labels):
    """The name of a file gives age, gender and race, as whole numbers."""
    answer = student.parse_filename(name)
    assert isinstance(answer, (tuple, list)) and len(answer) == 3, "parse_filename should return (age, gender, race)"
    assert [np.asarray(part).dtype.kind for part in answer] == ["i"] * 3, "age, gender and race should be ints"
    assert [int(part) for part in answer] == list(labels), f"the labels of {name} are {labels}"


@pytest.mark.exercise("load_utkface")
@pytest.mark.points(1)
@pytest.mark.hint("collect images and labels in lists, in one loop, and make arrays of them at the end")
@pytest.mark.public
def test_images_have_their_shape(student):
    """Two files become images of 50 × 50 × 3, float32, with their ages and genders."""
    files = {f"30_0_1_{TIME}.jpg": plain((200, 100, 50)), f"4_1_0_{TIME}.jpg": plain((20, 40, 220), 60, 80)}
    images, ages, genders = loaded(student, files)
    assert_shape(images, (2, 50, 50, 3), "images", "(n, h, w, 3)")
    assert images.dtype == np.float32, f"images should be float32, and are {images.dtype}"
    assert sorted(zip(ages.tolist(), genders.tolist(), strict=True)) == [(4, 1), (30, 0)], "ages or genders are wrong"


@pytest.mark.exercise("split")
@pytest.mark.points(1)
@pytest.mark.hint("hold round(test_fraction * n) examples out, and return the training part first")
@pytest.mark.public
def test_parts_have_their_sizes(student):
    """A quarter of forty examples is ten: thirty to train on come first, then ten to test."""
    images, labels = numbered(40), np.arange(40)
    answer = parts(student.split(images.copy(), labels.copy(), 0.25, 3), 4, "split")
    names = ("train_images", "train_labels", "test_images", "test_labels")
    for value, shape, name in zip(answer, ((30, 2, 3, 3), (30,), (10, 2, 3, 3), (10,)), names, strict=True):
        assert_shape(value, shape, name)


@pytest.mark.exercise("balance")
@pytest.mark.points(1)
@pytest.mark.hint("the smaller class lacks as many images as the larger one has more")
@pytest.mark.public
def test_classes_become_equal(student):
    """Four images of one class and seven of the other become seven and seven."""
    images = np.linspace(0, 1, 11 * 20 * 20 * 3, dtype=np.float32).reshape(11, 20, 20, 3)
    labels = np.array([0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0])
    more, more_labels = parts(student.balance_classes(images, labels, 3), 2, "balance_classes")
    assert_shape(more, (14, 20, 20, 3), "images", "(n + k, h, w, 3)")
    assert_shape(more_labels, (14,), "labels", "(n + k,)")
    assert sorted(more_labels.tolist()) == [0] * 7 + [1] * 7, "both classes should have seven labels"


@pytest.mark.exercise("gender_model")
@pytest.mark.points(0.5)
@pytest.mark.hint("end with layers.Dense(1, activation='sigmoid'): one probability for each image")
@pytest.mark.public
def test_one_probability_for_each_image(student):
    """Four images give four different numbers between 0 and 1."""
    images = np.linspace(0, 1, 4 * 40 * 36 * 3, dtype=np.float32).reshape(4, 40, 36, 3) ** 2
    value = student.probe(outputs_of, student.build_gender_model((40, 36, 3)), images)
    assert_shape(value, (4, 1), "the output", "(n, 1)")
    assert ((value > 0) & (value < 1)).all(), "probabilities should lie between 0 and 1"
    assert len(np.unique(value)) > 1, "the network gives one and the same answer to different images"


_MARKERS = (
    "exercise(id): the exercise that the check belongs to",
    "points(n): what the check is worth",
    "hint(text): shown when it fails",
    "timeout(seconds): the time that it may take when it is graded",
    "public: students have it too",
)
_OPTIONS = ["-q", "--noconftest", "--capture=sys", "--import-mode=importlib", "-c", os.devnull]
_PLUGINS_OFF = ("cacheprovider", "faulthandler", "unraisableexception", "threadexception", "logging", "doctest")


def check(exercise: str | None = None, variables: dict[str, Any] | None = None) -> None:
    """Run the public checks of one exercise, or of all, and print a line for each.

    Args:
        exercise: its id, as in the notebook; None for all exercises.
        variables: where your functions are: pass `globals()`. None means the notebook's own.

    Raises:
        AssertionError: a check failed.
        ValueError: there are no public checks for that exercise.
    """
    __tracebackhide__ = True
    run = _Run(exercise, vars(sys.modules["__main__"]) if variables is None else variables)
    log = io.StringIO()
    with _as_it_was(), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        folder = os.path.dirname(os.path.abspath(__file__))
        off = [word for name in _PLUGINS_OFF for word in ("-p", f"no:{name}")]
        status = pytest.main([*_OPTIONS, *off, f"--rootdir={folder}", os.path.abspath(__file__)], plugins=[run])
    if run.exercises and not run.checks and status == 5:
        raise ValueError(f"no public checks for {exercise!r}: there are some for {', '.join(run.exercises)}")
    if status not in (0, 1, 5):
        raise AssertionError(f"the public checks could not be run:\n{log.getvalue()}")
    run.show()


@dataclass
class _Check:
    """One check, over all its cases."""

    title: str
    hint: str
    cases: int = 0
    passed: int = 0
    failures: list[str] = field(default_factory=list)


class _Run:
    """The pytest plugin of one run: the fixtures, and what became of each check."""

    def __init__(self, exercise: str | None, variables: dict[str, Any]) -> None:
        self._exercise, self._variables = exercise, variables
        self.exercises: list[str] = []
        self.checks: dict[str, _Check] = {}

    @pytest.fixture
    def student(self) -> LocalNamespace:
        """The notebook's variables."""
        return LocalNamespace(self._variables)

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """The same numbers on every run of one check."""
        return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the markers known, so that pytest does not warn of them."""
        for marker in _MARKERS:
            config.addinivalue_line("markers", marker)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks of the wanted exercise."""
        names = [_mark(item, "exercise") for item in items]
        self.exercises = list(dict.fromkeys(names))
        items[:] = [i for i, name in zip(items, names, strict=True) if self._exercise in (None, name)]
        for item in items:
            title = (getattr(getattr(item, "function", None), "__doc__", None) or _name(item)).strip().splitlines()[0]
            self.checks.setdefault(_name(item), _Check(title, _mark(item, "hint"))).cases += 1

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        """Note what a case came to; only a call that passed is a pass."""
        outcome: Any = yield
        entry = self.checks[_name(item)]
        if outcome.get_result().passed:
            entry.passed += call.when == "call"
        else:
            entry.failures.append(_explain(call.excinfo.value if call.excinfo else None, self._variables))

    def show(self) -> None:
        """Print the checks; raise when one failed."""
        __tracebackhide__ = True
        for entry in self.checks.values():
            if entry.passed < entry.cases and not entry.failures:  # student code ended the run
                entry.failures.append(_explain(None, self._variables))
            print(_lines(entry))
        failed = sum(bool(entry.failures) for entry in self.checks.values())
        print(f"{len(self.checks) - failed} of {len(self.checks)} public checks pass")
        if failed:
            raise AssertionError(f"{failed} of {len(self.checks)} public checks failed: see above")


def _name(item: pytest.Item) -> str:
    return str(getattr(item, "originalname", None) or item.name)


def _mark(item: pytest.Item, name: str) -> str:
    marker = item.get_closest_marker(name)
    return str(marker.args[0]) if marker and marker.args else ""


def _lines(entry: _Check) -> str:
    if not entry.failures:
        return f"✓ {entry.title}"
    count = f" ({len(entry.failures)} of {entry.cases} cases)" if entry.cases > 1 else ""
    message = "\n    ".join([line for line in entry.failures[0].splitlines() if line.strip()][:12])
    hint = f"\n    hint: {entry.hint}" if entry.hint else ""
    return f"✗ {entry.title}{count}\n    {message}{hint}"


def _explain(error: BaseException | None, variables: dict[str, Any]) -> str:
    """What a student can use: the message, and the line of their own code where it happened."""
    if error is None:
        return "it did not run to its end"
    if isinstance(error, NotImplementedError):
        return "not solved yet: your code raises NotImplementedError"
    try:
        text = "\n".join([str(error), *getattr(error, "__notes__", ())])[:2000]
    except Exception:  # a student's own exception class
        text = "its message cannot be shown"
    if isinstance(error, AssertionError) and text:
        return text
    return f"{type(error).__name__}: {text}{_where(error, variables)}"


def _where(error: BaseException, variables: dict[str, Any]) -> str:
    steps = [step for step in traceback.walk_tb(error.__traceback__) if step[0].f_globals is variables]
    if not steps:
        return ""
    frame, number = steps[-1]
    lines = traceback.StackSummary.extract(iter([(frame, number)]))
    return f"\nline {number} of its cell, in {frame.f_code.co_name}: {lines[0].line or ''}"


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """pytest imports this file afresh, to explain its asserts; nothing of that remains, on disk or here."""
    this, written = __name__, sys.dont_write_bytecode
    module, path, environment = sys.modules.pop(this, None), list(sys.path), dict(os.environ)
    sys.dont_write_bytecode = True
    for variable in [variable for variable in os.environ if variable.startswith("PYTEST_")]:
        del os.environ[variable]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        sys.dont_write_bytecode, sys.path[:] = written, path
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
        os.environ.update({name: value for name, value in environment.items() if name.startswith("PYTEST_")})
        sys.modules.pop(this, None)
        if module is not None:
            sys.modules[this] = module
