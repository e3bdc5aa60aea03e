"""What objects of the user's program have inside, read without running any of their code.

Subclasses of built-in collections are read through the built-in's own methods, objects through the storage that their
type keeps for them: no property, `__getattr__`, `__iter__` or `__len__` of the user's is called.
"""

# Objects of any type are read through slots of `type`, `dict` and the like, about whose results types say nothing.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import enum
import types
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic_ai_debug.protocol.values import ValueKind

_PYDANTIC_STORAGE = frozenset({'__pydantic_fields_set__', '__pydantic_private__'})
_KEY_LENGTH = 80


@dataclass(frozen=True)
class Inside:
    """What an object has inside, and how it is summed up."""

    kind: ValueKind
    size: int
    text: str
    entries: Callable[[int], Iterator[tuple[str, object]]]
    """Names and objects from an index on."""


def inside_of(value: Any) -> Inside | None:
    """How to open an object; None where it has no inside that can be read."""
    kind = type(value)
    for base in (dict, types.MappingProxyType):
        if issubclass(kind, base):
            return _collection('mapping', base, value, _mapping_entries)
    if issubclass(kind, tuple) and isinstance(kind.__dict__.get('_fields'), tuple):
        return _fields_inside(list(zip(kind.__dict__['_fields'], tuple.__iter__(value), strict=False)))
    for base in (list, tuple, deque):
        if issubclass(kind, base):
            return _collection('sequence', base, value, _sequence_entries)
    for base in (set, frozenset):
        if issubclass(kind, base):
            return _collection('set', base, value, _sequence_entries)
    return _fields_inside(_stored_fields(value))


def type_of(value: object) -> Any:
    """An object's class, whatever its `__class__` says."""
    return type(value)


def type_name(value: object) -> str:
    """An object's class name, from where neither `__class__` nor a metaclass can lie about it."""
    return type.__dict__['__name__'].__get__(type(value))


def _collection(
    kind: ValueKind, base: Any, value: Any, entries: Callable[[Any, Any, int], Iterator[tuple[str, object]]]
) -> Inside:
    size = base.__len__(value)
    return Inside(kind, size, _counted(size, 'item'), lambda start: entries(base, value, start))


def _fields_inside(fields: list[tuple[str, object]]) -> Inside | None:
    if not fields:
        return None
    return Inside('object', len(fields), _counted(len(fields), 'field'), lambda start: iter(fields[start:]))


def _counted(size: int, noun: str) -> str:
    return f'{size} {noun}' if size == 1 else f'{size} {noun}s'


def _mapping_entries(base: Any, mapping: Any, start: int) -> Iterator[tuple[str, object]]:
    for key, item in islice(base.items(mapping), start, None):
        yield _key_text(key), item


def _sequence_entries(base: Any, sequence: Any, start: int) -> Iterator[tuple[str, object]]:
    if base in (list, tuple):
        # By index, since a page far into a long list is asked for as often as the first one.
        for index in range(start, base.__len__(sequence)):
            yield str(index), base.__getitem__(sequence, index)
        return
    for index, item in enumerate(islice(base.__iter__(sequence), start, None), start):
        yield str(index), item


def _key_text(key: Any) -> str:
    if type(key) is str:
        return key if len(key) <= _KEY_LENGTH else key[:_KEY_LENGTH] + '…'
    if key is None or type(key) in (int, float, bool, bytes):
        return repr(key)[:_KEY_LENGTH]
    if issubclass(type(key), enum.Enum):
        return enum_text(key)
    if type(key) is tuple:
        return f'({", ".join(map(_key_text, islice(key, 5)))})'[:_KEY_LENGTH]
    return f'<{type_name(key)}>'


def enum_text(member: enum.Enum) -> str:
    return f'{type_name(member)}.{member._name_}'  # pyright: ignore[reportPrivateUsage]


def _stored_fields(value: Any) -> list[tuple[str, object]]:
    """An object's own attributes as they are stored: its slots and its `__dict__`, in the order of definition."""
    fields: dict[str, Any] = {}
    for cls in reversed(type.__dict__['__mro__'].__get__(type(value))):
        for name, descriptor in type.__dict__['__dict__'].__get__(cls).items():
            if isinstance(descriptor, types.MemberDescriptorType) and name not in _PYDANTIC_STORAGE:
                try:
                    fields[name] = descriptor.__get__(value)
                except AttributeError:
                    continue
    try:
        stored: Any = object.__getattribute__(value, '__dict__')
    except AttributeError:
        stored = {}
    extra: Any = fields.pop('__pydantic_extra__', None)
    for storage in (stored, extra):
        if type(storage) is dict:
            fields.update({str(name): item for name, item in dict[Any, Any].items(storage)})
    return [(name, item) for name, item in fields.items() if not name.startswith('__')]
