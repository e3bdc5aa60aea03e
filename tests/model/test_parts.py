"""Parts of a response, from stream events of any version of pydantic-ai."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pydantic_ai_debug.model.parts import (
    OtherEvent,
    Part,
    PartEnded,
    PartGrew,
    PartsFold,
    PartStarted,
    message_parts,
    newest_response,
)


def stream_parts(events: Iterable[object]) -> list[Part]:
    fold = PartsFold()
    for data in events:
        fold.feed(data)
    return fold.parts


def start(index: int, **part: object) -> dict[str, object]:
    return {'index': index, 'part': part, 'previous_part_kind': None, 'event_kind': 'part_start'}


def delta(index: int, **fields: object) -> dict[str, object]:
    return {'index': index, 'delta': fields, 'event_kind': 'part_delta'}


def end(index: int, **part: object) -> dict[str, object]:
    return {'index': index, 'part': part, 'next_part_kind': None, 'event_kind': 'part_end'}


TEXT = [
    start(0, content='Hel', part_kind='text'),
    delta(0, content_delta='lo', part_delta_kind='text'),
    end(0, content='Hello', part_kind='text'),
]
THINKING = [
    start(0, content='', part_kind='thinking'),
    delta(0, content_delta='Hm', signature_delta=None, part_delta_kind='thinking'),
    delta(0, content_delta=None, signature_delta='abc', part_delta_kind='thinking'),
]
CALL = [
    start(0, tool_name='get_', args=None, tool_call_id='c1', part_kind='tool-call'),
    delta(0, tool_name_delta='weather', args_delta='{"city": ', tool_call_id='c1', part_delta_kind='tool_call'),
    delta(0, tool_name_delta=None, args_delta='"Paris"}', tool_call_id='c1', part_delta_kind='tool_call'),
]
OBJECT_CALL = [
    start(0, tool_name='f', args={'a': 1}, tool_call_id='c1', part_kind='tool-call'),
    delta(0, args_delta={'b': 2}, part_delta_kind='tool_call'),
]
NATIVE = [
    start(0, tool_name='web_search', args='{"q": "x"}', tool_call_id='n1', part_kind='builtin-tool-call'),
    start(1, tool_name='web_search', content={'hits': 3}, tool_call_id='n1', part_kind='builtin-tool-return'),
]
UNKNOWN = [start(0, shape='round', nothing=None, part_kind='hologram')]
MIDDLE = [delta(3, content_delta='later', part_delta_kind='text')]
ENDED_ONLY = [end(0, content='all of it', part_kind='text')]


@pytest.mark.parametrize(
    ('events', 'expected'),
    [
        (TEXT, [('text', '', 'Hello', None, True)]),
        (THINKING, [('thinking', '', 'Hm', None, False)]),
        (CALL, [('call', 'get_weather', '{"city": "Paris"}', {'city': 'Paris'}, False)]),
        (OBJECT_CALL, [('call', 'f', '', {'a': 1, 'b': 2}, False)]),
        (MIDDLE, [('text', '', 'later', None, False)]),
        (ENDED_ONLY, [('text', '', 'all of it', None, True)]),
    ],
    ids=['text', 'thinking', 'call', 'arguments as an object', 'from the middle on', 'only its end'],
)
def test_stream_events_add_up_to_parts(events: list[object], expected: list[object]) -> None:
    parts = stream_parts(events)
    assert [(part.kind, part.tool, part.text, part.args, part.finished) for part in parts] == expected


def test_native_tools_are_calls_and_returns_of_the_provider() -> None:
    call, answer = stream_parts(NATIVE)
    assert (call.kind, call.native, call.args) == ('call', True, {'q': 'x'})
    assert (answer.kind, answer.native, answer.content) == ('return', True, {'hits': 3})


def test_an_unknown_kind_passes_under_its_own_name() -> None:
    (part,) = stream_parts(UNKNOWN)
    assert (part.kind, part.wire_kind, part.fields) == ('other', 'hologram', {'shape': 'round'})


def test_the_fold_says_what_each_event_changed() -> None:
    fold = PartsFold()
    changes = [fold.feed(event) for event in TEXT]
    part = fold.parts[0]
    assert changes == [[PartStarted(part)], [PartGrew(part, 'lo')], [PartEnded(part)]]


def test_a_new_response_on_the_same_stream_starts_new_parts() -> None:
    assert [part.text for part in stream_parts([*TEXT, *TEXT])] == ['Hello', 'Hello']


@pytest.mark.parametrize(
    'data', [None, [], 'text', 7, {}, {'event_kind': 7}, {'index': 'x', 'event_kind': 'part_start'}]
)
def test_what_is_no_stream_event_of_ours_is_an_event_about_no_part(data: object) -> None:
    fold = PartsFold()
    (change,) = fold.feed(data)
    assert isinstance(change, OtherEvent)
    assert fold.parts == []


def test_an_event_about_no_part_keeps_its_name_and_fields() -> None:
    (change,) = PartsFold().feed({'tool_name': 'final_result', 'event_kind': 'final_result'})
    assert change == OtherEvent('final_result', {'tool_name': 'final_result'})


def test_the_parts_of_a_message_are_finished() -> None:
    response = {
        'kind': 'response',
        'parts': [
            {'part_kind': 'text', 'content': 'a'},
            {'part_kind': 'tool-call', 'tool_name': 't', 'args': {'x': 1}},
        ],
    }
    parts = message_parts(newest_response([{'kind': 'response', 'parts': []}, response, {'kind': 'request'}]))
    assert [(part.kind, part.finished, part.args) for part in parts] == [('text', True, None), ('call', True, {'x': 1})]


@pytest.mark.parametrize('message', [None, 3, {'parts': None}, {'parts': [None, 3, {}]}])
def test_a_malformed_message_gives_no_error(message: object) -> None:
    assert all(part.kind == 'other' for part in message_parts(message))


def test_twenty_thousand_deltas_are_joined_once() -> None:
    fold = PartsFold()
    fold.feed(start(0, content='', part_kind='text'))
    for _ in range(20_000):
        fold.feed(delta(0, content_delta='word ', part_delta_kind='text'))
    assert fold.parts[0].text == 'word ' * 20_000
