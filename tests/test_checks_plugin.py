"""What authors write and what students read: markers, shares, titles, misuse, and messages that give nothing away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from courses import HEAD, Course, check, course, outcomes, write_course

from autograder.assignment import load
from autograder.checks import CheckRunner
from autograder.errors import AssignmentError
from autograder.records import Record

SECRET = 874210953
WORD = "zanzibar"

CHECKS = f'''
import pytest as _pytest
SECRET, WORD = {SECRET}, {WORD!r}
other = pytest.mark.exercise("other")

@pytest.mark.points(6)
@pytest.mark.parametrize("case", ["a", "b", "c"])
def test_cases(student, case):
    """Three cases share six points."""
    assert student.cases()[case] == case

@pytest.mark.points(4)
def test_parts(student, subtests):
    """Four subtests share four points."""
    for number in range(4):
        with subtests.test(number=number):
            assert student.parts()[number] == number

@pytest.mark.hint("mind the minus")
def test_hinted(student):
    """A hint is shown on failure.

    This line is no title.
    """
    assert student.hinted() == -1

@pytest.mark.public
def test_public(student):
    """Public, though it stands behind hidden ones."""
    assert student.order() == 1

@other
def test_hidden_order(student):
    """Comes after the public ones."""
    assert student.order() > 1

def test_hold(student):
    """A held value is changed in place over there, ours is not."""
    x = np.arange(3.0)
    held = student.hold(x)
    student.zero(held)
    assert_close(student.value(held), np.zeros(3), "the array")
    assert x.tolist() == [0.0, 1.0, 2.0]

def test_file(student):
    """A file that the notebook left."""
    assert student.file("left.bin") == b"abc"

def test_no_file(student):
    """No such file."""
    student.file("missing.bin")

def test_has(student):
    """Which names there are."""
    assert student.has("cases") is True
    assert student.has("no_such_name") is False

def test_probe(student):
    """Instructor's code runs over there."""
    def warned(function):
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return function()
    assert student.probe(warned, student.order) >= 1

def test_attributes(student):
    """Attributes, items, calls with keywords."""
    thing = student.Thing(2, scale=3)
    assert thing.value == 6
    thing.value = np.array([1.5])
    assert_close(thing.double(), [3.0], "double")
    assert student.TABLE["row"][1] == 5
    assert thing["item"] == "item"

def test_error(student):
    """What a student's exception is to a check."""
    with pytest.raises(StudentError) as caught:
        student.boom("x")
    error = caught.value
    assert (error.type_name, error.message) == ("ValueError", "boom x")
    (frame,) = error.frames
    assert (frame.cell, frame.line, frame.text, frame.function) == (1, 2, 'raise ValueError("boom " + x)', "boom")

def test_handle_is_no_value(student):
    """An object where a number is expected."""
    thing = student.Thing(1, scale=1)
    operators = (lambda t: t == 1, lambda t: 1 + t, lambda t: 1 in t)
    for use in (bool, len, float, int, abs, list, hash, np.asarray, *operators):
        with pytest.raises(NotAValue):
            use(thing)

def test_not_a_value_text(student):
    """Says what stands where a value should."""
    assert_close(student.Thing(1, scale=1), 1.0, "thing")

def test_leak(student, rng):
    """The student is given secrets."""
    x = np.array([float(SECRET), 1.0])
    assert_close(student.leak(x, WORD), 2 * x, "leak")

@pytest.mark.public
def test_leak_public(student):
    """A public one, before any secret."""
    assert_close(student.leak(np.array([1.0]), "open"), [2.0], "leak")

@pytest.mark.timeout(0.4)
def test_timeout(student):
    """Its own limit."""
    assert student.slow() == 1
'''

HONEST = '''def boom(x):
    raise ValueError("boom " + x)
import time
calls = []
def cases(): return {"a": "a", "b": "b", "c": "c"}
def parts(): return [0, 1, 2, 3]
def hinted(): return -1
def order():
    calls.append(1)
    return len(calls)
def zero(x): x[...] = 0
open("left.bin", "wb").write(b"abc")
class Thing:
    def __init__(self, n, scale): self.value = n * scale
    def double(self): return 2 * self.value
    def __getitem__(self, key): return key
TABLE = {"row": [4, 5]}
def leak(x, word): return 2 * x
def slow(): return 1
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """One check for each thing that authors can do."""
    with course(tmp_path_factory.mktemp("plugin"), CHECKS, toml='other = "Other"\n') as found:
        yield found


@pytest.fixture(scope="module")
def honest(plugin: Course) -> Record:
    """The record of the honest notebook."""
    return plugin.grade(HONEST)


@pytest.mark.parametrize(
    "name",
    ["test_cases[a]", "test_parts", "test_hinted", "test_public", "test_hidden_order", "test_hold", "test_file",
     "test_has", "test_probe", "test_attributes", "test_error", "test_handle_is_no_value", "test_leak",
     "test_leak_public", "test_timeout"],
)  # fmt: skip
def test_what_authors_can_do_works(honest: Record, name: str) -> None:
    """Each fixture, marker and method, on an honest notebook."""
    entry = check(honest, name)
    assert entry.outcome == "passed", entry.detail
    assert entry.score == entry.points
    assert entry.hint == ""


def test_cases_share_the_points(plugin: Course) -> None:
    """Two of three cases give two thirds of the points."""
    record = plugin.grade(HONEST, 'def cases(): return {"a": "a", "b": "x", "c": "c"}')
    shares = [entry for entry in record.checks if entry.id.startswith("test_cases")]
    assert [(entry.points, entry.score) for entry in shares] == [(2.0, 2.0), (2.0, 0.0), (2.0, 2.0)]


def test_subtests_share_the_points(plugin: Course) -> None:
    """Three of four subtests give three quarters; an exception outside a subtest gives nothing."""
    entry = check(plugin.grade(HONEST, "def parts(): return [0, 1, 9, 3]"), "test_parts")
    assert (entry.points, entry.score, entry.outcome) == (4.0, 3.0, "failed")
    entry = check(plugin.grade(HONEST, "def parts(): 1 / 0"), "test_parts")
    assert (entry.score, entry.outcome) == (0.0, "error")


def test_thirds_add_up(tmp_path: Path) -> None:
    """Points are fractions until they leave: three thirds are one."""
    checks = '@pytest.mark.parametrize("n", [0, 1, 2])\ndef test_n(student, n):\n    "N."\n    assert student.n == 5\n'
    with course(tmp_path, checks) as found:
        record = found.grade("n = 5")
    assert (record.score, record.max_score) == (1.0, 1.0)


def test_hint_and_title_are_shown(plugin: Course) -> None:
    """The title is the docstring's first line; the hint comes on failure."""
    entry = check(plugin.grade(HONEST, "def hinted(): return 1"), "test_hinted")
    assert (entry.title, entry.hint) == ("A hint is shown on failure.", "mind the minus")
    assert entry.outcome == "failed"


def test_public_checks_run_first_but_are_listed_in_place(honest: Record) -> None:
    """The session has seen nothing hidden when they run."""
    ids = [entry.id for entry in honest.checks]
    assert ids.index("test_hinted") < ids.index("test_public") < ids.index("test_hidden_order")
    assert {entry.id for entry in honest.checks if entry.visibility == "public"} == {"test_public", "test_leak_public"}


def test_missing_things_are_said_in_words(plugin: Course, honest: Record) -> None:
    """A file, a name."""
    assert check(honest, "test_no_file").outcome == "failed"
    record = plugin.grade("x = 1")
    entry = check(record, "test_hinted")
    assert (entry.outcome, entry.message) == ("error", "hinted is not defined in the notebook")


def test_an_object_for_a_number_is_said_in_words(honest: Record) -> None:
    """By the name that the check used."""
    entry = check(honest, "test_not_a_value_text")
    assert entry.outcome == "failed"
    assert entry.message.startswith("Thing(…) is an object, where a number")


def test_a_timeout_marker_limits_its_check_only(plugin: Course) -> None:
    """The others are graded."""
    record = plugin.grade(HONEST, "def slow():\n    time.sleep(600)")
    assert outcomes(record)["test_timeout"] == "timeout"
    assert check(record, "test_hinted").outcome == "passed"


# what students read

LEAKS = {
    "message": "def leak(x, word): raise ValueError(repr(x.tolist()) + word)",
    "formatted": "def leak(x, word): raise ValueError('%d %s' % (x[0], word))",
    "class name": "def leak(x, word): raise type(word + str(int(x[0])), (Exception,), {})('x')",
    "key error": "def leak(x, word): return {}[(word, int(x[0]))]",
    "plain key error": "def leak(x, word): return {}[word]",
    "forged attribute": "def leak(x, word): return getattr(object(), word)",
    "forged attribute of a class": "def leak(x, word): return type(word, (), {})().missing",
    "forged name": "def leak(x, word): raise NameError(f\"name '{word}' is not defined\")",
    "evaluated name": "def leak(x, word): return eval(word)",
    "forged call": "def leak(x, word): raise TypeError(f\"{word}() missing 1 required positional argument: '{x[0]}'\")",
    "forged operands": """
def leak(x, word): raise TypeError(f"unsupported operand type(s) for +: '{word}' and '{word}'")
""",
    "forged function": "def leak(x, word):\n    exec(f'def {word}(a): pass\\n{word}()')",
    "shapes": "import numpy as np\ndef leak(x, word): raise ValueError(f'could not broadcast {x[0]} {word}')",
    "syntax error": "def leak(x, word): exec(f'{word} {int(x[0])} !')",
    "forged source": "def leak(x, word): exec(compile(f'raise ValueError # {word} {x[0]}', '<cell 1>', 'exec'))",
    "forged frame": "def leak(x, word): exec(compile(f'def {word}(): 1/0\\n{word}()', '<cell 9999>', 'exec'))",
    "printed": """
import sys, os
def leak(x, word):
    print(x, word); sys.stderr.write(word); os.write(1, word.encode())
    return x
""",
    "displayed": "def leak(x, word):\n    get_ipython().run_cell(f'1/0 # {word} {x[0]}'); return x",
    "figure": """
import matplotlib.pyplot as plt
def leak(x, word):
    plt.title(word); plt.plot(x); plt.show()
    return x
""",
    "returned": "def leak(x, word): return word",
    "returned list": "def leak(x, word): return [word, x.tolist()]",
    "returned dictionary": "def leak(x, word): return {word: x}",
    "returned text array": "import numpy as np\ndef leak(x, word): return np.array([word, word])",
    "returned object": "def leak(x, word): return type(word + str(int(x[0])), (), {})()",
    "wrong number": "def leak(x, word): return 3 * x",
    "wrong shape": "def leak(x, word): return x[:1]",
    "warning": "import warnings\ndef leak(x, word):\n    warnings.simplefilter('error'); warnings.warn(word); return x",
    "assertion": "def leak(x, word): assert False, word",
    "not implemented": "def leak(x, word): raise NotImplementedError(word)",
    "exit": "import sys\ndef leak(x, word): sys.exit(word + str(x[0]))",
    "group": "def leak(x, word): raise ExceptionGroup(word, [ValueError(word)])",
    "chained": """
def leak(x, word):
    try: raise ValueError(word)
    except ValueError as error: raise KeyError(word) from error
""",
    "notes": "def leak(x, word):\n    e = ValueError(); e.add_note(word); raise e",
    "crash": "import os\ndef leak(x, word): open(word, 'w').write(word); os._exit(int(x[0]) % 256)",
    "left in a file": """
def leak(x, word):
    with open("left.bin", "w") as file: file.write(word)
    raise RuntimeError(open("left.bin").read())
""",
    "kept for a later check": "KEPT = []\ndef leak(x, word): KEPT.append(word)\ndef slow(): raise ValueError(KEPT)",
    "kept for the next run": """
import glob, os
def leak(x, word):
    os.environ["W"] = word
    for place in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
        try: open(place + "/kept-" + word, "w").close()
        except OSError: pass
    os._exit(1)
found = [name for place in (".", "/tmp", "/dev/shm", "/var/tmp") for name in glob.glob(place + "/kept-*")]
if "W" in os.environ or found: raise ValueError(os.environ.get("W"), found)
""",
}  # fmt: skip


def told(record: Record) -> str:
    """All of a record that a student may read: everything but the details."""
    body = json.loads(record.to_json())
    for entry in body["checks"]:
        del entry["detail"]
    return json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize("name", LEAKS)
def test_students_are_not_told_hidden_inputs(plugin: Course, name: str) -> None:
    """Whatever student code does with them; the instructor's detail may hold them."""
    record = plugin.grade(HONEST, LEAKS[name])
    assert check(record, "test_leak").score == 0.0
    text = told(record)
    assert WORD not in text
    assert str(SECRET) not in text
    assert str(2 * SECRET) not in text
    assert f"{SECRET:e}"[:6] not in text


def test_instructors_are_told(plugin: Course) -> None:
    """The twin: the detail has the message, the place and the numbers."""
    entry = check(plugin.grade(HONEST, LEAKS["message"]), "test_leak")
    assert WORD in entry.detail
    assert str(SECRET) in entry.detail
    entry = check(plugin.grade(HONEST, "def leak(x, word): return 3 * x"), "test_leak")
    assert entry.message == "leak has the right shape, but not the right values"
    assert f"{2 * SECRET:.6e}" in entry.detail


def test_a_public_check_tells_all_before_anything_hidden(plugin: Course) -> None:
    """Its inputs are the student's own to see."""
    record = plugin.grade(HONEST, "def leak(x, word): raise ValueError(f'I was given {word}')")
    assert "I was given open" in check(record, "test_leak_public").message
    assert check(record, "test_leak").message.startswith("ValueError (cell 2, line 1: def leak(x, word):")


REASONS = {
    "def leak(x, word): return undefined_thing": "NameError: the name undefined_thing is not defined",
    "class Net: pass\ndef leak(x, word): return Net().weights": "AttributeError: Net has no attribute weights",
    "import numpy as np\ndef leak(x, word): return np.eye(2) @ np.eye(3)": "array shapes do not fit together",
    "def leak(x, word): return 1 / 0": "ZeroDivisionError: division by zero",
    "def leak(x): return x": "TypeError: leak is called with other arguments than it takes",
    "def leak(x, word): raise NotImplementedError": "not implemented yet",
    "def leak(x, word): return [1][5]": "IndexError: an index is out of range",
    "def leak(x, word): return 1 + 'a'": "TypeError: int and str do not combine",
}


@pytest.mark.parametrize("source", REASONS)
def test_typical_errors_are_explained_without_their_data(plugin: Course, source: str) -> None:
    """The kind, names from the student's own source, and the place."""
    entry = check(plugin.grade(HONEST, source), "test_leak")
    assert entry.outcome == "error"
    assert REASONS[source] in entry.message


# misuse

MISUSE = {
    "no points": ('@pytest.mark.exercise("work")\ndef test_it(student):\n    "It."\n', "points"),
    "zero points": (HEAD + '@pytest.mark.points(0)\ndef test_it(student):\n    "It."\n', "points 0"),
    "negative points": (HEAD + '@pytest.mark.points(-1)\ndef test_it(student):\n    "It."\n', "points -1"),
    "points in words": (HEAD + '@pytest.mark.points("two")\ndef test_it(student):\n    "It."\n', "points 'two'"),
    "no number": (HEAD + '@pytest.mark.points(float("nan"))\ndef test_it(student):\n    "It."\n', "points nan"),
    "no exercise": ('@pytest.mark.points(1)\ndef test_it(student):\n    "It."\n', "exercise None"),
    "unknown exercise": (HEAD + '@pytest.mark.exercise("wrok")\ndef test_it(student):\n    "It."\n', "'wrok'"),
    "no docstring": (HEAD + "def test_it(student):\n    pass\n", "docstring"),
    "empty docstring": (HEAD + 'def test_it(student):\n    "  "\n', "docstring"),
    "no checks": (HEAD + "def helper(student):\n    pass\n", "no checks"),
    "syntax error": (HEAD + "def test_it(student:\n", "collected"),
    "import error": (HEAD + "import no_such_module_anywhere\n", "no_such_module_anywhere"),
    "unknown marker": (HEAD + '@pytest.mark.pionts(1)\ndef test_it(student):\n    "It."\n', "pionts"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_is_the_authors_to_mend(tmp_path: Path, name: str) -> None:
    """One AssignmentError that names the assignment and the trouble, before any submission is graded."""
    text, words = MISUSE[name]
    head = "import pytest\n" if not text.startswith("import") else ""
    slug = write_course(tmp_path, "", text, head=head)
    with pytest.raises(AssignmentError, match=words) as problem, CheckRunner(load(tmp_path, slug)):
        pass
    assert problem.value.message.startswith(f"{slug}: ")


def test_sound_checks_are_collected(tmp_path: Path) -> None:
    """The twin: ids, titles, exercises and points, as the author wrote them."""
    slug = write_course(tmp_path, "", 'def test_it(student):\n    """It works."""\n')
    with CheckRunner(load(tmp_path, slug)) as runner:
        (spec,) = runner.specs
    assert (spec.id, spec.title, spec.exercise, spec.points) == ("test_it", "It works.", "work", 1)
