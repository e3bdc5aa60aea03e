"""Every event and every command crosses the wire unchanged, and what is no line of the protocol is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pydantic_ai_debug.protocol.codec import (
    ProtocolError,
    decode_command,
    decode_record,
    encode_command,
    encode_event,
    numbered,
    rounded,
    wire_name,
)
from pydantic_ai_debug.protocol.commands import Command
from pydantic_ai_debug.protocol.events import Event, Output, Record, Unknown

EVENTS = [cls for cls in get_args(Event) if cls is not Unknown]
COMMANDS = list(get_args(Command))

# Undecodable bytes of a script's output are carried as these surrogates.
TEXT = st.text(st.characters() | st.sampled_from('\udc80\udcff\x00\x1b\u202e\u2028'), max_size=20)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
SCALARS: dict[object, st.SearchStrategy[Any]] = {
    object: JSON,
    str: TEXT,
    int: st.integers(),
    float: FLOATS,
    bool: st.booleans(),
}


def instances(hint: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Anything a type hint of the protocol allows, nested values to a depth of two."""
    if hint in SCALARS:
        return SCALARS[hint]
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(
            hint, **{field.name: instances(hints[field.name], depth + 1) for field in dataclasses.fields(hint)}
        )
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in args if arg is not type(None))
        return st.none() if depth > 4 else st.none() | instances(inner, depth)
    if origin is tuple:
        return st.just(()) if depth > 4 else st.lists(instances(args[0], depth), max_size=2).map(tuple)
    assert issubclass(origin, Mapping)
    return st.dictionaries(TEXT, JSON, max_size=3)


@pytest.mark.parametrize('cls', EVENTS, ids=wire_name)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_event_crosses_the_wire_unchanged(cls: type, data: st.DataObject) -> None:
    event = data.draw(instances(cls))
    time = data.draw(FLOATS)

    line = numbered(encode_event(event, time), 7)

    assert '\n' not in line
    assert decode_record(line.encode()) == Record(7, time, event)


@pytest.mark.parametrize('cls', COMMANDS, ids=wire_name)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_command_crosses_the_wire_unchanged(cls: type, data: st.DataObject) -> None:
    command = data.draw(instances(cls))

    line = encode_command(command)

    assert '\n' not in line
    assert decode_command(line.encode()) == command


@given(st.dictionaries(TEXT.filter(lambda key: key not in ('event', 'seq', 'time')), JSON, max_size=4))
def test_an_event_of_a_newer_writer_is_kept_as_it_is(fields: dict[str, object]) -> None:
    event = Unknown('from_the_future', fields)

    assert decode_record(numbered(encode_event(event, 1.5), 3)) == Record(3, 1.5, event)


def test_fields_of_a_newer_writer_are_ignored() -> None:
    line = '{"seq":0,"event":"output","time":0,"stream":"stdout","text":"hi","colour":"red"}'

    assert decode_record(line) == Record(0, 0.0, Output('stdout', 'hi'))


@pytest.mark.parametrize(
    'line',
    [
        '',
        'not json',
        '[]',
        '"text"',
        '{',
        '{}',
        '{"event":"output","time":0,"stream":"stdout","text":"no seq"}',
        '{"seq":0,"event":"output","stream":"stdout","text":"no time"}',
        '{"seq":"0","event":"output","time":0,"stream":"stdout","text":"seq is text"}',
        '{"seq":0,"event":"output","time":0,"stream":"stdout"}',
        '{"seq":0,"event":"output","time":0,"stream":"stdin","text":"no such stream"}',
        '{"seq":0,"event":"output","time":0,"stream":"stdout","text":1}',
        '{"seq":0,"event":"exited","time":0,"code":true}',
        '{"seq":0,"event":"agents_offered","time":0,"agents":{}}',
        '{"seq":0,"event":"agents_offered","time":0,"agents":[1]}',
        '[' * 100_000,
    ],
)
def test_a_line_that_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(ProtocolError):
        decode_record(line)


@pytest.mark.parametrize('line', ['{}', '{"command":"no_such"}', '{"command":1}', '{"command":"step_over"}', 'x'])
def test_a_line_that_is_no_command_is_refused(line: str) -> None:
    with pytest.raises(ProtocolError):
        decode_command(line)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_raise_a_protocol_error(line: bytes) -> None:
    for decode in (decode_record, decode_command):
        with contextlib.suppress(ProtocolError):
            decode(line)


def test_what_says_nothing_is_left_out_of_a_line() -> None:
    line = encode_event(Output('stdout', 'hi'), 1.0)

    assert json.loads(line) == {'event': 'output', 'time': 1.0, 'stream': 'stdout', 'text': 'hi'}


@given(st.floats(0, 10**6))
def test_seconds_are_written_with_the_microsecond_that_is_nearest(seconds: float) -> None:
    assert abs(rounded(seconds) - seconds) < 5.1e-7
    assert rounded(seconds) == round(rounded(seconds), 6)
