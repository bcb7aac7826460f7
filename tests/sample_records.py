"""Records for tests of what is made from records: a realistic class, hostile ones, and a Hypothesis strategy."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import random
import zlib
from fractions import Fraction
from typing import get_args

from hypothesis import strategies as st

from autograder import records
from autograder.records import (
    CellResult,
    CheckResult,
    Death,
    Execution,
    ExerciseScore,
    GraderInfo,
    Outcome,
    Record,
    SandboxInfo,
    SubmissionInfo,
)

CANARY = "CANARY-expected-0.7310585786"
LAYERS = ("user namespace", "pid namespace", "network namespace", "landlock", "seccomp", "rlimits")
GRADER = GraderInfo("0.1.0", hashlib.sha256(b"assignment").hexdigest())

EXERCISES = {
    "activations": "Activation functions",
    "parameters": "Initial parameters",
    "forward": "Forward propagation",
    "cost": "Cross-entropy cost",
    "backward": "Back-propagation",
    "training": "Training and prediction",
}

# exercise, points, share of a class that passes, visibility, title, message when it fails, hint
CHECKS = (
    (
        "activations", 1, 0.97, "public",
        "sigmoid(0) is one half and sigmoid keeps the shape of z.",
        "sigmoid does not have the right shape",
        "apply the formula to the whole array at once",
    ),
    (
        "activations", 1, 0.74, "hidden",
        "sigmoid is right for z of a thousand and of minus a thousand, without a warning.",
        "sigmoid(z) warns: overflow encountered in exp",
        "exp(1000) overflows: for negative z use exp(z) / (1 + exp(z))",
    ),
    (
        "activations", 1, 0.83, "hidden",
        "tanh_dev takes the activation a, not z.",
        "tanh_dev has the right shape, but not the right values",
        "with a = tanh(z), the derivative is 1 - a²",
    ),
    (
        "activations", 1, 0.93, "public",
        "relu_dev is 0 for negative z and 1 for positive z.",
        "relu_dev has the right shape, but not the right values",
        "",
    ),
    (
        "parameters", 1, 0.95, "public",
        "W1 is (n_h, n_x) and W2 is (n_y, n_h).",
        "W1 does not have the right shape (n_h, n_x)",
        "rows are units of this layer, columns are its inputs",
    ),
    (
        "parameters", 1, 0.80, "public",
        "Biases are columns of zeros.",
        "b1 does not have the right shape (n_h, 1)",
        "np.zeros((n_h, 1)), not np.zeros(n_h)",
    ),
    (
        "parameters", 1, 0.66, "hidden",
        "Weights have the variance of Glorot's rule.",
        "the variance of W1 is not the one of Glorot's rule",
        "variance 2 / (fan_in + fan_out): take its square root for the scale",
    ),
    (
        "forward", 1, 0.92, "public",
        "Z1, A1, Z2 and A2 have a column for each example.",
        "A1 does not have the right shape (n_h, m)",
        "add the bias after the product: broadcasting repeats it over the columns",
    ),
    (
        "forward", 2, 0.85, "hidden",
        "A2 is the network's output for given parameters.",
        "A2 has the right shape, but not the right values",
        "tanh in the hidden layer, sigmoid at the output",
    ),
    (
        "forward", 1, 0.90, "hidden",
        "One example alone gives the same column as in a batch.",
        "A2 has the right shape, but not the right values",
        "",
    ),
    (
        "cost", 1, 0.90, "public",
        "The cost is ln 2 where every output is one half.",
        "the cost has the right shape, but not the right values",
        "average over the m examples",
    ),
    (
        "cost", 1, 0.60, "hidden",
        "The cost stays finite for outputs of exactly 0 and 1.",
        "the cost holds NaN or infinity",
        "clip A2 to [ε, 1 - ε] before the logarithm",
    ),
    (
        "cost", 1, 0.78, "hidden",
        "Repeating the batch does not change the cost.",
        "the cost changed when the batch was repeated",
        "divide by m",
    ),
    (
        "backward", 2, 0.62, "hidden",
        "The gradient of W1 agrees with central differences.",
        "W1 moved by something else than its gradient",
        "compute dZ1 with the old W2, before W2 is updated",
    ),
    (
        "backward", 2, 0.70, "hidden",
        "The gradient of W2 agrees with central differences.",
        "W2 moved by something else than its gradient",
        "dW2 = dZ2 A1ᵀ / m",
    ),
    (
        "backward", 1, 0.64, "hidden",
        "The gradients of b1 and b2 agree with central differences.",
        "b1 does not have the right shape (n_h, 1)",
        "sum over the examples with keepdims=True",
    ),
    (
        "backward", 2, 0.55, "hidden",
        "One step at learning rate 1 moves all four parameters to the right place.",
        "W1 has the right shape, but not the right values",
        "average the gradients over the m examples",
    ),
    (
        "backward", 1, 0.88, "hidden",
        "X and Y are left as they were.",
        "X was changed in place",
        "work on copies: x -= … changes the caller's array",
    ),
    (
        "training", 1, 0.76, "hidden",
        "The cost falls over fifty steps as it should.",
        "the costs have the right shape, but not the right values",
        "",
    ),
    (
        "training", 1, 0.81, "public",
        "predict returns booleans, one for each example.",
        "predict should hold booleans",
        "compare: A2 > 0.5",
    ),
    (
        "training", 2, 0.58, "hidden",
        "The network learns XOR with eight hidden units.",
        "the network is right on 3 of the 4 points of XOR",
        "",
    ),
)  # fmt: skip

NAMES = (
    "Giulia Rossi", "Marco Bianchi", "Sofia Romano", "Luca Ferrari", "Chiara Esposito", "Matteo Ricci",
    "Aurora Marino", "Alessandro Greco", "Beatrice Conti", "Davide Gallo", "Elena Costa", "Federico Fontana",
    "Giorgia Caruso", "Lorenzo Mancini", "Martina Rizzo", "Nicolò Lombardi", "Alice Moretti", "Pietro Barbieri",
    "Camilla Fabbri", "Riccardo Villa", "Sara Serra", "Tommaso Conte", "Valentina Ferri", "Edoardo Bianco",
    "Francesca Marchetti", "Gabriele Sanna", "Ilaria Farina", "Jacopo Leone", "Laura Longo", "Michele Martini",
    "Noemi Vitale", "Omar Haddad", "Paola Gentile", "Rebecca Neri", "Samuele Pellegrini", "Teresa Sala",
    "Ursula Weiss", "Vittoria Grassi", "Yuki Tanaka", "Zoë Lefèvre",
)  # fmt: skip


def sample_record(student: str = "Giulia Rossi", ability: float = 0.0) -> Record:
    """A graded submission. Higher `ability` passes more checks; the same arguments give the same record."""
    chance = random.Random(zlib.crc32(_bytes(student)))
    checks = tuple(_check(number, entry, ability, chance) for number, entry in enumerate(CHECKS))
    return Record(
        assignment="ann",
        student=student,
        submission=SubmissionInfo("ann.ipynb", hashlib.sha256(_bytes(student)).hexdigest(), "2026-11-20T22:47:31Z"),
        status="graded",
        score=sum(check.score for check in checks),
        max_score=float(sum(check.points for check in checks)),
        grader=GRADER,
        exercises=tuple(_exercise(name, checks) for name in EXERCISES),
        checks=checks,
        execution=Execution(
            tuple(CellResult(index, "ok") for index in range(1, 19)), round(chance.uniform(1.2, 4), 3), 96 * 2**20
        ),
        sandbox=SandboxInfo(LAYERS),
    )


def _bytes(student: str) -> bytes:
    return student.encode("utf-8", "surrogatepass")


def _check(
    place: int, entry: tuple[str, int, float, str, str, str, str], ability: float, chance: random.Random
) -> CheckResult:
    exercise, points, share, visibility, title, message, hint = entry
    odds = math.log(share / (1 - share)) + ability
    passed = chance.random() < 1 / (1 + math.exp(-odds))
    outcome: Outcome = "passed" if passed else chance.choice(("failed", "failed", "failed", "error"))
    if outcome == "error":
        message = "ValueError: operands could not be broadcast together (line 12 of code cell 7)"
    return CheckResult(
        id=f"test_ann.py::test_{exercise}_{place}",
        title=title,
        exercise=exercise,
        points=float(points),
        score=float(points) if passed else 0.0,
        outcome=outcome,
        visibility=visibility,  # type: ignore[arg-type]  # one of the two words, in a table of plain strings
        message="" if passed else message,
        hint="" if passed else hint,
        detail="" if passed else "got 0.5, expected 0.7310585786",
        seconds=round(chance.uniform(0.001, 0.05), 4),
    )


def _exercise(name: str, checks: tuple[CheckResult, ...]) -> ExerciseScore:
    own = [check for check in checks if check.exercise == name]
    return ExerciseScore(name, EXERCISES[name], sum(c.score for c in own), float(sum(c.points for c in own)))


def full_record(student: str = "Zoë Lefèvre") -> Record:
    """Every check passes."""
    return sample_record(student, ability=50.0)


def unreadable_record(student: str = "Jacopo Leone") -> Record:
    """A file that is no notebook."""
    blank = _blank(student)
    return dataclasses.replace(blank, status="unreadable", message="ann.ipynb is not JSON: it begins with %PDF-1.7")


def failed_record(student: str = "Paola Gentile") -> Record:
    """A fault of the grader."""
    return dataclasses.replace(
        _blank(student), status="internal-error", message="the reference solution gave no answer within 60 s"
    )


def _blank(student: str) -> Record:
    record = sample_record(student)
    exercises = tuple(dataclasses.replace(exercise, score=0.0) for exercise in record.exercises)
    return dataclasses.replace(record, score=0.0, exercises=exercises, checks=(), execution=Execution())


def died_record(student: str = "Omar Haddad") -> Record:
    """A broken cell, and sessions that died in a cell and in a check."""
    record = sample_record(student, ability=-0.4)
    cells = list(record.execution.cells)
    cells[6] = CellResult(7, "error", "NameError: name 'A3' is not defined (line 4: `cost = compute_cost(Y, A3)`)")
    cells[16] = CellResult(17, "timeout", "stopped after 120 s (line 2: `while not converged:`)")
    last = record.checks[-1]
    stuck = dataclasses.replace(last, outcome="timeout", score=0.0, message="", hint="", detail="60 s")
    checks = (*record.checks[:-1], stuck)
    deaths = (Death("cell 17", "timeout"), Death(last.id, "timeout"))
    execution = Execution(tuple(cells), 134.2, 480 * 2**20, deaths)
    return _scored(dataclasses.replace(record, checks=checks, execution=execution))


def with_canaries(record: Record) -> Record:
    """The canary wherever only an instructor may look: details, the parameters in ids, the grader's own fault."""
    checks = tuple(
        dataclasses.replace(check, id=f"{check.id}[{CANARY}]", detail=f"expected {CANARY}") for check in record.checks
    )
    names = {old.id: new.id for old, new in zip(record.checks, checks, strict=True)}
    deaths = tuple(Death(names.get(death.when, death.when), death.cause) for death in record.execution.deaths)
    message = f"{record.message}: {CANARY}" if record.status == "internal-error" else record.message
    execution = dataclasses.replace(record.execution, deaths=deaths)
    return dataclasses.replace(record, checks=checks, execution=execution, message=message)


def _scored(record: Record) -> Record:
    exercises = tuple(_exercise(name, record.checks) for name in EXERCISES)
    return dataclasses.replace(record, exercises=exercises, score=sum(entry.score for entry in exercises))


def sample_class() -> list[Record]:
    """Forty students: one file that cannot be read, one fault of the grader, one that died, one of full marks."""
    chance = random.Random(2026)
    special = {entry.student: entry for entry in (unreadable_record(), failed_record(), died_record(), full_record())}
    graded = {name: sample_record(name, ability=chance.gauss(0.3, 1.4)) for name in sorted(NAMES)}
    return list((graded | special).values())


HOSTILE_TEXTS = {
    "script": "<script>document.title='pwned'</script>",
    "attribute": "\"'><img src=x onerror=\"document.title='pwned'\">",
    "svg": "</title></style></script><svg onload=\"document.title='pwned'\">",
    "iframe": "<iframe srcdoc=\"<script>parent.document.title='pwned'</script>\"></iframe>",
    "template": "{{ 7 * 7 }}{% for x in y %}${7*7}#{7*7}",
    "markdown": "|a|b|\n# h\n[x](javascript:alert(1)) ![i](http://evil.test/b.png) @admin #1 `c` **b** <b>h</b> https://evil.test",
    "backticks": "`` ` ``` ``x` <u>",
    "commands": "::set-output name=x::y\r::add-mask::z\n  ::stop-commands::t\x85::error::x\n##[error]y",
    "formula": '=HYPERLINK("http://evil.test";"click")',
    "plus": "+1+cmd|' /C calc'!A0",
    "tab": "\t=1+1",
    "cr": "\r=1+1",
    "wide": "＝1+1",
    "bidi": "\u202egnp.exe\u2066x\u2069",
    "zero width": "ad\u200bmin\u200d\ufeff",
    "controls": "\x00\x07\x1b[31mred\x1b[0m\x7f\x9b",
    "surrogate": "\ud800 \udfff",
    "noncharacter": "\ufffe\uffff\U0010ffff",
    "zalgo": "e" + "\u0301" * 500,
    "tags": "\U000e0041\U000e0042",
    "cdata": "]]><!-- --> &lt; &#x0; &xxe;",
    "path": "../../etc/passwd",
    "windows": "C:\\con",
    "percent": "%2e%2e%2f",
    "dots": "..",
    "empty": "",
    "newlines": "a\n\n\n- b\r\nc\u2028d",
    "megabyte": "A" * 1_000_000,
    "long name": "é" * 400,
}


def hostile_record(text: str) -> Record:
    """Every string that anyone could choose is `text`; identities of exercises and checks stay apart."""
    check = CheckResult(
        f"{text}::test", text, "exercise", 2.0, 0.5, "failed", "hidden", text, text, f"{CANARY}{text}", 0.123
    )
    public = dataclasses.replace(check, id=f"{text}::public", visibility="public", outcome="error")
    return Record(
        assignment=text,
        student=text,
        submission=SubmissionInfo(text, hashlib.sha256(b"").hexdigest(), text),
        status="graded",
        score=1.0,
        max_score=4.0,
        grader=GraderInfo(text, text),
        message=text,
        exercises=(ExerciseScore("exercise", text, 1.0, 4.0),),
        checks=(check, public),
        execution=Execution((CellResult(1, "error", text),), 1.5, 2**25, (Death(text, "exit"),)),
        sandbox=SandboxInfo((text,)),
    )


def record_strategy() -> st.SearchStrategy[Record]:
    """Any record that keeps to the published schema."""
    amount = st.floats(0, 1e9, allow_nan=False)
    digest = st.binary(max_size=8).map(lambda data: hashlib.sha256(data).hexdigest())
    check = st.builds(
        CheckResult, points=amount, score=amount, seconds=amount, outcome=st.sampled_from(records.OUTCOMES)
    )
    cell = st.builds(CellResult, index=st.integers(1, 10**6))
    execution = st.builds(
        Execution,
        cells=st.lists(cell, max_size=3).map(tuple),
        seconds=amount,
        peak_memory=st.integers(0, 2**45),
        deaths=st.lists(st.builds(Death), max_size=2).map(tuple),
    )
    return st.builds(
        Record,
        submission=st.builds(SubmissionInfo, sha256=digest),
        status=st.sampled_from(get_args(records.Status)),
        score=amount,
        max_score=amount,
        exercises=st.lists(st.builds(ExerciseScore, score=amount, max_score=amount), max_size=3).map(tuple),
        checks=st.lists(check, max_size=3).map(tuple),
        execution=execution,
        schema=st.just(records.SCHEMA_VERSION),
    )


def partial_record(student: str = "Elena Costa") -> Record:
    """A third of a check's points, as parametrised cases give."""
    record = full_record(student)
    third = float(round(Fraction(2, 3), 6))
    shared = dataclasses.replace(record.checks[8], outcome="failed", score=third, message="2 of 3 cases are wrong")
    return _scored(dataclasses.replace(record, checks=(*record.checks[:8], shared, *record.checks[9:])))
