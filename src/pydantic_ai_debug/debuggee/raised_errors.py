"""What a model raised, as it is written to be raised once more in a replay, and made anew from that.

Reading runs no code of the program's but the exception's `__str__`; making one calls its class, which has to be there
already: a recording imports nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, cast

from pydantic_ai_debug.protocol.events import Json, RaisedError

from .errors import members, said
from .insides import class_namespace, type_name, type_of
from .secrets import masked, masked_assignments

_DEEPEST = 20
_MOST_TEXT = 100_000
"""Characters of a text; longer ones, such as a whole page that a server answered with, are not kept."""

_attributes: Callable[[BaseException], dict[str, object]] = class_namespace(BaseException)['__dict__'].__get__
"""What an exception stores, whatever its class says about its attributes."""
_arguments: Callable[[BaseException], tuple[object, ...]] = class_namespace(BaseException)['args'].__get__


class _NotPlainError(Exception):
    """A value that JSON does not hold as it is."""


def described_error(error: BaseException, depth: int = _DEEPEST) -> RaisedError:
    """An exception by its class, its arguments and what it stores, as far as those are plain values.

    An argument that is none makes what it says its only argument; an attribute that is none is left out.
    """
    message = said(error)
    cls = type_of(error)
    group = tuple(described_error(one, depth - 1) for one in members(error)) if depth else ()
    # The exceptions of a group are its second argument.
    given = _arguments(error)[:1] if group else _arguments(error)
    try:
        arguments: Json = [_plain(argument) for argument in given]
    except _NotPlainError:
        arguments = [message]
    return RaisedError(
        module=type.__dict__['__module__'].__get__(cls),
        name=type.__dict__['__qualname__'].__get__(cls),
        message=message,
        args=arguments,
        fields=masked(_plain_fields(error)),
        group=group,
    )


def raised_anew(described: RaisedError) -> Exception | None:
    """An exception like the one that was described; None where its class is not there, or makes none of this."""
    cls = _class_of(described)
    if cls is None:
        return None
    arguments = tuple(cast('list[object]', described.args))
    if described.group:
        group = [raised_anew(one) for one in described.group]
        if not all(group):
            return None
        arguments = (*arguments, group)
    try:
        error = cls.__new__(cls, *arguments)
        error.args = arguments
        error.__dict__.update(cast('dict[str, object]', described.fields))
    except Exception:  # noqa: BLE001 - a class of the program's may do anything when it is called
        return None
    return error if type_of(error) is cls else None


def _class_of(described: RaisedError) -> Any:
    """The class of an exception, among those that the program has loaded."""
    found: Any = sys.modules.get(described.module)
    for name in described.name.split('.'):
        found = getattr(found, name, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def _plain_fields(error: BaseException) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for name, value in _attributes(error).items():
        try:
            fields[name] = _plain(value)
        except _NotPlainError:
            continue
    return fields


def _plain(value: object, depth: int = _DEEPEST) -> Json:
    """A value of Python's own types as JSON, its texts masked as those of exceptions are."""
    kind = type_of(value)
    if value is None or kind is bool or kind is int or (kind is float and math.isfinite(cast(float, value))):
        return value
    if kind is str and len(text := cast(str, value)) <= _MOST_TEXT:
        return masked_assignments(text)
    if depth and (kind is list or kind is tuple):
        return [_plain(item, depth - 1) for item in cast('list[object]', value)]
    if depth and kind is dict:
        return {_key(key): _plain(item, depth - 1) for key, item in cast('dict[object, object]', value).items()}
    raise _NotPlainError(type_name(value))


def _key(key: object) -> str:
    if type_of(key) is not str:
        raise _NotPlainError(type_name(key))
    return cast(str, key)
