"""Which recorded answer belongs to which request: tables, without pydantic-ai's agents."""

from __future__ import annotations

from typing import Any

import pytest

from pydantic_ai_debug.debuggee.asked import AskedRequest, RequestFold
from pydantic_ai_debug.debuggee.placeholder_keys import PLACEHOLDER, provide_placeholders
from pydantic_ai_debug.debuggee.recorded_stream import _shortened, _split
from pydantic_ai_debug.debuggee.replay import Replay, RunPlace
from pydantic_ai_debug.debuggee.tape import tape_of
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Record

PROMPT: dict[str, Any] = {'part_kind': 'user-prompt', 'content': 'hello', 'timestamp': '2026-01-01'}
TOOL: dict[str, Any] = {'name': 'add', 'description': 'Add.', 'parameters_json_schema': {'type': 'object'}}


def message(*parts: dict[str, Any], kind: str = 'request', **fields: Any) -> dict[str, Any]:
    return {'kind': kind, 'parts': list(parts), **fields}


def request(*messages: Any, run: str = 'r1', kept: int = 0, **fields: Any) -> ev.Request:
    shared = {'instructions': 'Be brief.', 'tools': [TOOL], 'output_tools': [], 'settings': {'temperature': 0}}
    return ev.Request(run, 1, 'm', list(messages), kept, **{**shared, **fields})


def asked(event: ev.Request) -> AskedRequest:
    return RequestFold().take(event)


PLAIN = request(message(PROMPT))


@pytest.mark.parametrize(
    'same',
    [
        request(message({**PROMPT, 'timestamp': 'later'}, run_id='other', conversation_id='another')),
        request(message({**PROMPT, 'id': 'p1', 'provider_details': {'x': 1}}, instructions='as of then')),
        request(message(PROMPT), tools=[{**TOOL, 'kind': 'function', 'toolset_id': 'x', 'strict': True}]),
        request(message(PROMPT), native_tools=()),
    ],
    ids=['times and runs', 'details of the provider', 'what no model reads of a tool', 'no native tools'],
)
def test_what_a_model_does_not_read_makes_no_difference(same: ev.Request) -> None:
    assert asked(same).fingerprint == asked(PLAIN).fingerprint


@pytest.mark.parametrize(
    'other',
    [
        request(message({**PROMPT, 'content': 'Hello'})),
        request(message(PROMPT), message(PROMPT)),
        request(message(PROMPT), instructions=None),
        request(message(PROMPT), tools=[]),
        request(message(PROMPT), tools=[{**TOOL, 'description': 'Adds.'}]),
        request(message(PROMPT), output_tools=[TOOL]),
        request(message(PROMPT), settings={'temperature': 1}),
        request(message(PROMPT), output_schema={'type': 'object'}),
    ],
)
def test_what_a_model_reads_makes_one(other: ev.Request) -> None:
    assert asked(other).fingerprint != asked(PLAIN).fingerprint


def called(call: str, args: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    part = {'part_kind': 'tool-call', 'tool_name': 'add', 'args': args, 'tool_call_id': call}
    returned = {'part_kind': 'tool-return', 'tool_name': 'add', 'content': 3, 'tool_call_id': call}
    return message(part, kind='response'), message(returned)


def test_a_call_is_known_by_its_place_and_its_arguments_by_their_value() -> None:
    first = asked(request(message(PROMPT), *called('random1', '{"a": 1}')))

    assert asked(request(message(PROMPT), *called('random2', {'a': 1}))).fingerprint == first.fingerprint
    assert asked(request(message(PROMPT), *called('random1', {'a': 2}))).fingerprint != first.fingerprint
    response, _ = called('one', {'a': 1})
    _, other = called('two', {'a': 1})
    assert asked(request(message(PROMPT), response, other)).fingerprint != first.fingerprint


def test_a_request_is_put_together_from_what_was_added() -> None:
    response, returned = called('c', {})
    fold = RequestFold()
    fold.take(PLAIN)

    grown = fold.take(request(response, returned, kept=1))
    rewritten = fold.take(request(message({**PROMPT, 'content': 'new'}), kept=0))

    assert grown.fingerprint == asked(request(message(PROMPT), response, returned)).fingerprint
    assert rewritten.fingerprint == asked(request(message({**PROMPT, 'content': 'new'}))).fingerprint


def test_masks_are_the_same_whether_they_are_numbered_or_not() -> None:
    masked = request(message({**PROMPT, 'content': 'key ••••••••'}))
    numbered = request(message({**PROMPT, 'content': 'key ••••••••₁₂'}))

    assert asked(masked).fingerprint == asked(numbered).fingerprint


def answered(run: str, *events: ev.Event, answer: str = '') -> list[ev.Event]:
    response = message({'part_kind': 'text', 'content': answer or run}, kind='response', usage={})
    return [*events, ev.Messages(run, 1, [response], False, 1)]


def replay_of(*events: ev.Event) -> Replay:
    return Replay(tape_of(Record(seq, float(seq), event) for seq, event in enumerate(events)))


def served(replay: Replay, place: RunPlace, event: ev.Request) -> str | None:
    exchange = replay.exchange(place, replay.asked(event))
    response: Any = exchange.response if exchange is not None else None
    return response['parts'][0]['content'] if response is not None else None


def test_the_same_request_of_two_runs_is_answered_by_the_run_in_the_same_place() -> None:
    replay = replay_of(
        ev.RunStarted('r1', None, None, 'boss', 'm', ''),
        ev.RunStarted('r2', 'r1', 'a', 'helper', 'm', ''),
        ev.RunStarted('r3', 'r1', 'b', 'helper', 'm', ''),
        *answered('r1', request(message({**PROMPT, 'content': 'boss'}))),
        *answered('r2', request(message(PROMPT), run='r2')),
        *answered('r3', request(message(PROMPT), run='r3')),
    )

    assert served(replay, RunPlace('r1', 'boss'), request(message({**PROMPT, 'content': 'boss'}))) == 'r1'
    # The other one is started first this time.
    assert served(replay, RunPlace('r2', 'helper', 'r1', 'b'), request(message(PROMPT), run='r2')) == 'r3'
    assert served(replay, RunPlace('r3', 'helper', 'r1', 'a'), request(message(PROMPT), run='r3')) == 'r2'


def test_a_request_that_is_made_again_in_its_run_gets_its_answer_again_and_no_other_run_does() -> None:
    replay = replay_of(ev.RunStarted('r1', None, None, 'a', 'm', ''), *answered('r1', PLAIN))

    assert served(replay, RunPlace('r1', 'a'), PLAIN) == 'r1'
    assert served(replay, RunPlace('r1', 'a'), PLAIN) == 'r1'
    assert served(replay, RunPlace('r2', 'a'), request(message(PROMPT), run='r2')) is None


def test_a_loop_that_asks_the_same_gets_its_answers_in_order() -> None:
    replay = replay_of(
        ev.RunStarted('r1', None, None, 'a', 'm', ''),
        *answered('r1', PLAIN, answer='one'),
        *answered('r1', PLAIN, answer='two'),
    )

    assert [served(replay, RunPlace('r1', 'a'), PLAIN) for _ in range(2)] == ['one', 'two']


def test_what_is_accepted_once_is_the_same_in_all_requests_after_it() -> None:
    response, returned = called('c', {})
    replay = replay_of(
        ev.RunStarted('r1', None, None, 'a', 'm', ''),
        *answered('r1', PLAIN, answer='one'),
        *answered('r1', request(response, returned, kept=1), answer='two'),
    )
    place, changed = RunPlace('r1', 'a'), request(message({**PROMPT, 'content': 'hallo'}), instructions=None)
    differs = replay.asked(changed)
    assert replay.exchange(place, differs) is None
    divergence = replay.divergence(place, differs)
    assert divergence.closest is not None
    assert set(divergence.asked) == {'messages', 'instructions'}

    replay.accept(place, differs, divergence.closest)

    assert served(replay, place, request(response, returned, kept=1, instructions=None)) == 'two'


def test_messages_that_are_the_same_are_left_out_of_a_divergence() -> None:
    response, returned = called('c', {})
    replay = replay_of(
        ev.RunStarted('r1', None, None, 'a', 'm', ''),
        *answered('r1', PLAIN, answer='one'),
        *answered('r1', request(response, returned, kept=1), answer='two'),
    )
    place = RunPlace('r1', 'a')
    served(replay, place, PLAIN)

    later = replay.asked(request(response, message({**PROMPT, 'content': 'stop'}), kept=1))
    divergence = replay.divergence(place, later)

    assert divergence.same == 2
    assert divergence.asked == {
        'messages': [{'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': 'stop'}]}]
    }


def test_deltas_that_share_a_line_come_apart_unless_a_mask_has_changed_their_length() -> None:
    delta = {'index': 0, 'event_kind': 'part_delta', 'delta': {'part_delta_kind': 'text', 'content_delta': 'hello you'}}
    whole = ev.Stream('r1', 1, delta, (1.0, 1.5), (6, 3))
    masked = ev.Stream('r1', 1, delta, (1.0, 1.5), (20, 3))

    apart: Any = list(_split(whole, 1.0))
    assert [(at, data['delta']['content_delta']) for at, data in apart] == [(1.0, 'hello '), (1.5, 'you')]
    assert list(_split(masked, 1.0)) == [(1.0, delta)]


def test_long_pauses_are_cut_and_long_responses_take_seconds() -> None:
    assert _shortened([0.0, 30.0, 30.1]) == pytest.approx([0.3, 0.1])
    assert sum(_shortened([number * 0.25 for number in range(1000)])) == pytest.approx(4.0)
    assert _shortened([5.0]) == []


def test_only_keys_that_are_not_set_are_stood_in_for() -> None:
    environment = {'OPENAI_API_KEY': 'mine', 'GEMINI_API_KEY': 'mine too', 'GROQ_API_KEY': ''}

    provide_placeholders(environment)

    assert environment['OPENAI_API_KEY'] == 'mine'
    assert environment['GROQ_API_KEY'] == environment['ANTHROPIC_API_KEY'] == PLACEHOLDER
    assert 'GOOGLE_API_KEY' not in environment, 'the other name of the same is set'
