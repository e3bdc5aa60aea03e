"""Objects of the user's program as JSON, read without running any of their code.

pydantic's serialisers iterate: they would use up a generator that a tool returned before the model sees it, and they
call the serialisers and computed fields of the user's once more than a run without a debugger does. They are therefore
only given what is inert: values of built-in types, and pydantic-ai's own objects around them. Everything else is read
as it is stored. Imported once pydantic-ai is there.
"""

# Objects of any type are read through slots of `type`, `dict` and the like, about whose results types say nothing.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import datetime
import decimal
import enum
import marshal
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeAlias

from pydantic import BaseModel, RootModel
from pydantic_core import to_jsonable_python

from pydantic_ai_debug.protocol.events import Json

from .insides import class_namespace, classes_of, is_of_package, key_text, stored_fields, type_name, type_of
from .own_fields import is_own, own_fields

Odd: TypeAlias = Callable[[object], Json]
"""How an object is written that has no JSON form."""

_TIMEZONE_PACKAGES = frozenset({'datetime', 'zoneinfo', 'pydantic_core'})
"""Messages that were read from JSON have pydantic's own."""

SCALARS = frozenset(
    {
        type(None),
        bool,
        int,
        float,
        complex,
        str,
        bytes,
        bytearray,
        datetime.date,
        datetime.timedelta,
        decimal.Decimal,
        uuid.UUID,
    }
)
TIMES = frozenset({datetime.datetime, datetime.time})
_DEEPEST = 60
_FEW = 8
"""Items of a collection that are looked at one by one."""
_MOST = 20_000
"""Objects that are read one by one; values of built-in types are not counted."""


def is_inert(value: Any, depth: int = _DEEPEST) -> bool:
    """Whether serialising a value runs no code but Python's, pydantic's and pydantic-ai's."""
    kind = type_of(value)
    if type_of(kind) is type:
        if kind in SCALARS:
            return True
        if kind in TIMES:
            return has_own_timezone(value)
        if kind is list or kind is tuple or kind is dict or kind is set or kind is frozenset:
            if len(value) > _FEW and _is_marshalled(value):
                return True
            return depth > 0 and all(is_inert(item, depth - 1) for item in _items(value))
    if not is_own(value):
        return False
    if issubclass(kind, enum.Enum):
        return True
    for item in _held_by(value):
        # Most fields are texts and numbers, and messages have many of them.
        if item is not None and type_of(item) is not str and (depth <= 0 or not is_inert(item, depth - 1)):
            return False
    return True


def _held_by(value: Any) -> Iterable[object]:
    """What one of pydantic-ai's objects holds."""
    known = own_fields(value)
    if known is not None:
        try:
            return known.values(value)
        except AttributeError:
            # One that its class did not make.
            pass
    return [item for _, item in stored_fields(value)]


def has_own_timezone(value: Any) -> bool:
    """Whether the offset of a time is told without code of the program's."""
    zone = value.tzinfo
    return zone is None or type_of(zone) is datetime.timezone or is_of_package(zone, _TIMEZONE_PACKAGES)


def _items(collection: Any) -> Iterable[object]:
    if type_of(collection) is dict:
        yield from collection
        yield from collection.values()
    else:
        yield from collection


def _is_marshalled(value: Any) -> bool:
    """Whether there are only values of built-in types in a collection: `marshal` takes no others, and looks in C."""
    try:
        marshal.dumps(value)
    except (ValueError, RecursionError):
        return False
    return True


class InertWriter:
    """Writes one value as JSON, or makes it inert; what it holds is bounded once it has to be read object by object."""

    def __init__(self, odd: Odd) -> None:
        self._odd = odd
        self._left = _MOST
        self._open: set[int] = set()

    def json(self, value: Any) -> Json:
        """The value as JSON: objects by the fields they store."""
        if is_inert(value):
            try:
                return to_jsonable_python(value, fallback=self._odd, inf_nan_mode='strings', bytes_mode='base64')
            except Exception:  # noqa: BLE001 - such as one that is nested too deeply; it is read by hand
                pass
        kind = type_of(value)
        self._left -= 1
        if id(value) in self._open or len(self._open) >= _DEEPEST or self._left < 0:
            return f'<{type_name(value)} …>'
        self._open.add(id(value))
        try:
            return self._by_hand(value, kind)
        finally:
            self._open.discard(id(value))

    def copy(self, value: Any) -> Any:
        """The value itself where it is inert; else one of the same shape whose insides are JSON where they were not."""
        if is_inert(value):
            return value
        if type_of(value) is list and len(self._open) < _DEEPEST:
            return [self.copy(item) for item in value]
        if not is_own(value) or id(value) in self._open:
            return self.json(value)
        self._open.add(id(value))
        copied = object.__new__(type_of(value))
        for name, item in stored_fields(value):
            object.__setattr__(copied, name, self.copy(item))
        self._open.discard(id(value))
        return copied

    def _by_hand(self, value: Any, kind: Any) -> Json:
        if issubclass(kind, enum.Enum):
            return self.json(object.__getattribute__(value, '_value_'))
        if issubclass(kind, str):
            return str.__str__(value)
        if issubclass(kind, int):
            return int.__add__(value, 0)
        if issubclass(kind, float):
            return self.json(float.__mul__(value, 1.0))
        for base in (list, tuple, set, frozenset, deque):
            if issubclass(kind, base):
                return self._sequence(base.__iter__(value), base.__len__(value))
        if issubclass(kind, dict):
            return self._mapping(((key_text(key), item) for key, item in dict.items(value)), dict.__len__(value))
        fields = declared_fields(value)
        if fields is None:
            return self._odd(value)
        if any(cls is RootModel for cls in classes_of(value)):
            return self.json(dict(fields).get('root'))
        return self._mapping(fields, len(fields))

    def _sequence(self, items: Iterable[object], size: int) -> Json:
        written = [self.json(item) for item in islice(items, max(self._left, 0))]
        return written if len(written) == size else [*written, f'… {size - len(written)} more']

    def _mapping(self, items: Iterable[tuple[str, object]], size: int) -> Json:
        written: dict[str, Json] = {}
        for count, (name, item) in enumerate(items):
            if self._left < 0:
                written['…'] = f'{size - count} more'
                break
            written[name] = self.json(item)
        return written


def declared_fields(value: Any) -> list[tuple[str, object]] | None:
    """The fields of a dataclass or a pydantic model, but for those it excludes; None for other objects."""
    for cls in classes_of(value):
        if cls is BaseModel:
            excluded = _excluded_fields(value)
            return [(name, item) for name, item in stored_fields(value) if name not in excluded]
        declared: object = class_namespace(cls).get('__dataclass_fields__')
        if type_of(declared) is dict:
            return [(name, item) for name, item in stored_fields(value) if name in declared]  # pyright: ignore[reportOperatorIssue]
    return None


def _excluded_fields(model: BaseModel) -> set[str]:
    for cls in classes_of(model):
        fields: object = class_namespace(cls).get('__pydantic_fields__')
        if type_of(fields) is dict:
            return {name for name, field in dict.items(fields) if getattr(field, 'exclude', None) is True}  # pyright: ignore[reportArgumentType]
    return set()
