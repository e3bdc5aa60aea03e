"""Objects of the user's program as bounded pictures.

Looking must not change what is looked at, nor stop it: what cannot be read costs its own line.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import pathlib
import re
import types
import uuid
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic_ai_debug.protocol.values import Child, Value, ValueKind

from .insides import enum_text, inside_of, type_name, type_of
from .secrets import MASK, is_secret_name


@dataclass(frozen=True)
class Limits:
    """How much of an object a picture shows."""

    depth: int = 3
    """Levels of children below the object."""
    items: int = 100
    """Children of one object."""
    text: int = 1_000
    """Characters of one string."""
    total: int = 2_000
    """Pictures in all."""


DEFAULT_LIMITS = Limits()

_LARGEST_INTEGER = 4_000
"""Bits of an integer that is written out; printing a larger one takes long or is refused."""

_SHOWN_BYTES = 64

_PLAIN: dict[type, ValueKind] = {
    bool: 'bool',
    float: 'number',
    complex: 'number',
    decimal.Decimal: 'number',
    fractions.Fraction: 'number',
    datetime.datetime: 'date',
    datetime.date: 'date',
    datetime.time: 'date',
    datetime.timedelta: 'date',
    uuid.UUID: 'other',
    range: 'other',
    type(...): 'other',
    re.Pattern: 'other',
}
"""Types whose `str` and `repr` are Python's own and short."""

_CALLABLES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)

_ARRAY_PACKAGES = frozenset({'numpy', 'torch', 'jax', 'jaxlib', 'cupy', 'tensorflow', 'pandas', 'polars', 'xarray'})


def picture(value: object, limits: Limits = DEFAULT_LIMITS, *, start: int = 0) -> Value:
    """A picture of any object; never raises. `start` is the first child shown, for a page of a long collection."""
    return _Painter(limits).paint(value, limits.depth, start=start)


def child_at(value: object, index: int) -> object:
    """The object behind the child with an index, as `picture` counts them.

    Raises:
        LookupError: where there is no such child any more.
    """
    inside = inside_of(value)
    child = next(islice(inside.entries(index), 1), None) if inside is not None else None
    if child is None:
        raise LookupError(index)
    return child[1]


class _Painter:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.total
        self._open: set[int] = set()
        """Objects that are being painted, by identity: one met again is a cycle."""

    def paint(self, value: Any, depth: int, *, start: int = 0, name: str = '') -> Value:
        self._left -= 1
        try:
            return self._scalar(value, name) or self._collection(value, depth, start)
        except Exception as error:  # noqa: BLE001 - hostile objects may raise anything; they cost their own line
            return Value('error', type_name(value), f'cannot be read: {type_name(error)}')

    def _scalar(self, value: Any, name: str) -> Value | None:
        """A picture of an object that has nothing to open; None where it may have."""
        kind = type_of(value)
        cls = type_name(value)
        if value is None:
            return Value('none', 'None', 'None')
        if _is_secret(value, name):
            return Value('secret', cls, MASK)
        if issubclass(kind, enum.Enum):
            return Value('enum', cls, enum_text(value))
        if issubclass(kind, str):
            text = str.__str__(value)
            limit = self._limits.text
            return Value('str', cls, text if len(text) <= limit else text[:limit] + '…', len(text))
        if issubclass(kind, (bytes, bytearray)):
            data = bytes(memoryview(value)[:_SHOWN_BYTES])
            size = len(memoryview(value))
            return Value('bytes', cls, repr(data) + ('…' if size > _SHOWN_BYTES else ''), size)
        if issubclass(kind, int) and kind is not bool:
            bits = int.bit_length(value)
            return Value(
                'number', cls, int.__repr__(value) if bits <= _LARGEST_INTEGER else f'an integer of {bits} bits'
            )
        if kind in _PLAIN:
            text = str(value) if _PLAIN[kind] in ('date', 'number') else repr(value)
            return Value(_PLAIN[kind], cls, text[: self._limits.text])
        if issubclass(kind, pathlib.PurePath):
            return Value('path', cls, repr(pathlib.PurePath.__str__(value)))
        if issubclass(kind, _CALLABLES):
            return Value('callable', cls, _callable_text(value))
        array = _array_text(value)
        return Value('array', cls, array) if array is not None else None

    def _collection(self, value: Any, depth: int, start: int) -> Value:
        cls = type_name(value)
        inside = inside_of(value)
        if inside is None:
            return Value('other', cls, f'<{cls}>')
        if id(value) in self._open:
            return Value('cycle', cls, f'↻ {cls}, already open above')
        if depth <= 0 or self._left <= 0:
            opens = inside.size > 0
            return Value(inside.kind, cls, inside.text, inside.size, None if opens else (), opens=opens)
        self._open.add(id(value))
        try:
            shown = islice(inside.entries(start), min(self._limits.items, max(self._left, 1)))
            children = tuple(Child(name, self.paint(item, depth - 1, name=name)) for name, item in shown)
        finally:
            self._open.discard(id(value))
        more = max(0, inside.size - start - len(children))
        return Value(inside.kind, cls, inside.text, inside.size, children, start, more, opens=more > 0)


def _is_secret(value: Any, name: str) -> bool:
    kind = type_of(value)
    if (
        type_name(value) in ('SecretStr', 'SecretBytes')
        and type.__getattribute__(kind, '__module__') == 'pydantic.types'
    ):
        return True
    return kind in (str, bytes) and len(value) > 0 and is_secret_name(name)


def _callable_text(value: Any) -> str:
    if isinstance(value, types.ModuleType):
        return f'module {types.ModuleType.__getattribute__(value, "__name__")}'
    if isinstance(value, type):
        return f'class {type.__dict__["__name__"].__get__(value)}'
    return f'{getattr(value, "__qualname__", type_name(value))}()'


def _array_text(value: Any) -> str | None:
    """Shape and dtype of numpy-like arrays, told by their type's module, so that nothing is imported."""
    module: object = type.__getattribute__(type_of(value), '__module__')
    if not isinstance(module, str) or module.partition('.')[0] not in _ARRAY_PACKAGES:
        return None
    described = [
        f'{name}={attribute}'
        for name in ('shape', 'dtype')
        if (attribute := getattr(value, name, None)) is not None and not callable(attribute)
    ]
    return ' '.join([type_name(value), *described]) if described else None
