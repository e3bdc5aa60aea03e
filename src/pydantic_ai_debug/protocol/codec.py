"""Dataclasses of the protocol to JSON lines and back.

A line is one JSON object. The class is named by the key `event` or `command` in snake case; the other keys are its
fields, those left out that hold their default. Keys a reader does not know are ignored, so writers may add some.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from .commands import Command
from .events import Event, Json, Record, Unknown
from .frozen import values_of
from .written import WrittenJson

Converter = Callable[[object], object]


class ProtocolError(ValueError):
    """A line that is no JSON object, or whose fields do not fit their event or command."""


@cache
def wire_name(cls: type) -> str:
    """The name of an event or command on the wire: `NodeStarted` is `node_started`."""
    return re.sub(r'(?<=[a-z])(?=[A-Z])', '_', cls.__name__).lower()


def _by_wire_name(union: object) -> dict[str, type]:
    return {wire_name(cls): cls for cls in get_args(union)}


_EVENTS = {name: cls for name, cls in _by_wire_name(Event).items() if cls is not Unknown}
_COMMANDS = _by_wire_name(Command)


_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(',', ':'), allow_nan=False).encode
_encode_text = json.encoder.encode_basestring
_LARGEST_INTEGER = 4_000
"""Bits of an integer that is written as a number."""
_WORD = 64


def _encode(value: object) -> str:
    try:
        return _encode_json(value)
    except ValueError:
        return _encode_json(_with_odd_numbers_as_text(value))


def _with_odd_numbers_as_text(value: Any) -> Any:
    """The same JSON value without the numbers that JSON has no form for, or that Python refuses to write."""
    match value:
        case dict():
            fields = cast('dict[str, Any]', value)
            return {key: _with_odd_numbers_as_text(item) for key, item in fields.items()}
        case list() | tuple():
            return [_with_odd_numbers_as_text(item) for item in cast('list[Any]', value)]
        case float() if not math.isfinite(value):
            return 'NaN' if value != value else 'Infinity' if value > 0 else '-Infinity'
        case int() if value.bit_length() > _LARGEST_INTEGER:
            return f'an integer of {value.bit_length()} bits'
        case _:
            return value


def dump_json(value: object) -> str:
    """One line of JSON. Lone surrogates are escaped, so that the text can always be written as UTF-8."""
    return _writable(_encode(value))


def _writable(text: str) -> str:
    """JSON with its lone surrogates escaped."""
    return text if text.isascii() else text.encode(errors='backslashreplace').decode()


def to_json(value: object) -> Json:
    """A protocol dataclass, or anything inside one, as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        cls = type(value)
        return {
            name: to_json(item)
            for name, default in _defaults(cls)
            if (item := getattr(value, name)) is not default and (default is dataclasses.MISSING or item != default)
        }
    if isinstance(value, tuple):
        items = cast('tuple[object, ...]', value)
        # Tuples of the protocol hold items of one kind; a stream event may have thousands of times.
        return [to_json(item) for item in items] if items and dataclasses.is_dataclass(items[0]) else items
    return value


@cache
def _defaults(cls: type) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(cls))


def rounded(seconds: float) -> float:
    """Seconds that are not negative, to the microsecond. `round` goes by way of texts, which takes three times as long."""
    return int(seconds * 1e6 + 0.5) / 1e6


def encode_event(event: Event, time: float) -> str:
    """An event as a line without its place in the stream; `numbered` adds that."""
    if isinstance(event, Unknown):
        return dump_json({'event': event.name, 'time': time, **event.fields})
    opening, values, fields = _layout(type(event))
    line = f'{opening}{time!r}'
    for value, (key, default) in zip(values(event), fields, strict=True):
        if value is not default and (default is dataclasses.MISSING or value != default):
            encode = _ENCODERS.get(type(value), _encode_field)
            line += key + encode(value)
    return _writable(line + '}')


def _encode_int(value: int) -> str:
    # Nearly all are indexes and counts.
    return repr(value) if value.bit_length() < _WORD else _encode(value)


def _encode_float(value: float) -> str:
    return repr(value) if math.isfinite(value) else _encode(value)


_ENCODERS: dict[type, Callable[[Any], str]] = {
    str: _encode_text,
    int: _encode_int,
    float: _encode_float,
    dict: _encode,
    list: _encode,
}


def _encode_field(value: object) -> str:
    return value.text if isinstance(value, WrittenJson) else _encode(to_json(value))


@cache
def _layout(cls: type) -> tuple[str, Callable[[Any], Iterable[object]], tuple[tuple[str, object], ...]]:
    """How a line of an event begins, the values of its fields, and for each what stands before it and the default."""
    defaults = _defaults(cls)
    fields = tuple((f',"{name}":', default) for name, default in defaults)
    return f'{{"event":"{wire_name(cls)}","time":', values_of(cls), fields


def numbered(line: str, seq: int) -> str:
    """A line of `encode_event` with its place in the stream."""
    return f'{{"seq":{seq},{line[1:]}'


def encode_command(command: Command) -> str:
    fields = cast('dict[str, Json]', to_json(command))
    return dump_json({'command': wire_name(type(command)), **fields})


def decode_record(line: str | bytes, upgrade: Callable[[dict[str, Json]], dict[str, Json]] | None = None) -> Record:
    """Read a line of the event stream.

    Args:
        line: The line, with or without its end.
        upgrade: Makes what an older format holds what this one does.

    Raises:
        ProtocolError: where the line is no record.
    """
    data = _decode_object(line)
    if upgrade is not None:
        data = upgrade(data)
    name, seq, time = data.pop('event', None), data.pop('seq', None), data.pop('time', None)
    if not isinstance(name, str) or not isinstance(seq, int) or not isinstance(time, (int, float)):
        raise ProtocolError('a record has `event`, `seq` and `time`')
    cls = _EVENTS.get(name)
    event = Unknown(name, data) if cls is None else _build(cls, data)
    return Record(seq, float(time), cast(Event, event))


def decode_command(line: str | bytes) -> Command:
    """Read a command.

    Raises:
        ProtocolError: where the line is no command of this version.
    """
    data = _decode_object(line)
    name = data.pop('command', None)
    cls = _COMMANDS.get(name) if isinstance(name, str) else None
    if cls is None:
        raise ProtocolError(f'unknown command {name!r}')
    return cast(Command, _build(cls, data))


def _decode_object(line: str | bytes) -> dict[str, Json]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f'not JSON: {error}') from None
    if not isinstance(data, dict):
        raise ProtocolError('not a JSON object')
    return cast('dict[str, Json]', data)


def _build(cls: type, data: Mapping[str, object]) -> object:
    values: dict[str, object] = {}
    for name, required, convert in _fields(cls):
        if name in data:
            try:
                values[name] = convert(data[name])
            except ProtocolError as error:
                raise ProtocolError(f'{wire_name(cls)}.{name}: {error}') from None
        elif required:
            raise ProtocolError(f'{wire_name(cls)} has no `{name}`')
    return cls(**values)


@cache
def _fields(cls: type) -> tuple[tuple[str, bool, Converter], ...]:
    hints = get_type_hints(cls)
    return tuple(
        (field.name, field.default is dataclasses.MISSING, _converter(hints[field.name]))
        for field in dataclasses.fields(cls)
    )


def _converter(hint: Any) -> Converter:
    """A function that checks a JSON value against a type hint of the protocol and converts it."""
    if hint is object:
        return lambda value: value
    if dataclasses.is_dataclass(hint):
        cls = cast(type, hint)
        return lambda value: _build(cls, _expect_object(value))
    origin = get_origin(hint)
    if origin is Literal:
        return _literal_converter(get_args(hint))
    if origin in (Union, types.UnionType):
        return _optional_converter(hint)
    if origin is tuple:
        convert_item = _converter(get_args(hint)[0])
        return lambda value: tuple(convert_item(item) for item in _expect_list(value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _expect_object
    return _scalar_converter(hint)


def _scalar_converter(expected: type) -> Converter:
    accepted = (int, float) if expected is float else (expected,)

    def convert(value: object) -> object:
        if not isinstance(value, accepted) or (isinstance(value, bool) and expected is not bool):
            raise ProtocolError(f'expected {expected.__name__}, not {type(value).__name__}')
        return value

    return convert


def _literal_converter(choices: tuple[object, ...]) -> Converter:
    def convert(value: object) -> object:
        if value not in choices:
            raise ProtocolError(f'{value!r} is none of {", ".join(map(str, choices))}')
        return value

    return convert


def _optional_converter(hint: object) -> Converter:
    """The protocol's only unions are `X | None`."""
    (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
    convert_inner = _converter(inner)
    return lambda value: None if value is None else convert_inner(value)


def _expect_object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ProtocolError('expected an object')
    return cast('Mapping[str, object]', value)


def _expect_list(value: object) -> Iterable[object]:
    if not isinstance(value, list):
        raise ProtocolError('expected a list')
    return cast('list[object]', value)
