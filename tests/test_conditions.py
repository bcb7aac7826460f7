"""Conditions C1, C2, C4 and C5 of the design, each by the effect that must not occur, and with an honest twin.

C3 (files, processes, network) has a file of its own: `test_sandbox.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from courses import Course, check, course, outcomes

from autograder.records import Record

CHECKS = '''
import math

tell = pytest.mark.exercise("tell")

@pytest.mark.public
def test_public(student):
    """A public example."""
    assert_close(student.double(np.array([1.0, 2.0, 3.0])), [2.0, 4.0, 6.0], "double")

def test_equal(student, rng):
    """Equal, by the operator."""
    x = float(rng.integers(2, 100))
    assert student.double(x) == 2 * x

def test_equal_to_student(student, rng):
    """Equal, the expected value first."""
    x = float(rng.integers(2, 100))
    assert 2 * x == student.double(x)

def test_near(student, rng):
    """Near, by hand."""
    x = float(rng.normal()) + 5
    assert abs(student.double(x) - 2 * x) < 1e-9

def test_near_by_math(student, rng):
    """Near, by the math module."""
    x = float(rng.normal()) + 5
    assert math.isclose(student.double(x), 2 * x)

def test_near_by_pytest(student, rng):
    """Near, by pytest."""
    x = float(rng.normal()) + 5
    assert student.double(x) == pytest.approx(2 * x)

def test_kind(student, rng):
    """A float, and the right one."""
    x = float(rng.integers(2, 100))
    y = student.double(x)
    assert isinstance(y, float)
    assert not y != 2 * x

def test_array_all(student, rng):
    """Equal everywhere."""
    x = rng.normal(size=(3, 4))
    assert (student.double(x) == 2 * x).all()

def test_array_equal(student, rng):
    """Equal, by NumPy."""
    x = rng.normal(size=(3, 4))
    assert np.array_equal(student.double(x), 2 * x)

def test_array_allclose(student, rng):
    """Near, by NumPy's testing module."""
    x = rng.normal(size=(3, 4))
    np.testing.assert_allclose(student.double(x), 2 * x)

def test_array_close(student, rng):
    """Near, by our own comparison."""
    x = rng.normal(size=(3, 4))
    assert_close(student.double(x), 2 * x, "double")

def test_in_a_list(student, rng):
    """Each item of a list."""
    x = [float(value) for value in rng.normal(size=12)]
    assert [student.double(value) for value in x] == [2 * value for value in x]

def test_probe(student, rng):
    """A list made beside student code."""
    def doubled(function, x):
        return [function(value) for value in x]
    x = [float(value) for value in rng.normal(size=12)]
    assert student.probe(doubled, student.double, x) == [2 * value for value in x]

def test_input_is_kept(student, rng):
    """What student code does to its input does not reach what we compare with."""
    x = rng.normal(size=5)
    y = student.double(x)
    assert_close(y, 2 * x, "double")
    assert np.abs(x).sum() > 0

@tell
def test_inputs(student, rng):
    """Fails on purpose, so that its detail tells the input."""
    raise AssertionError(f"INPUT {rng.normal(size=3).tolist()!r}")

@tell
def test_entropy(student, rng):
    """Tells whether the notebook saw this input before."""
    x = rng.normal(size=3).tolist()
    seen = student.SEEN if student.has("SEEN") else []
    if x in seen:
        raise AssertionError("FORETOLD")
'''
WORK = 14


@pytest.fixture(scope="module")
def doubles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """`double(x)` is to return 2 x, and is compared in every way that an author may think of."""
    root = tmp_path_factory.mktemp("doubles")
    with course(root, CHECKS, toml='tell = "Tell"\n[limits]\ncheck_seconds = 10\ncell_seconds = 10\n') as found:
        yield found


def earned(record: Record) -> float:
    """Points of the exercise that counts."""
    assert record.status == "graded", record.message
    return record.exercises[0].score


HONEST = [
    "def double(x): return 2 * x",
    "import numpy as np\ndouble = lambda x: x + x",
    "import numpy as np\nclass Doubler:\n    def __call__(self, x): return x * 2.0\ndouble = Doubler()",
    "import functools, operator\ndouble = functools.partial(operator.mul, 2.0)",
    "import numpy as np\nnp.random.seed(1)\nnoise = np.random.normal(size=3)\ndef double(x): return 2 * x",
]


@pytest.mark.parametrize("source", HONEST)
def test_honest_work_has_all_points(doubles: Course, source: str) -> None:
    """The twins of every forgery below."""
    record = doubles.grade(source)
    assert earned(record) == WORK, outcomes(record)


@pytest.mark.parametrize("source", HONEST)
@pytest.mark.parametrize("noise", ["print('2 passed, 0 failed')", "import pytest; assert pytest", "x = __builtins__"])
def test_harmless_neighbours_cost_nothing(doubles: Course, source: str, noise: str) -> None:
    """Words and imports that only look like an attack."""
    assert earned(doubles.grade(noise, source)) == WORK


OBJECTS = {
    "equal to all": "class Y:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False",
    "every operator": """
class Y:
    def true(self, *a, **k): return True
    def zero(self, *a, **k): return 0.0
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = true
    def __ne__(self, o): return False
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = __float__ = zero
    def __len__(self): return 1
    def __iter__(self): return iter([self])
    def all(self): return True
    def __array__(self, *a, **k): raise SystemExit
    def __hash__(self): return 0
""",
    "float subclass": """
class Y(float):
    def __sub__(self, o): return 0.0
    def __rsub__(self, o): return 0.0
    def __eq__(self, o): return True
    def __ne__(self, o): return False
    def __abs__(self): return 0.0
    def __lt__(self, o): return True
    def __float__(self): return 0.0
    __hash__ = float.__hash__
""",
    "int subclass": "class Y(int):\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False",
    "list subclass": "class Y(list):\n    def __eq__(self, o): return True\n    def all(self): return True",
    "forged array function": """
import numpy as np
class A(np.ndarray):
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.array(True)
    def __eq__(self, o): return np.array(True)
    def all(self, *a, **k): return True
Y = lambda: np.zeros((3, 4)).view(A)
""",
    "forged __array__": """
import numpy as np
class Y:
    __array_priority__ = 1e9
    __array_interface__ = {"shape": (), "typestr": "<f8", "version": 3, "data": b"x" * 8}
    def __array__(self, *a, **k): return np.zeros((3, 4))
    def __array_ufunc__(self, *a, **k): return np.array(True)
    def __eq__(self, o): return np.array(True)
""",
    "mock": "import unittest.mock\nY = lambda: unittest.mock.ANY",
    "magic mock": "import unittest.mock\nY = unittest.mock.MagicMock",
    "approx": "import pytest\nY = lambda: pytest.approx(0, abs=1e300)",
    "masked": "import numpy as np\nY = lambda: np.ma.masked_all((3, 4))",
    "nan": "Y = lambda: float('nan')",
    "nan array": "import numpy as np\nY = lambda: np.full((3, 4), np.nan)",
    "true": "Y = lambda: True",
    "none": "Y = lambda: None",
    "object array": """
import numpy as np
class E:
    def __eq__(self, o): return True
Y = lambda: np.array([[E()] * 4] * 3)
""",
    "class itself": """
class M(type):
    def __eq__(self, o): return True
    __hash__ = type.__hash__
class Z(metaclass=M): pass
Y = lambda: Z
""",
    "lying class": "class Y:\n    __class__ = float\n    def __eq__(self, o): return True",
    "generator": "def Y():\n    yield from iter(int, 1)",
    "exception object": "Y = lambda: AssertionError()",
}  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_that_claims_to_be_equal_earns_nothing(doubles: Course, name: str) -> None:
    """It arrives as a number for an object, and is none of the values that were asked for."""
    record = doubles.grade(OBJECTS[name], "def double(x): return Y()")
    assert earned(record) == 0.0, outcomes(record)
    assert set(outcomes(record).values()) <= {"failed", "error", "passed"}


INTERPRETER = {
    "numpy.testing": """
import numpy as np
for module in (np.testing, np):
    for name in dir(module):
        if name.startswith(("assert", "allclose", "isclose", "array_eq", "array_equal")):
            setattr(module, name, lambda *a, **k: True)
""",
    "builtins": """
import builtins
for name in ("abs", "all", "any", "isinstance", "issubclass", "len", "round", "sum", "max", "min", "hash"):
    setattr(builtins, name, lambda *a, **k: True)
""",
    "pytest reports": """
import _pytest.reports, _pytest.runner, _pytest.python, _pytest.assertion.rewrite, unittest
def forged(cls, item, call):
    return cls(item.nodeid, item.location, {}, "passed", None, "call")
_pytest.reports.TestReport.from_item_and_call = classmethod(forged)
_pytest.python.Function.runtest = lambda self: None
_pytest.runner.call_runtest_hook = lambda *a, **k: None
unittest.TestCase.run = lambda *a, **k: None
""",
    "our own modules": """
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("autograder"):
        for key, value in list(vars(module).items()):
            if callable(value) and key.startswith(("assert", "judge", "describe", "compare")):
                setattr(module, key, lambda *a, **k: True)
""",
    "codec": """
import sys
wire = sys.modules["autograder.sandbox.wire"]
true = wire.encode(True)
wire.encode = lambda *a, **k: true
""",
    "handles for values": """
import sys
wire = sys.modules["autograder.sandbox.wire"]
handle = wire.encode(wire.HandleRef(1))
wire.encode = lambda *a, **k: handle
""",
    "server": """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "_Server":
        for name in list(thing.operations):
            thing.operations[name] = lambda *a: True
""",
    "tracing": """
import sys, threading
def tracer(frame, event, argument):
    for name in ("x", "y", "expected", "value"):
        if name in frame.f_locals: frame.f_locals[name] = 0
    return tracer
sys.settrace(tracer); sys.setprofile(tracer); threading.settrace(tracer)
""",
    "frames": """
import sys, gc, types
frame = sys._getframe()
while frame:
    for name, value in list(frame.f_locals.items()):
        if isinstance(value, types.FunctionType) and name.startswith("test"):
            value.__code__ = (lambda *a, **k: None).__code__
    frame = frame.f_back
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__.startswith("test_"):
        thing.__code__ = (lambda *a, **k: None).__code__
""",
    "skip": "import pytest\ndef double(x): pytest.skip('later')",
    "xfail": "import pytest\ndef double(x): pytest.xfail('known')",
    "importorskip": "import pytest\ndef double(x): return pytest.importorskip('no_such_module')",
    "pytest exit": "import pytest\ndef double(x): pytest.exit('done', returncode=0)",
    "unittest skip": "import unittest\ndef double(x): raise unittest.SkipTest('later')",
    "system exit": "import sys\ndef double(x): sys.exit(0)",
    "system exit in a cell": "import sys\nsys.exit(0)",
    "keyboard interrupt": "def double(x): raise KeyboardInterrupt",
    "generator exit": "def double(x): raise GeneratorExit",
    "assertion": "def double(x): raise AssertionError('passed')",
    "exit while it runs": "import os\nos._exit(0)",
    "at exit": "import atexit, os\natexit.register(os._exit, 0)",
    "results": """
import json, os
for name in ("results.json", "results/results.json", "report.xml", "junit.xml", "score", "record.json"):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    open(name, "w").write(json.dumps({"score": 100, "tests": [{"score": 100, "max_score": 100}], "passed": 14}))
print("============ 14 passed in 0.01s ============"); print('{"score": 100}')
""",
    "configuration": """
for name, text in {
    "conftest.py": "import pytest\\n@pytest.hookimpl(hookwrapper=True)\\ndef pytest_runtest_makereport(item, call):\\n"
                   "    out = yield\\n    out.get_result().outcome = 'passed'\\n",
    "pytest.ini": "[pytest]\\naddopts = --collect-only\\n", "tox.ini": "[pytest]\\naddopts = --ignore=.\\n",
    "setup.cfg": "[tool:pytest]\\naddopts = --co\\n",
    "pyproject.toml": "[tool.pytest.ini_options]\\naddopts = '--co'\\n",
    "sitecustomize.py": "import os; os._exit(0)", "usercustomize.py": "import os; os._exit(0)",
    "numpy.py": "", "pytest.py": "", "random.py": "", "autograder.py": "", "x.pth": "import os; os._exit(0)",
}.items():
    open(name, "w").write(text)
""",
    "shell": """
shell = get_ipython()
shell.run_cell = lambda *a, **k: None
shell.showtraceback = lambda *a, **k: None
shell.ast_transformers.clear(); shell.input_transformers_cleanup.append(lambda lines: ["1"])
""",
    "loaders": """
import importlib, sys
sys.modules["numpy"] = sys.modules["autograder.sandbox.wire"]
sys.meta_path.clear(); sys.path_hooks.clear(); importlib.import_module = lambda *a: None
""",
    "time": "import time\ntime.time = time.perf_counter = time.monotonic = time.process_time = lambda: 0.0",
    "environment": "import os\nos.environ.clear(); os.environ.update(PYTEST_ADDOPTS='--co', PYTHONPATH='.')",
}  # fmt: skip


@pytest.mark.parametrize("name", INTERPRETER)
def test_a_patched_interpreter_earns_nothing(doubles: Course, name: str) -> None:
    """Checks and verdicts live elsewhere: what the session does to itself changes no wrong answer into a right one."""
    wrong = "" if "def double" in INTERPRETER[name] else "def double(x): return 3.25 + 0 * x"
    record = doubles.grade(wrong, INTERPRETER[name])
    assert earned(record) == 0.0, outcomes(record)


@pytest.mark.parametrize("name", ["numpy.testing", "pytest reports", "results", "configuration", "skip"])
def test_the_next_submission_is_graded_as_ever(doubles: Course, name: str) -> None:
    """Nothing of an attack stays in the warm process."""
    doubles.grade(INTERPRETER[name])
    assert earned(doubles.grade(HONEST[0])) == WORK
    assert earned(doubles.grade("def double(x): return 3 * x")) == 0.0


def test_input_zeroed_in_place_earns_nothing(doubles: Course) -> None:
    """`x *= 0` changes a copy: 2 x is still compared with the x that was sent."""
    record = doubles.grade("def double(x):\n    x *= 0\n    return x")
    assert check(record, "test_input_is_kept").outcome == "failed"
    assert check(record, "test_array_close").outcome == "failed"


# C4: inputs


def inputs(record: Record) -> str:
    """The hidden input that the failing check wrote into its detail."""
    found = re.search(r"INPUT (\[.*?\])", check(record, "test_inputs").detail)
    assert found, check(record, "test_inputs")
    return found.group(1)


def test_inputs_are_fresh_per_submission_and_the_same_on_a_regrade(doubles: Course) -> None:
    """The bytes of the submission decide, not its name; one more space is another submission."""
    first = doubles.grade(HONEST[0], name="ada.py")
    again = doubles.grade(HONEST[0], name="ada.py")
    same_bytes = doubles.grade(HONEST[0], name="bob.py")
    other = doubles.grade(HONEST[0] + " ", name="ada.py")
    assert inputs(first) == inputs(again) == inputs(same_bytes)
    assert inputs(other) != inputs(first)


def test_inputs_differ_between_checks(doubles: Course) -> None:
    """Knowing one check's input says nothing about another's."""
    record = doubles.grade(
        "SEEN = []\ndef double(x):\n    SEEN.append([float(v) for v in getattr(x, 'flat', [x])])\n    return 2 * x"
    )
    assert "FORETOLD" not in check(record, "test_entropy").detail


def test_inputs_change_with_the_solutions_folder(tmp_path: Path) -> None:
    """The seed is derived from what students do not have."""
    seen = []
    for name in ("one", "two"):
        with course(tmp_path / name, CHECKS, source=f"# {name}\n", toml='tell = "Tell"\n') as found:
            seen.append(inputs(found.grade(HONEST[0])))
    assert seen[0] != seen[1]


PATCHES = [
    "import numpy as np\nnp.random.default_rng = lambda *a: None\nnp.random.normal = np.random.seed = lambda *a: 0",
    "import random\nrandom.seed = random.random = random.getrandbits = lambda *a: 0",
    "import hashlib, os, secrets\nhashlib.sha256 = None\nos.urandom = secrets.token_bytes = lambda n: bytes(n)",
]


@pytest.mark.parametrize("patch", PATCHES)
def test_inputs_cannot_be_foretold_by_patching_generators(doubles: Course, patch: str) -> None:
    """They are drawn in the grader: patched or not, the same submission's inputs depend on its bytes only."""
    prophecy = """
        import numpy as np
        SEEN = []
        for seed in range(2000):
            SEEN.append(np.random.Generator(np.random.PCG64(seed)).normal(size=3).tolist())
    """
    record = doubles.grade(prophecy, patch, HONEST[0])
    assert earned(record) == WORK
    assert "FORETOLD" not in check(record, "test_entropy").detail
    assert len(set(inputs(record))) > 5


def test_hidden_inputs_arrive_after_the_notebook_has_run(tmp_path: Path) -> None:
    """Nothing of a check is in the session while cells run: the public ones are not there, either."""
    checks = '''
    def test_seen(student, rng):
        """What the cells could see."""
        student.take("arrived-with-the-check")
        assert student.BEFORE == []
        assert student.look() != []
    '''
    source = """
        import gc, sys
        RECEIVED = []
        def take(x): RECEIVED.append(x)
        WORD = "-".join(["arrived", "with", "the", "check"])
        def look():
            here = [thing for thing in gc.get_objects() if type(thing) in (list, tuple, dict)]
            flat = [item for box in here for item in (box.values() if type(box) is dict else box)]
            return [1 for item in flat if type(item) is str and item == WORD and item is not WORD]
        BEFORE = look()
    """
    with course(tmp_path, checks) as found:
        record = found.grade(source)
        assert record.score == 1.0, record.checks


# C5: only what was seen to pass


FAULTS = {
    "import error": 'def test_it(student):\n    "It."\n    import no_such_module_anywhere\n',
    "name error": 'def test_it(student):\n    "It."\n    assert student.double(1) == 2\n    typo\n',
    "missing fixture": 'def test_it(student, no_such_fixture):\n    "It."\n',
    "fixture error": '@pytest.fixture\ndef broken():\n    raise RuntimeError("broken")\n'
                     'def test_it(student, broken):\n    "It."\n',
    "teardown error": '@pytest.fixture\ndef broken():\n    yield 1\n    raise RuntimeError("broken")\n'
                      'def test_it(student, broken):\n    "It."\n    assert student.double(1) == 2\n',
    "assertion in a fixture": '@pytest.fixture\ndef broken():\n    assert False\n'
                              'def test_it(student, broken):\n    "It."\n',
    "skip": 'def test_it(student):\n    "It."\n    pytest.skip("not today")\n',
    "skip marker": '@pytest.mark.skip\ndef test_it(student):\n    "It."\n',
    "expected failure": 'def test_it(student):\n    "It."\n    pytest.xfail("known")\n',
    "unexpected pass": '@pytest.mark.xfail\ndef test_it(student):\n    "It."\n    assert student.double(1) == 2\n',
    "trouble before any answer": 'def test_it(student):\n    "It."\n    [][1]\n',
    "runtime error": 'def test_it(student):\n    "It."\n    student.double(1)\n    raise RuntimeError("broken")\n',
    "reference raises": 'def test_it(student, reference):\n    "It."\n    reference.raises()\n',
    "reference lacks a name": 'def test_it(student, reference):\n    "It."\n    reference.missing\n',
    "reference exits": 'def test_it(student, reference):\n    "It."\n    reference.exits()\n',
    "no value to send": 'def test_it(student):\n    "It."\n    student.double({1, 2})\n',
}  # fmt: skip


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """One check for each fault, and a sound one."""
    checks = 'def test_sound(student):\n    "Sound."\n    assert student.double(1) == 2\n\n'
    for number, text in enumerate(FAULTS.values()):
        checks += text.replace("test_it", f"test_{number}").replace("broken", f"broken{number}") + "\n"
    source = "import os\ndef raises(): 1 / 0\ndef exits(): os._exit(0)\n"
    with course(tmp_path_factory.mktemp("faulty"), checks, source) as found:
        yield found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_grader_is_no_zero(faulty: Course, name: str) -> None:
    """Not run, no points, status internal-error: never `graded` with a 0, also for the next submission."""
    for turn in range(2):
        record = faulty.grade("def double(x): return 2 * x", f"turn = {turn}")
        assert record.status == "internal-error"
        assert record.score == 0.0
        assert check(record, "test_sound").outcome == "passed"
        entry = check(record, f"test_{list(FAULTS).index(name)}")
        assert (entry.outcome, entry.score) == ("not-run", 0.0)


def test_the_record_names_the_faulty_check(tmp_path: Path) -> None:
    """And what went wrong in it, for the instructor."""
    with course(tmp_path, FAULTS["import error"]) as found:
        record = found.grade("def double(x): return 2 * x")
    assert record.status == "internal-error"
    assert "test_it" in record.message
    assert "no_such_module_anywhere" in record.message


def test_an_expected_failure_earns_nothing(tmp_path: Path) -> None:
    """pytest calls it neither passed nor failed; no check that failed has points."""
    checks = '@pytest.mark.xfail\ndef test_it(student):\n    "It."\n    assert False\n'
    with course(tmp_path, checks) as found:
        assert found.grade("x = 1").score == 0.0


def test_an_empty_array_is_not_equal_to_numbers(doubles: Course) -> None:
    """Vacuous truth earns nothing where shapes are compared. (`pytest.approx` of a number holds for an empty array:
    authors compare with `assert_close`.)"""
    record = doubles.grade("import numpy as np\ndef double(x): return np.zeros((0, 4))")
    for name in ("test_public", "test_array_all", "test_array_equal", "test_array_allclose", "test_array_close"):
        assert check(record, name).outcome == "failed"


def test_a_sound_check_beside_it_is_no_fault(tmp_path: Path) -> None:
    """The twin: a check of the same form that works."""
    checks = '''
    @pytest.fixture
    def two():
        yield 2

    def test_it(student, reference, two):
        """It."""
        assert student.double(1) == two == reference.double(1)
    '''
    with course(tmp_path, checks, "def double(x): return 2 * x\n") as found:
        assert found.grade("def double(x): return x + x").score == 1.0
        record = found.grade("def double(x): return x")
        assert (record.status, record.score) == ("graded", 0.0)
