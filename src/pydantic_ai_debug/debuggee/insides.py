"""What objects of the user's program have inside, read without running any of their code.

Subclasses of built-in collections are read through the built-in's own methods, objects through the storage that their
type keeps for them: no property, `__getattr__`, `__iter__` or `__len__` of the user's is called.
"""

# Objects of any type are read through slots of `type`, `dict` and the like, about whose results types say nothing.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import enum
import gc
import sys
import types
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic_ai_debug.protocol.values import ValueKind

from .scrubbing import shown_text

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
    kind = type_of(value)
    if kind is types.MappingProxyType:
        # Its own methods call those of the mapping behind it, which may be anything.
        behind = gc.get_referents(value)
        return inside_of(behind[0]) if len(behind) == 1 and issubclass(type_of(behind[0]), dict) else None
    if issubclass(kind, dict):
        return _collection('mapping', dict, value, _mapping_entries)
    if issubclass(kind, tuple) and type_of(names := class_namespace(kind).get('_fields')) is tuple:
        return _fields_inside(list(zip(names, tuple.__iter__(value), strict=False)))
    for base in (list, tuple, deque):
        if issubclass(kind, base):
            return _collection('sequence', base, value, _sequence_entries)
    for base in (set, frozenset):
        if issubclass(kind, base):
            return _collection('set', base, value, _sequence_entries)
    return _fields_inside(stored_fields(value))


type_of: Callable[[object], Any] = type
"""An object's class, whatever its `__class__` says."""


def type_name(value: object) -> str:
    """An object's class name, from where neither `__class__` nor a metaclass can lie about it."""
    return type.__dict__['__name__'].__get__(type(value))


def is_of_package(value: object, packages: frozenset[str]) -> bool:
    """Whether an object's class is one that such a package really defines: a class may lie about its module."""
    kind = type_of(value)
    module: Any = type.__dict__['__module__'].__get__(kind)
    if type_of(module) is not str or module.partition('.')[0] not in packages:
        return False
    defining = sys.modules.get(module)
    if not issubclass(type_of(defining), types.ModuleType):
        return False
    return class_namespace(types.ModuleType)['__dict__'].__get__(defining).get(type_name(value)) is kind


def classes_of(value: object) -> tuple[Any, ...]:
    """An object's class and the classes it inherits from."""
    return type.__dict__['__mro__'].__get__(type_of(value))


def class_namespace(cls: Any) -> Any:
    """What a class itself defines."""
    return type.__dict__['__dict__'].__get__(cls)


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
        yield key_text(key), item


def _sequence_entries(base: Any, sequence: Any, start: int) -> Iterator[tuple[str, object]]:
    if base in (list, tuple):
        # By index, since a page far into a long list is asked for as often as the first one.
        for index in range(start, base.__len__(sequence)):
            yield str(index), base.__getitem__(sequence, index)
        return
    for index, item in enumerate(islice(base.__iter__(sequence), start, None), start):
        yield str(index), item


def key_text(key: Any) -> str:
    """A key of a mapping as text."""
    kind = type_of(key)
    if kind is str:
        return shown_text(key, _KEY_LENGTH)
    # By identity: a class may have a metaclass that compares as it likes.
    if key is None or kind is int or kind is float or kind is bool or kind is bytes:
        return repr(key)[:_KEY_LENGTH]
    if issubclass(kind, enum.Enum):
        return enum_text(key)
    if kind is tuple:
        return f'({", ".join(map(key_text, islice(key, 5)))})'[:_KEY_LENGTH]
    return f'<{type_name(key)}>'


def enum_text(member: enum.Enum) -> str:
    return f'{type_name(member)}.{object.__getattribute__(member, "_name_")}'


def stored_fields(value: Any) -> list[tuple[str, object]]:
    """An object's own attributes as they are stored: its slots and its `__dict__`, in the order of definition."""
    fields: dict[str, Any] = {}
    stored: Any = None
    for cls in reversed(classes_of(value)):
        for name, descriptor in class_namespace(cls).items():
            kind = type_of(descriptor)
            # The one descriptor that Python makes for the dictionary; `__dict__` may be a property of the user's.
            if name == '__dict__' and kind is types.GetSetDescriptorType:
                stored = descriptor.__get__(value)
            elif kind is types.MemberDescriptorType and name not in _PYDANTIC_STORAGE:
                try:
                    fields[name] = descriptor.__get__(value)
                except AttributeError:
                    continue
    extra: Any = fields.pop('__pydantic_extra__', None)
    for storage in (stored, extra):
        if type_of(storage) is dict:
            fields.update({name: item for name, item in dict[Any, Any].items(storage) if type_of(name) is str})
    return [(name, item) for name, item in fields.items() if not name.startswith('__')]
