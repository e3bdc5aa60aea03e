"""The fields of pydantic-ai's own dataclasses, read one by one.

Whoever asks an object for its `__dict__` has Python 3.11 and 3.12 make one, and every later look at one of its attributes is
slower: those in a program's history are looked at in each of its rounds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import BaseModel

from pydantic_ai_debug.protocol.frozen import values_getter

from .insides import class_namespace, classes_of, is_of_package, type_of


class OwnFields(NamedTuple):
    """What the objects of one class hold."""

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    """What one of them holds. Raises an `AttributeError` where it lacks a field."""

    def by_name(self, value: object) -> dict[str, Any]:
        """The same, by name."""
        return dict(zip(self.names, self.values(value), strict=True))


def own_fields(value: object) -> OwnFields | None:
    """How an object is read; None where it is not pydantic-ai's, or holds more than the fields of a dataclass."""
    kind = type_of(value)
    # A class may have a metaclass of the user's, which looking it up would ask for its hash.
    if type_of(kind) is not type:
        return None
    if kind in _known:
        return _known[kind]
    if not is_of_package(value, _OWN_PACKAGES):
        return None
    known = _known[kind] = _fields_of(value, kind)
    return known


def is_own(value: object) -> bool:
    """Whether an object is one of pydantic-ai's."""
    kind = type_of(value)
    return (type_of(kind) is type and kind in _known) or is_of_package(value, _OWN_PACKAGES)


def _fields_of(value: object, kind: Any) -> OwnFields | None:
    if issubclass(kind, (BaseModel, BaseException)) or not dataclasses.is_dataclass(kind):
        return None
    names = tuple(field.name for field in dataclasses.fields(kind))
    has_slots = any(class_namespace(cls).get('__slots__') for cls in classes_of(value))
    return OwnFields(names, values_getter(names)) if names and not has_slots else None


_OWN_PACKAGES = frozenset({'pydantic_ai'})

_known: dict[Any, OwnFields | None] = {}
"""Of pydantic-ai's classes that were met: all are defined in modules, which stay."""


def fields_by_name(value: object) -> dict[str, Any]:
    """What an object of pydantic-ai's holds, or one of a class derived from its, by name."""
    known = own_fields(value)
    return vars(value) if known is None else known.by_name(value)
