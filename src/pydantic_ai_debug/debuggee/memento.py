"""The deps of a run as they were, to be put back in place without running code of the program's.

A memento keeps what each object that can change held: a list its items, an object its attributes. Putting it back gives
the same objects the same contents, so that whoever holds one of them finds it as it was. What belongs to a library, such
as a client or a lock, is left as it is and named; a class of the program's may steer this by a `__deepcopy__` of its own.
"""

# Objects of any type are read through slots of `type`, `dict` and the like, about whose results types say nothing.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import copy
import dataclasses
import datetime
import decimal
import enum
import pathlib
import re
import sys
import types
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from pydantic import BaseModel

from .errors import is_user_file
from .insides import class_namespace, classes_of, type_name, type_of

_MOST = 5_000
"""Objects that are kept of one run's deps, those that cannot change not counted."""
_SECONDS = 0.1
"""How long keeping them may take."""
_LEFT_NAMED = 8
"""Objects left as they are that are named."""

_CONSTANT = (
    type(None), bool, int, float, complex, str, bytes, range, slice, type(...), datetime.date, datetime.time,
    datetime.timedelta, datetime.tzinfo, decimal.Decimal, uuid.UUID, enum.Enum, pathlib.PurePath, re.Pattern, type,
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, types.GenericAlias,
)  # fmt: skip
"""Classes whose instances stay what they are, or are no state of a run's."""

Restore = Callable[[], object]
"""Gives one object what it held."""


class _TooMuchError(Exception):
    """The deps are too large to be kept at each node."""


@dataclass(frozen=True)
class Memento:
    """What deps held at one moment."""

    restores: tuple[Restore, ...] = ()
    left: tuple[str, ...] = ()
    """What is not put back, by where it is."""
    gave_up: bool = False
    """Whether nothing was kept: the deps are too large, or something in them raised."""

    def put_back(self) -> None:
        for restore in self.restores:
            restore()


def memento(deps: object) -> Memento:
    """Keep what deps hold now."""
    walk = _Walk()
    try:
        walk.over(deps)
    except _TooMuchError:
        return Memento(left=('deps, which are too large to be kept',), gave_up=True)
    except Exception as error:  # noqa: BLE001 - objects of the program's may be anything, a `__deepcopy__` may raise
        return Memento(left=(f'deps, which cannot be kept: {type_name(error)}',), gave_up=True)
    return Memento(tuple(walk.restores), tuple(walk.left[:_LEFT_NAMED]))


@dataclass
class _Walk:
    restores: list[Restore] = field(default_factory=list[Restore])
    left: list[str] = field(default_factory=list[str])

    def over(self, deps: object) -> None:
        seen: set[int] = set()
        ends = monotonic() + _SECONDS
        waiting: deque[tuple[str, Any]] = deque([('deps', deps)])
        while waiting:
            path, value = waiting.popleft()
            if issubclass(type_of(value), _CONSTANT) or id(value) in seen:
                continue
            seen.add(id(value))
            if len(seen) > _MOST or monotonic() > ends:
                raise _TooMuchError
            waiting += self._kept(path, value)

    def _kept(self, path: str, value: Any) -> list[tuple[str, Any]]:
        """Keep what one object holds; what is inside of it, to be kept as well."""
        kind = type_of(value)
        steering = next((space['__deepcopy__'] for cls in classes_of(value)
                         if '__deepcopy__' in (space := class_namespace(cls))), _UNSTEERED)  # fmt: skip
        if issubclass(kind, (tuple, frozenset)):
            base = tuple if issubclass(kind, tuple) else frozenset
            return [(f'{path}[]', item) for item in base.__iter__(value)]
        if issubclass(kind, dict):
            return self._mapping(path, value, OrderedDict if issubclass(kind, OrderedDict) else dict)
        for base in (list, deque, set, bytearray):
            if issubclass(kind, base):
                return self._items(path, value, base)
        if issubclass(kind, BaseModel) or dataclasses.is_dataclass(kind):
            return self._attributes(path, value)
        if steering is None:
            self.left.append(f'{path} ({type_name(value)})')
        elif steering is not _UNSTEERED:
            self._copied(value)
        elif kind is types.SimpleNamespace or _is_of_the_program(value):
            return self._attributes(path, value)
        else:
            self.left.append(f'{path} ({type_name(value)})')
        return []

    def _mapping(self, path: str, value: Any, base: Any) -> list[tuple[str, Any]]:
        items = dict(base.items(value))

        def restore() -> None:
            base.clear(value)
            base.update(value, items)

        self.restores.append(restore)
        return [(f'{path}[{key!r}]' if type_of(key) is str else f'{path}[]', item) for key, item in items.items()]

    def _items(self, path: str, value: Any, base: Any) -> list[tuple[str, Any]]:
        items = list(base.__iter__(value))
        add = base.update if base is set else base.extend

        def restore() -> None:
            base.clear(value)
            add(value, items)

        self.restores.append(restore)
        return [] if base is bytearray else [(f'{path}[]', item) for item in items]

    def _attributes(self, path: str, value: Any) -> list[tuple[str, Any]]:
        inside: list[tuple[str, Any]] = []
        for cls in classes_of(value):
            for name, descriptor in list(class_namespace(cls).items()):
                kind = type_of(descriptor)
                if name == '__dict__' and kind in (types.GetSetDescriptorType, types.MemberDescriptorType):
                    inside += self._stored(path, descriptor.__get__(value))
                elif kind is types.MemberDescriptorType:
                    inside += self._slot(f'{path}.{name}', value, descriptor)
        return inside

    def _stored(self, path: str, stored: dict[str, Any]) -> list[tuple[str, Any]]:
        attributes = dict(stored)

        def restore() -> None:
            stored.clear()
            stored.update(attributes)

        self.restores.append(restore)
        return [(f'{path}.{name}', item) for name, item in attributes.items()]

    def _slot(self, path: str, value: Any, descriptor: Any) -> list[tuple[str, Any]]:
        try:
            item = descriptor.__get__(value)
        except AttributeError:
            # It holds nothing: once it does, nothing is put back but what it has come to hold.
            return []
        self.restores.append(lambda: descriptor.__set__(value, item))
        return [(path, item)]

    def _copied(self, value: Any) -> None:
        """A class that copies itself says what of it is state."""
        kept = vars(copy.deepcopy(value))

        def restore() -> None:
            attributes = vars(value)
            attributes.clear()
            # A copy once more: the run may come back here again.
            attributes.update(copy.deepcopy(kept))

        self.restores.append(restore)


_UNSTEERED = object()


def _is_of_the_program(value: object) -> bool:
    """Whether its class is the program's own, rather than a library's."""
    module: Any = type.__dict__['__module__'].__get__(type_of(value))
    if module == '__main__':
        return True
    defining = sys.modules.get(module) if type_of(module) is str else None
    file = getattr(defining, '__file__', None) if type_of(defining) is types.ModuleType else None
    return isinstance(file, str) and is_user_file(file)
