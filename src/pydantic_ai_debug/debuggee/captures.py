"""Values as they are at the moment they are reported, written as JSON when their event becomes a line.

The writer thread writes many in a row, off the path of the program. What would have to be read by code of the program's, or
is more than a few objects, is written at once instead: a value may change right after it was reported.
"""

# Values may be anything, about which types say nothing.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import enum
import marshal
from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import Any, TypeAlias

from pydantic_ai_debug.protocol.written import WrittenJson

from .inert import SCALARS, TIMES, has_own_timezone
from .insides import type_of
from .own_fields import OwnFields, is_own, own_fields

_MOST = 200
"""Objects that are copied one by one, the items of collections included. More are written at once."""

_LARGEST = 1 << 64
"""Integers from here on are not copied. There are some that Python refuses to write."""

_LONGEST_KEPT = 1_000_000
"""Characters of a text that is kept once it is written."""

_IMMUTABLE = SCALARS - {bytearray}
_SEQUENCES = frozenset({list, tuple, set, frozenset})

Writer: TypeAlias = Callable[[Any, bool], str]
"""Writes a value as JSON, without secrets: one of the program's, as it is now; or, where told so, a copy that is inert, at any
time and in any thread."""


class _NotCopiedError(Exception):
    """Something in a value cannot be copied without code of the program's, or there is too much of it."""


class Capture(WrittenJson):
    """What a value was when it was captured."""

    __slots__ = ('_copy', '_text', '_write')

    def __init__(self, value: object, write: Writer) -> None:
        self._write = write
        self._text: str | None = None
        self._copy: Any = None
        try:
            self._copy = _Copies().of(value)
        except (_NotCopiedError, AttributeError):
            self._text = write(value, False)

    @property
    def text(self) -> str:
        if self._text is not None:
            return self._text
        text = self._write(self._copy, True)
        # It may be wanted once more, with the request that a message is a part of.
        if len(text) <= _LONGEST_KEPT:
            self._text = text
        return text

    def still_is(self, value: object) -> bool:
        """Whether a value is what was captured; False where that cannot be told."""
        try:
            return holds_same(self._copy, value)
        except (AttributeError, RuntimeError, ValueError):
            # One that its class did not make, or that another thread is adding to.
            return False


def captured(value: object, write: Writer, known: Capture | None) -> Capture:
    """A value as it is, which may be what was captured before."""
    return known if known is not None and known.still_is(value) else Capture(value, write)


class CaptureList(WrittenJson):
    """Several, as one list."""

    __slots__ = ('_captures',)

    def __init__(self, captures: Sequence[Capture]) -> None:
        self._captures = captures

    @property
    def text(self) -> str:
        return f'[{",".join([capture.text for capture in self._captures])}]'


class Written(WrittenJson):
    """JSON that is written by now."""

    __slots__ = ('_text',)

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def text(self) -> str:
        return self._text


NO_ITEMS = Written('[]')


class Unchanged:
    """The JSON of what is mostly the same each time, such as the tools of a request: written anew where it is not."""

    def __init__(self, write: Callable[[Any], str]) -> None:
        self._write = write
        self._written = NO_ITEMS
        self._print: tuple[list[type], bytes] | None = None

    def json(self, values: list[Any]) -> WrittenJson:
        """The JSON of these objects."""
        found = _fingerprint(values)
        if found is None or found != self._print:
            self._written, self._print = Written(self._write(values)), found
        return self._written


class _Copies:
    """Copies one value, but for what in it cannot change."""

    __slots__ = ('_left',)

    def __init__(self) -> None:
        self._left = _MOST

    def of(self, value: Any) -> Any:
        kind = type_of(value)
        # A class may have a metaclass of the user's, which looking it up would ask for its hash.
        if type_of(kind) is not type:
            raise _NotCopiedError
        if kind in _IMMUTABLE:
            if kind is int and not -_LARGEST < value < _LARGEST:
                raise _NotCopiedError
            return value
        if kind is dict:
            self._count(len(value))
            return {self.of(key): self.of(item) for key, item in _settled(value.items())}
        if kind in _SEQUENCES:
            self._count(len(value))
            return kind(map(self.of, _settled(value)))
        if kind in TIMES and has_own_timezone(value):
            return value
        known = own_fields(value)
        if known is not None:
            return self._object(value, kind, known)
        if issubclass(kind, enum.Enum) and is_own(value):
            return value
        raise _NotCopiedError

    def _object(self, value: Any, kind: Any, known: OwnFields) -> Any:
        self._count(1)
        copied = object.__new__(kind)
        fields = vars(copied)
        fields.update(known.by_name(value))
        for name, item in fields.items():
            # Most fields are texts and counts.
            held = type_of(item)
            if item is not None and held is not str and (held is not int or not -_LARGEST < item < _LARGEST):
                fields[name] = self.of(item)
        return copied

    def _count(self, more: int) -> None:
        self._left -= more
        if self._left < 0:
            raise _NotCopiedError


def _settled(items: Any) -> list[Any]:
    """Items that another thread may be adding to."""
    try:
        return list(items)
    except RuntimeError:
        raise _NotCopiedError from None


def holds_same(one: Any, other: Any) -> bool:
    """Whether two values hold the same, as far as that is told without code of the program's.

    Raises:
        AttributeError, RuntimeError, ValueError: where one was not made by its class, or another thread is adding to it.
    """
    if one is other:
        return True
    kind = type_of(other)
    if kind is not type_of(one) or type_of(kind) is not type:
        return False
    if kind is str or kind is int:
        return one == other
    if kind is dict:
        keys_are_same = len(one) == len(other) and all(map(is_, one, other))
        return keys_are_same and _are_same(one.values(), other.values())
    if kind is list or kind is tuple:
        return len(one) == len(other) and _are_same(one, other)
    if kind in _IMMUTABLE:
        # Numbers may be equal and written in another way.
        return one == other and repr(one) == repr(other)
    if kind in TIMES:
        return has_own_timezone(one) and has_own_timezone(other) and repr(one) == repr(other)
    known = own_fields(other)
    # There are none of a set, which may be in another order.
    return known is not None and _are_same(known.values(one), known.values(other))


def _are_same(ones: Iterable[Any], others: Iterable[Any]) -> bool:
    # Most are the same object.
    return all(one is other or holds_same(one, other) for one, other in zip(ones, others, strict=True))


def _fingerprint(values: list[Any]) -> tuple[list[type], bytes] | None:
    """What is the same for equal objects; None where they hold other than values of built-in types."""
    read: list[tuple[Any, ...]] = []
    for value in values:
        known = own_fields(value)
        if known is None:
            return None
        read.append(known.values(value))
    try:
        return [type_of(value) for value in values], marshal.dumps(read)
    except ValueError:
        return None
