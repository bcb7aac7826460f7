"""What a check holds of a submission: its names, opaque handles, and its exceptions as data."""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from autograder.errors import AssignmentError
from autograder.sandbox import wire

if TYPE_CHECKING:
    from autograder.student.cleanroom import CleanModel

Ask = Callable[[str, tuple[object, ...]], tuple[bool, Any]]


class NotAValue(AssertionError):
    """A check needed a number, array or text, and student code gave an object of some other kind."""


@dataclass(frozen=True)
class StudentFrame:
    """A line of student code on the way to an exception; `cell` counts code cells from 1."""

    cell: int
    line: int
    text: str
    function: str


class StudentError(Exception):
    """Student code raised. Everything in it was written by student code: it is shown with care or not at all."""

    def __init__(self, type_name: str, message: str, frames: tuple[StudentFrame, ...]) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.frames = frames
        self.known_cause = ""  # the grader's own words, where it knows what went wrong

    @classmethod
    def from_wire(cls, body: Any) -> StudentError:
        """Take the far side's description; parts that do not have its form are left out."""
        body = body if type(body) is dict else {}
        return cls(_text(body.get("type"), 100) or "Exception", _text(body.get("message"), 2000), _frames(body))


def _text(value: object, limit: int) -> str:
    return value[:limit] if type(value) is str else ""


def _frames(body: dict[Any, Any]) -> tuple[StudentFrame, ...]:
    listed = body.get("frames")
    found = []
    for entry in listed[:20] if type(listed) is list else ():
        if type(entry) is tuple and [type(part) for part in entry] == [int, int, str, str]:
            cell, line, text, function = entry
            found.append(StudentFrame(cell, line, text[:200], function[:100]))
    return tuple(found)


class Handle:
    """An object that stays in the session. Attributes, items and calls go there; nothing about it is believed here.

    It has no truth value, equality, length, order or iteration: a check that needs one of these needs a value.
    """

    __slots__ = ("__ask", "__label", "__number")

    def __init__(self, ask: Ask, number: int, label: str) -> None:
        object.__setattr__(self, "_Handle__ask", ask)
        object.__setattr__(self, "_Handle__number", number)
        object.__setattr__(self, "_Handle__label", label)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # protocols of this side (copy, NumPy, pytest) never reach the far one
        return receive(self.__ask, "get", (self, name), f"{self.__label}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        receive(self.__ask, "set", (self, name, value), self.__label)

    def __getitem__(self, key: object) -> Any:
        return receive(self.__ask, "item", (self, key), f"{self.__label}[…]")

    def __call__(self, *arguments: object, **keywords: object) -> Any:
        return receive(self.__ask, "call", (self, arguments, keywords), f"{self.__label}(…)")

    def __repr__(self) -> str:
        return f"<{self.__label}: an object of the submission>"

    def __refuse(self, *_: object, **__: object) -> NoReturn:
        raise NotAValue(f"{self.__label} is an object, where a number, text, array, list or dictionary is expected")

    __bool__ = __len__ = __iter__ = __float__ = __int__ = __complex__ = __index__ = __refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __contains__ = __refuse  # refusing is the point
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __refuse
    __matmul__ = __rmatmul__ = __pow__ = __rpow__ = __neg__ = __abs__ = __invert__ = __round__ = __refuse
    __and__ = __rand__ = __or__ = __ror__ = __array__ = __array_ufunc__ = __array_function__ = __refuse


def _number(ask: Ask, handle: Handle) -> int:
    """The number of the object on the far side; a handle means nothing to another session."""
    if object.__getattribute__(handle, "_Handle__ask") != ask:
        raise NotAValue(f"{handle!r} cannot be handed to another session")
    number: int = object.__getattribute__(handle, "_Handle__number")
    return number


class Namespace:
    """The variables that a notebook left behind, and what can be done where they live.

    `room` asks the clean room, in which models are rebuilt.
    """

    def __init__(self, ask: Ask, room: Ask | None = None) -> None:
        self._ask = ask
        self._room = room

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("pytestmark", "_pytestfixturefunction"):
            raise AttributeError(name)
        return receive(self._ask, "variable", (name,), name)

    def __repr__(self) -> str:
        return "<the variables of a notebook>"

    def has(self, name: str) -> bool:
        """Whether the notebook defines `name`."""
        return receive(self._ask, "has", (name,), name) is True

    def probe(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Run an instructor's function in the session. Its source is sent, so it must hold nothing secret."""
        return probe(self._ask, function, *arguments)

    def rebuild(self, model: object) -> CleanModel:
        """The Keras model behind a handle, rebuilt in the clean room (docs/checking-models.md).

        Raises:
            Refused: it cannot be rebuilt; the message is for the student.
        """
        from autograder.student import cleanroom  # it imports this module

        if self._room is None:
            raise AssignmentError("a model is rebuilt where there is no clean room")
        return cleanroom.rebuild(self._ask, self._room, model)

    def hold(self, value: object) -> Any:
        """A handle to a copy of `value` in the session, for checks of what is changed in place."""
        return receive(self._ask, "hold", (value,), "the argument")

    def value(self, held: object) -> Any:
        """The present value of a handle."""
        return receive(self._ask, "value", (held,), "the argument")

    def file(self, name: str) -> bytes:
        """The bytes of a file in the notebook's working folder.

        Raises:
            AssertionError: the notebook left no such file.
        """
        try:
            content = receive(self._ask, "file", (name,), name)
        except StudentError:
            raise AssertionError(f"the notebook leaves no file {name}") from None
        if type(content) is not bytes:
            raise NotAValue(f"{name} is not a file of bytes")
        return content


def probe(ask: Ask, function: Callable[..., Any], *arguments: object) -> Any:
    """Send a function's source and call it on the far side."""
    source = _source(function)
    return receive(ask, "probe", (source, function.__name__, arguments), function.__name__)


@functools.cache  # taken apart once, however many submissions it serves
def _source(function: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(function))


def receive(ask: Ask, operation: str, arguments: tuple[object, ...], label: str) -> Any:
    """One request; the answer with its handles made usable.

    Raises:
        StudentError: student code raised.
        SessionDied: the session ended instead of answering.
        NotAValue: an argument is too large to be sent; no check draws such a thing, so an answer is in it.
        AssignmentError: an argument is of a kind that cannot be sent.
    """
    try:
        worked, answer = ask(operation, tuple(_to_wire(ask, argument) for argument in arguments))
    except wire.UnfitError as error:  # what student code answered, handed back to it or on to the reference
        raise NotAValue(f"{label} cannot be given a value that is too large or of another kind") from error
    except wire.NotAValueError as error:
        raise AssignmentError(f"a check sends what is no value: {error}") from None
    if not worked:
        raised = StudentError.from_wire(answer)
        if operation == "variable" and raised.type_name == "NameError" and not raised.frames:
            raised.known_cause = f"{label} is not defined in the notebook"
        raise raised
    return _from_wire(ask, answer, label)


def _to_wire(ask: Ask, value: Any) -> object:
    kind = type(value)
    if kind is Handle:
        return wire.HandleRef(_number(ask, value))
    if kind is list or kind is tuple:
        return kind(_to_wire(ask, item) for item in value)
    if kind is dict:
        return {key: _to_wire(ask, item) for key, item in value.items()}
    return value


def _from_wire(ask: Ask, value: Any, label: str) -> Any:
    kind = type(value)
    if kind is wire.HandleRef:
        return Handle(ask, value.number, label)
    if kind is list and value and type(value[0]) is float:
        return value if all(type(item) is float for item in value) else _listed(ask, value, label)
    if kind is list:
        return _listed(ask, value, label)
    if kind is tuple:
        return tuple(_listed(ask, value, label))
    if kind is dict:
        return {key: _from_wire(ask, item, f"{label}[…]") for key, item in value.items()}
    return value


def _listed(ask: Ask, items: Any, label: str) -> list[Any]:
    return [_from_wire(ask, item, f"{label}[…]") for item in items]
