"""Values as they are at the moment they are reported, written as JSON when their event becomes a line.

The writer thread writes many in a row, off the path of the program. What would have to be read by code of the program's, or
is more than a few objects, is written at once instead: a value may change right after it was reported.
"""

# Fields of pydantic-ai's objects are read through `vars`, about whose values types say nothing.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import dataclasses
import enum
import marshal
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel

from pydantic_ai_debug.protocol.events import WrittenJson

from .inert import SCALARS, TIMES, has_own_timezone, is_own
from .insides import classes_of, type_of

_MOST = 200
"""Objects that are copied one by one, the items of collections included. More are written at once."""

_LARGEST = 1 << 64
"""Integers from here on are not copied. There are some that Python refuses to write."""

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
        except _NotCopiedError:
            self._text = write(value, False)

    @property
    def text(self) -> str:
        text = self._text
        if text is None:
            text = self._text = self._write(self._copy, True)
        return text

    def still_is(self, value: object) -> bool:
        """Whether a value is, down to each of its objects, what was captured; False where that cannot be told."""
        return _is_same(self._copy, value)


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
        if not is_own(value, kind):
            raise _NotCopiedError
        return value if issubclass(kind, enum.Enum) else self._object(value, kind)

    def _object(self, value: Any, kind: Any) -> Any:
        if not _is_plain(value, kind):
            raise _NotCopiedError
        self._count(1)
        copied = object.__new__(kind)
        fields = vars(copied)
        fields.update(vars(value))
        for name, item in fields.items():
            # Most fields are texts.
            if item is not None and type_of(item) is not str:
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


def _is_plain(value: object, kind: type) -> bool:
    """Whether an object of pydantic-ai's is a dataclass that holds what it holds in its `__dict__` alone."""
    known = _plain.get(kind)
    if known is None:
        known = _plain[kind] = (
            dataclasses.is_dataclass(kind)
            and type_of(getattr(value, '__dict__', None)) is dict
            and not issubclass(kind, (BaseModel, BaseException))
            and not any(vars(cls).get('__slots__') for cls in classes_of(value))
        )
    return known


_plain: dict[type, bool] = {}
"""Of the classes that were met."""


def _is_same(copied: Any, value: Any) -> bool:
    """Whether a value holds the same objects in the same places as a copy."""
    if copied is value:
        return True
    kind = type_of(value)
    if kind is not type_of(copied):
        return False
    if kind is dict:
        return _are_same(copied, value)
    if kind is list or kind is tuple:
        return len(copied) == len(value) and all(map(_is_same, copied, value))
    # A set may be in another order.
    return _plain.get(kind, False) and _are_same(vars(copied), vars(value))


def _are_same(copied: dict[Any, Any], values: dict[Any, Any]) -> bool:
    return len(copied) == len(values) and all(
        name is other_name and (item is other or _is_same(item, other))
        for (name, item), (other_name, other) in zip(copied.items(), values.items(), strict=False)
    )


def _fingerprint(values: list[Any]) -> tuple[list[type], bytes] | None:
    """What is the same for equal objects; None where they hold other than values of built-in types."""
    kinds = [type_of(value) for value in values]
    if not all(map(is_own, values, kinds)) or not all(map(_is_plain, values, kinds)):
        return None
    try:
        return kinds, marshal.dumps([vars(value) for value in values])
    except ValueError:
        return None
