"""Merging of stream events in the writer thread."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from pydantic import TypeAdapter
from pydantic_ai.messages import (
    AgentStreamEvent,
    BinaryContent,
    FilePart,
    FinalResultEvent,
    FunctionToolResultEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
)

from pydantic_ai_debug.debuggee.captures import Capture
from pydantic_ai_debug.debuggee.deltas import StreamItem, render
from pydantic_ai_debug.debuggee.wire import stream_event_text
from pydantic_ai_debug.protocol.codec import decode_record, encode_event, numbered
from pydantic_ai_debug.protocol.events import Event, Fault, NodeStarted, Stream

from .outbox import KeptOutbox


def text(content: str, index: int = 0, run: str = 'r1') -> StreamItem:
    return StreamItem(run, 1, PartDeltaEvent(index=index, delta=TextPartDelta(content_delta=content)))


def rendered(*items: object, times: Iterable[float] | None = None) -> list[Event]:
    """The events as they are read from the lines that they become."""
    outbox = KeptOutbox(times)
    for item in items:
        outbox.receive(item)
    return sent(outbox)


def sent(outbox: KeptOutbox) -> list[Event]:
    return [decode_record(numbered(encode_event(event, at), 1)).event for at, event in render(outbox.take())]


def test_merged_deltas_keep_the_time_of_each_to_the_microsecond() -> None:
    (event,) = rendered(text('a'), text('b'), text('c'), times=[0.0000014, 1.25, 100_000.1234567])
    assert isinstance(event, Stream)
    assert event.times == (0.000001, 1.25, 100_000.123457)


def test_a_delta_that_comes_while_those_before_it_are_taken_is_sent_with_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outbox = KeptOutbox()
    outbox.receive(text('a'))
    taken: list[Event] = []
    tell_time = outbox.clock

    def taken_meanwhile() -> float:
        taken.extend(sent(outbox))
        return tell_time()

    # After its text was put to the others, and before its time is.
    monkeypatch.setattr(outbox, 'clock', taken_meanwhile)
    outbox.receive(text('b'))
    monkeypatch.undo()
    outbox.receive(text('c'))
    assert contents(taken) == ['a']
    assert contents(sent(outbox)) == ['bc']
    assert sent(outbox) == []


def test_deltas_of_runs_that_stream_side_by_side_are_merged_for_each_of_them() -> None:
    events = rendered(text('a'), text('b', run='r2'), text('c'), text('d', run='r2'))
    assert contents(events) == ['ac', 'bd']
    assert [event.times for event in events if isinstance(event, Stream)] == [(0.0, 2.0), (1.0, 3.0)]


def test_a_delta_that_nobody_would_take_is_not_kept() -> None:
    outbox = KeptOutbox()
    outbox.open = False
    outbox.receive(text('a'))
    assert sent(outbox) == []


def contents(events: list[Event]) -> list[str]:
    return [event.data['delta']['content_delta'] for event in events if isinstance(event, Stream)]


def test_deltas_of_one_part_become_one_line_with_their_times() -> None:
    (event,) = rendered(text('a'), text('bc'), text('d'))
    assert isinstance(event, Stream)
    assert contents([event]) == ['abcd']
    assert (event.times, event.lengths) == ((0.0, 1.0, 2.0), (1, 2, 1))


def test_deltas_of_different_parts_and_runs_stay_apart() -> None:
    assert contents(rendered(text('a'), text('b', index=1), text('c', index=1), text('d', run='r2'))) == [
        'a',
        'bc',
        'd',
    ]


def test_what_comes_between_deltas_keeps_its_place() -> None:
    between = NodeStarted('r1', 2, 'CallToolsNode')
    events = rendered(text('a'), between, text('b'))
    assert events[1] == between
    assert contents(events) == ['a', 'b']


def test_arguments_of_a_tool_are_merged_as_text() -> None:
    pieces = [
        StreamItem('r1', 1, PartDeltaEvent(index=0, delta=ToolCallPartDelta(args_delta=piece)))
        for piece in ('{"a"', ': 1}')
    ]
    (event,) = rendered(*pieces)
    assert isinstance(event, Stream)
    assert event.data['delta']['args_delta'] == '{"a": 1}'


def test_deltas_that_carry_more_than_text_are_not_merged() -> None:
    signed = StreamItem('r1', 1, PartDeltaEvent(index=0, delta=ThinkingPartDelta(signature_delta='s')))
    assert len(rendered(signed, signed)) == 2


def test_the_start_of_a_part_is_a_line_of_its_own() -> None:
    start = StreamItem('r1', 1, PartStartEvent(index=0, part=TextPart('hi')))
    events = rendered(start, text('a'))
    assert [event.data['event_kind'] for event in events if isinstance(event, Stream)] == ['part_start', 'part_delta']


class NewKindOfEvent:
    def __init__(self) -> None:
        self.event_kind = 'brand_new'


def test_a_kind_of_event_that_nobody_knows_is_passed_through() -> None:
    (event,) = rendered(StreamItem('r1', 1, NewKindOfEvent()))
    assert isinstance(event, Stream)
    assert event.data == {'type': 'NewKindOfEvent', 'event_kind': 'brand_new'}


def test_an_event_made_late_that_fails_is_a_fault_and_the_rest_goes_on() -> None:
    def broken() -> Event:
        raise ValueError('no')

    fault, after = rendered(broken, text('a'))
    assert isinstance(fault, Fault)
    assert isinstance(after, Stream)


@pytest.mark.parametrize(
    'event',
    [
        PartStartEvent(index=0, part=ThinkingPart('hm', signature='s')),
        PartStartEvent(index=1, part=ToolCallPart('add', {'a': 1, 'none': None}, tool_call_id='c')),
        PartStartEvent(index=2, part=FilePart(BinaryContent(b'\xff\x00', media_type='image/png'))),
        PartDeltaEvent(index=0, delta=ThinkingPartDelta(content_delta='h', signature_delta='s')),
        PartDeltaEvent(index=0, delta=ToolCallPartDelta(args_delta={'a': 1})),
        PartEndEvent(index=0, part=TextPart('whole')),
        FinalResultEvent(tool_name='final_result', tool_call_id='c'),
        FunctionToolResultEvent(ToolReturnPart('add', {'sum': 3}, tool_call_id='c')),
    ],
    ids=lambda event: type(event).__name__,
)
def test_stream_events_are_written_as_pydantic_ai_serialises_them(event: object) -> None:
    expected = TypeAdapter(AgentStreamEvent).dump_json(event, warnings=False)
    assert json.loads(Capture(event, stream_event_text).text) == json.loads(expected)


def test_details_that_a_function_computes_are_left_out() -> None:
    delta = TextPartDelta(content_delta='x', provider_details=lambda details: details or {})
    written = Capture(PartDeltaEvent(index=0, delta=delta), stream_event_text).text
    assert json.loads(written)['delta']['provider_details'] is None
