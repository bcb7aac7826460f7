"""The published JSON Schema says exactly what `Record.to_json` writes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import sample_records
from hypothesis import HealthCheck, given, settings

import autograder
from autograder import records
from autograder.records import Record, from_json

SCHEMA = json.loads((Path(autograder.__file__).parent / "record.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EXAMPLES = {
    "graded": sample_records.sample_record(),
    "full marks": sample_records.full_record(),
    "partial": sample_records.partial_record(),
    "unreadable": sample_records.unreadable_record(),
    "internal error": sample_records.failed_record(),
    "died": sample_records.died_record(),
}
PARTS = {
    "submission": records.SubmissionInfo,
    "exercise": records.ExerciseScore,
    "check": records.CheckResult,
    "execution": records.Execution,
    "cell": records.CellResult,
    "death": records.Death,
    "sandbox": records.SandboxInfo,
    "grader": records.GraderInfo,
}


def test_schema_is_itself_valid() -> None:
    """The file is a schema of draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("record", EXAMPLES.values(), ids=EXAMPLES)
def test_record_validates_and_comes_back(record: Record) -> None:
    """What is written keeps to the schema, and reading gives an equal record."""
    text = record.to_json()
    VALIDATOR.validate(json.loads(text))
    assert from_json(text) == record


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(record=sample_records.record_strategy())
def test_any_record_validates_and_comes_back(record: Record) -> None:
    """The same for records with any text and any amounts."""
    text = record.to_json()
    VALIDATOR.validate(json.loads(text))
    assert from_json(text) == record


def test_lone_surrogates_come_back() -> None:
    """A name that is no Unicode text is kept as it is, in ASCII."""
    record = dataclasses.replace(EXAMPLES["graded"], student="a\ud800b")
    text = record.to_json()
    assert text.isascii()
    assert from_json(text) == record


@pytest.mark.parametrize(("name", "kind"), PARTS.items(), ids=PARTS)
def test_part_has_the_fields_of_its_class(name: str, kind: type) -> None:
    """Each part names every field, requires it, and allows no other."""
    part = SCHEMA["$defs"][name]
    fields = [entry.name for entry in dataclasses.fields(kind)]
    assert list(part["properties"]) == fields
    assert part["required"] == fields
    assert part["additionalProperties"] is False


def test_record_has_the_keys_in_the_order_of_the_file() -> None:
    """The schema lists the keys as they are written, and allows no other."""
    keys = list(json.loads(EXAMPLES["graded"].to_json()))
    assert list(SCHEMA["properties"]) == SCHEMA["required"] == keys
    assert SCHEMA["additionalProperties"] is False


def test_vocabularies_are_those_of_the_code() -> None:
    """Every closed vocabulary is the `Literal` in records.py."""
    parts = SCHEMA["$defs"]
    assert tuple(SCHEMA["properties"]["status"]["enum"]) == get_args(records.Status)
    assert tuple(parts["check"]["properties"]["outcome"]["enum"]) == records.OUTCOMES
    assert tuple(parts["check"]["properties"]["visibility"]["enum"]) == get_args(records.Visibility)
    assert tuple(parts["cell"]["properties"]["status"]["enum"]) == get_args(records.CellStatus)
    assert tuple(parts["death"]["properties"]["cause"]["enum"]) == records.DEATH_CAUSES
    assert SCHEMA["properties"]["schema"]["const"] == records.SCHEMA_VERSION


def _wrong(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(EXAMPLES["died"].to_json())
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return body


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("grade",), 1),
        (("checks", 0, "log"), ""),
        (("submission", "owner"), "x"),
        (("schema",), 2),
        (("status",), "ok"),
        (("score",), -1),
        (("score",), "18"),
        (("checks", 0, "outcome"), "skipped"),
        (("execution", "cells", 0, "index"), 0),
        (("execution", "deaths", 0, "cause"), "boredom"),
        (("submission", "sha256"), "abc"),
        (("sandbox", "layers"), "landlock"),
    ],
)
def test_what_no_record_holds_is_refused(path: tuple[Any, ...], value: Any) -> None:
    """Unknown keys, foreign words and impossible numbers do not validate."""
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(_wrong(path, value))
