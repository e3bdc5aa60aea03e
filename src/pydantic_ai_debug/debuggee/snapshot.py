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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic_ai_debug.protocol.values import Child, Value, ValueKind

from .insides import Inside, classes_of, enum_text, inside_of, is_of_package, stored_fields, type_name, type_of
from .scrubbing import LONGEST, shown_bytes, shown_text
from .secrets import NAMING, VALUE, is_secret_name, mask, names_secret_beside


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

_LOOKED_AT = 20
"""Fields among which the one is looked for that says what a field `value` holds."""

_SECRET_TYPES = frozenset(
    (module, name)
    for module in ('pydantic.types', 'pydantic.v1.types')
    for name in ('Secret', 'SecretStr', 'SecretBytes')
)
"""Classes whose instances are secrets, and those of the classes derived from them."""

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
    **dict.fromkeys(
        (pathlib.PurePosixPath, pathlib.PureWindowsPath, type(pathlib.PurePath()), type(pathlib.Path())), 'path'
    ),
}
"""Types whose `str` and `repr` are Python's own and short."""

_TIMEZONE_PACKAGES = frozenset({'datetime', 'zoneinfo'})

_CALLABLES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)

_ARRAY_PACKAGES = frozenset({'numpy', 'torch', 'jax', 'jaxlib', 'cupy', 'tensorflow', 'pandas', 'polars', 'xarray'})


def picture(value: object, limits: Limits = DEFAULT_LIMITS, *, start: int = 0, hidden: bool = False) -> Value:
    """A picture of any object; never raises. `start` is the first child shown, for a page of a long collection.

    Of what is `hidden`, no text is shown.
    """
    return _Painter(limits).paint(value, limits.depth, start=start, hidden=hidden)


def picture_at(root: object, path: Sequence[int], *, start: int = 0) -> Value:
    """A picture of what lies inside an object, behind the children with these indexes, as `picture` counts them.

    Raises:
        LookupError: where there is no such child any more.
    """
    value, hidden = root, False
    for index in path:
        inside = inside_of(value)
        found = next(islice(inside.entries(index), 1), None) if inside is not None else None
        if inside is None or found is None:
            raise LookupError(index)
        hidden = hidden or _hides(inside, index, found[0])
        value = found[1]
    return _Painter(DEFAULT_LIMITS).paint(value, DEFAULT_LIMITS.depth, start=start, hidden=hidden)


def opened(root: object, path: Sequence[int], start: int) -> Value | None:
    """The same, None where it is gone: the program's objects may have changed in any way since they were pictured."""
    try:
        return picture_at(root, path, start=start)
    except Exception:  # noqa: BLE001 - and reading what is left of them may raise anything
        return None


class _Painter:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.total
        self._open: set[int] = set()
        """Objects that are being painted, by identity: one met again is a cycle."""

    def paint(self, value: Any, depth: int, *, start: int = 0, hidden: bool = False) -> Value:
        """A picture; of something `hidden`, which has a secret name or is inside of what has, no text is shown."""
        self._left -= 1
        try:
            return self._scalar(value, hidden) or self._collection(value, depth, start, hidden)
        except Exception as error:  # noqa: BLE001 - hostile objects may raise anything; they cost their own line
            return Value('error', type_name(value), f'cannot be read: {type_name(error)}')

    def _scalar(self, value: Any, hidden: bool) -> Value | None:
        """A picture of an object that has nothing to open; None where it may have."""
        kind = type_of(value)
        cls = type_name(value)
        if value is None:
            return Value('none', 'None', 'None')
        if (secret := secret_text(value, hidden)) is not None:
            return Value('secret', cls, mask(secret[: self._limits.text]))
        if issubclass(kind, enum.Enum):
            return Value('enum', cls, enum_text(value))
        if issubclass(kind, str):
            text = str.__str__(value)
            return Value('str', cls, shown_text(text, self._limits.text), len(text))
        for base in (bytes, bytearray):
            if issubclass(kind, base):
                data = bytes(base.__getitem__(value, slice(_SHOWN_BYTES + LONGEST)))
                return Value('bytes', cls, shown_bytes(data, _SHOWN_BYTES), base.__len__(value))
        if issubclass(kind, int) and kind is not bool:
            bits = int.bit_length(value)
            return Value(
                'number', cls, int.__repr__(value) if bits <= _LARGEST_INTEGER else f'an integer of {bits} bits'
            )
        # A class may have a metaclass of the user's, which looking it up would ask for its hash.
        if type_of(kind) is type and kind in _PLAIN:
            return Value(_PLAIN[kind], cls, _plain_text(value, _PLAIN[kind])[: self._limits.text])
        if issubclass(kind, _CALLABLES):
            return Value('callable', cls, _callable_text(value))
        array = _array_text(value)
        return Value('array', cls, array) if array is not None else None

    def _collection(self, value: Any, depth: int, start: int, hidden: bool) -> Value:
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
            children = tuple(
                Child(name, self.paint(item, depth - 1, hidden=hidden or _hides(inside, index, name)))
                for index, (name, item) in enumerate(shown, start)
            )
        finally:
            self._open.discard(id(value))
        more = max(0, inside.size - start - len(children))
        return Value(inside.kind, cls, inside.text, inside.size, children, start, more, opens=more > 0)


def _hides(inside: Inside, index: int, name: str) -> bool:
    """Whether a child is a secret by its name: its own, or that of the header or field whose value it is."""
    if inside.kind != 'sequence':
        return is_secret_name(name) or (name == VALUE and names_secret_beside(_naming(inside)))
    # Headers are pairs; a few libraries have the name twice, as it was written and in lower case.
    if inside.size not in (2, 3) or index != inside.size - 1:
        return False
    _, first = next(inside.entries(0))
    return (type(first) is str and is_secret_name(first)) or (
        type(first) is bytes and is_secret_name(first.decode('ascii', 'replace'))
    )


def _naming(inside: Inside) -> Iterator[object]:
    return (item for name, item in islice(inside.entries(0), _LOOKED_AT) if name in NAMING)


def secret_text(value: Any, hidden: bool) -> str | None:
    """What a secret says; None of what is none: `hidden` are all texts, and some types always."""
    kind = type_of(value)
    if any(_is_secret_type(cls) for cls in classes_of(value)):
        stored = dict(stored_fields(value)).get('_secret_value')
        return secret_text(stored, True) or picture(stored).text
    if not hidden:
        return None
    if issubclass(kind, str):
        return str.__str__(value) or None
    for base in (bytes, bytearray):
        if issubclass(kind, base):
            return repr(bytes(base.__getitem__(value, slice(None)))) if base.__len__(value) else None
    return None


def _is_secret_type(cls: Any) -> bool:
    module = type.__dict__['__module__'].__get__(cls)
    return type(module) is str and (module, type.__dict__['__name__'].__get__(cls)) in _SECRET_TYPES


def _plain_text(value: Any, kind: ValueKind) -> str:
    if kind == 'path':
        return repr(str(value))
    if kind == 'date':
        zone = getattr(value, 'tzinfo', None)
        if zone is not None and not is_of_package(zone, _TIMEZONE_PACKAGES):
            # A class of the user's would be asked for the offset.
            return f'{value.replace(tzinfo=None)} <{type_name(zone)}>'
    return str(value) if kind in ('date', 'number') else repr(value)


def _callable_text(value: Any) -> str:
    kind = type_of(value)
    if issubclass(kind, types.ModuleType):
        return f'module {types.ModuleType.__getattribute__(value, "__name__")}'
    if issubclass(kind, type):
        return f'class {type.__dict__["__name__"].__get__(value)}'
    if kind is types.MethodType and type_of(value.__func__) is not types.FunctionType:
        return f'{type_name(value.__func__)}()'
    return f'{value.__qualname__}()'


def _array_text(value: Any) -> str | None:
    """Shape and dtype of numpy-like arrays, told by their type's module, so that nothing is imported."""
    if not is_of_package(value, _ARRAY_PACKAGES):
        return None
    described = [
        f'{name}={attribute}'
        for name in ('shape', 'dtype')
        if (attribute := getattr(value, name, None)) is not None and not callable(attribute)
    ]
    return ' '.join([type_name(value), *described]) if described else None
