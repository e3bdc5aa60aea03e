"""The Stream pane: what the selected node does, live and long past."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hostile import PAYLOADS, RAW_CONTROL
from pane_host import (
    HELLO,
    IN_REQUEST,
    RUN,
    TO_REQUEST,
    PaneHost,
    call,
    request,
    response,
    settled,
    streamed,
    text,
    user,
)

from pydantic_ai_debug.model.parts import PartsFold
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui.panes.stream import StreamPane
from pydantic_ai_debug.tui.present.stream_text import part_spans
from pydantic_ai_debug.tui.present.styled import Span
from pydantic_ai_debug.tui.widgets.document import Document
from pydantic_ai_debug.tui.widgets.text_view import TextView

WEATHER = ev.ToolStarted('r', 2, 'c1', 'get_weather', {'city': 'Paris'})
WEATHER_BACK = ev.ToolFinished('r', 2, 'c1', 'get_weather', {'city': 'Paris'}, 'returned', {'rain': 0.7}, 0.3)


def finished(node: int, kind: str, following: str | None) -> ev.NodeFinished:
    return ev.NodeFinished('r', node, kind, 1.2, following)


async def test_deltas_are_shown_as_they_arrive_grouped_by_part() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, {'part_kind': 'thinking', 'content': 'Rain '}, 'or sun?'))
        app.feed(*streamed(1, text('Let me '), 'look', ends=False))
        assert 'thinking\n  Rain or sun?\n\ntext\n  Let me look\n' in await settled(pilot)


async def test_arguments_are_formatted_once_they_are_whole() -> None:
    app = PaneHost(StreamPane)
    whole = call('get_weather', '{"city": ')
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, whole, '"Par', ends=False))
        assert '  {"city": "Par' in await settled(pilot)
        app.feed(*streamed(0, whole, '"Paris"}')[2:])
        shown = await settled(pilot)
        assert 'call get_weather' in shown
        assert '{ "city": "Paris" }' in shown


async def test_a_response_that_came_whole_is_shown_whole() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST)
        assert 'Waiting for the first token' in await settled(pilot)
        app.feed(
            ev.Messages('r', 1, [request(user('Hi')), response(text('It **rains**.'))], False, 0),
            finished(1, 'ModelRequestNode', 'CallToolsNode'),
            selected=None,
        )
        app.select(node=1)
        shown = await settled(pilot)
        assert 'It rains.' in shown
        assert 'came whole after 1.2 s · 10 tokens' in shown


FAILED = ev.RequestFailed('r', 1, ev.RaisedError('scripts', 'Overloaded', 'eu-1 is [b]full[/b]', [], {}), opened=True)


async def test_what_the_model_raised_stands_between_what_streamed_before_it_and_after() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('It '), 'ra', ends=False), FAILED)
        broken = 'text\n  It ra\n\nfailed Overloaded\n  eu-1 is [b]full[/b]\n'
        assert broken in await settled(pilot)
        app.feed(*streamed(0, text('It '), 'rains.', ends=False))
        assert f'{broken}\ntext\n  It rains.\n' in await settled(pilot)

        app.select(node=0)
        await settled(pilot)
        app.select(node=1)
        assert f'{broken}\ntext\n  It rains.\n' in await settled(pilot), 'all at once'


async def test_what_the_model_raised_stays_above_the_answer_that_came_in_the_end() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, FAILED)
        app.feed(ev.Messages('r', 1, [response(text('It rains.'))], False, 0))
        app.feed(finished(1, 'ModelRequestNode', 'CallToolsNode'), selected=None)
        app.select(node=1)
        assert 'failed Overloaded\n  eu-1 is [b]full[/b]\n\ntext\n  It rains.\n' in await settled(pilot)
        app.pane.query_one(TextView).focus()
        await pilot.press('m', 'm')
        assert 'request_failed' in await settled(pilot)


async def test_the_rate_follows_the_tokens_of_the_response() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('a'), 'b', 'c', 'd'))
        app.feed(
            ev.Messages('r', 1, [response(text('abcd'), tokens=40)], False, 0),
            finished(1, 'ModelRequestNode', 'CallToolsNode'),
        )
        app.select(node=1)
        assert 'first token 0.1 s · 100 tokens/s' in await settled(pilot)


async def test_the_key_m_shows_text_as_it_is_then_the_events_then_markdown_again() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(130, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('It **ra'), 'ins**'))
        app.pane.query_one(TextView).focus()
        assert 'It rains' in await settled(pilot)
        await pilot.press('m')
        assert 'It **rains**' in await settled(pilot)
        await pilot.press('m')
        shown = await settled(pilot)
        assert 'part_start' in shown
        assert '{"index": 0, "delta": {"content_delta": "ins**", "part_delta_kind": "text"}}' in shown
        assert app.focused is not None
        await pilot.press('m')
        assert 'It rains' in await settled(pilot)


async def test_a_text_too_long_for_markdown_stays_as_it_is() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 10)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('**bold** '), 'word ' * 6_000))
        await pilot.press('home')
        app.pane.query_one(TextView).scroll_to(y=0, animate=False)
        assert '**bold**' in await settled(pilot)


async def test_a_text_that_goes_on_after_the_final_result_is_found_is_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0
    append = Document.append

    def counted(document: Document, spans: Iterable[Span]) -> None:
        nonlocal written
        kept = list(spans)
        written += sum(len(span.text) for span in kept)
        append(document, kept)

    monkeypatch.setattr(Document, 'append', counted)
    app = PaneHost(StreamPane)
    found = {'event_kind': 'final_result', 'tool_name': None, 'tool_call_id': None}
    start, *deltas = streamed(0, text(''), *['word '] * 200, ends=False)
    async with app.run_test(size=(60, 10)) as pilot:
        app.feed(*IN_REQUEST, start, ev.Stream('r', 1, found))
        for delta in deltas:
            app.feed(delta)
        shown = await settled(pilot)
        assert 'word word' in shown
        assert shown.index('word') < shown.index('final result found')
    assert written < 2_000


async def test_tool_calls_show_arguments_result_outcome_and_duration() -> None:
    app = PaneHost(StreamPane)
    done = (*IN_REQUEST, finished(1, 'ModelRequestNode', 'CallToolsNode'), ev.NodeStarted('r', 2, 'CallToolsNode'))
    async with app.run_test(size=(60, 24)) as pilot:
        app.feed(*done, WEATHER, ev.ToolStarted('r', 2, 'c2', 'other', {}))
        app.select(node=2)
        shown = await settled(pilot)
        assert shown.index('get_weather') < shown.index('running …') < shown.index('other')
        app.feed(WEATHER_BACK)
        app.select(node=2)
        shown = await settled(pilot)
        assert '{ "city": "Paris" }' in shown
        assert 'returned  0.3 s' in shown
        assert '{ "rain": 0.7 }' in shown
        app.select(node=2, call='c2')
        shown = await settled(pilot)
        assert 'get_weather' not in shown


async def test_native_and_unknown_parts_and_events_are_named() -> None:
    app = PaneHost(StreamPane)
    native = {'part_kind': 'builtin-tool-call', 'tool_name': 'web_search', 'args': {'q': 'x'}}
    unknown = {'part_kind': 'hologram', 'shape': 'round'}
    async with app.run_test(size=(60, 24)) as pilot:
        app.feed(
            *IN_REQUEST,
            ev.Stream('r', 1, {'event_kind': 'part_start', 'index': 0, 'part': native}),
            ev.Stream('r', 1, {'event_kind': 'part_start', 'index': 1, 'part': unknown}),
            ev.Stream('r', 1, {'event_kind': 'final_result', 'tool_name': None}),
            ev.Stream('r', 1, {'event_kind': 'moon_phase', 'phase': 'full'}),
        )
        shown = await settled(pilot)
    for words in ('native call web_search', 'hologram', '"shape": "round"', 'final result found', 'moon_phase', 'full'):
        assert words in shown


async def test_other_rows_show_the_prompt_and_the_output() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*TO_REQUEST)
        app.select(node=0)
        assert 'Plan a trip' in await settled(pilot)
        app.feed(finished(1, 'ModelRequestNode', 'End'), ev.RunFinished('r', {'city': 'Paris'}, {}, None))
        app.select(node=2)
        assert '"city": "Paris"' in await settled(pilot)


async def test_a_selected_run_shows_its_newest_request() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('newest words')))
        app.select()
        assert 'newest words' in await settled(pilot)


async def test_before_a_node_runs_what_led_to_it_stays_on_the_screen() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*TO_REQUEST, ev.Stopped('r', 1, 'boundary', 'ModelRequestNode'))
        assert 'Plan a trip' in await settled(pilot)
        app.feed(
            ev.Resumed('r', 1, 'boundary'),
            IN_REQUEST[-1],
            *streamed(0, text('It rains.')),
            finished(1, 'ModelRequestNode', 'CallToolsNode'),
            ev.Stopped('r', 2, 'boundary', 'CallToolsNode'),
        )
        shown = await settled(pilot)
        assert 'It rains.' in shown
        assert str(app.pane.border_title) == 'Stream · ModelRequestNode'


async def test_an_empty_pane_says_what_fills_it() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed()
        assert 'Starting Python' in await settled(pilot)
        app.feed(HELLO, RUN)
        assert 'The run has not begun' in await settled(pilot)
        app.restart(HELLO, ev.Exited(0))
        assert 'No agent run was started' in await settled(pilot)


async def test_a_restarted_session_starts_from_nothing() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('old words')))
        await settled(pilot)
        app.restart(ev.Output('stdout', 'x'), *IN_REQUEST, *streamed(0, text('new words')))
        shown = await settled(pilot)
        assert 'new words' in shown
        assert 'old words' not in shown


async def test_searching_and_copying_see_the_text() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('needle and needle')))
        await settled(pilot)
        assert app.pane.search('needle')
        assert app.pane.search('needle', forward=False)
        assert not app.pane.search('haystack')
        assert 'needle and needle' in app.pane.plain_text()


async def test_hostile_text_is_drawn_literally() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        for payload in PAYLOADS.values():
            app.restart(
                *IN_REQUEST,
                *streamed(0, text(payload), payload),
                *streamed(1, call(payload, {payload: payload})),
                ev.Stream('r', 1, {'event_kind': payload, 'field': payload}),
            )
            for _ in range(3):
                assert not RAW_CONTROL.search((await settled(pilot)).replace('\n', ''))
                app.pane.action_change_mode()


async def test_ten_megabytes_on_one_line_hold_nothing_up() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('x' * 10_000_000)), *streamed(1, call('t', 'y' * 1_000_000)))
        started = time.perf_counter()
        await settled(pilot)
        app.pane.action_change_mode()
        app.pane.action_change_mode()
        await settled(pilot)
        assert time.perf_counter() - started < 5


def test_arguments_that_have_yet_to_come_are_not_shown_as_none() -> None:
    fold = PartsFold()
    fold.feed(
        {'event_kind': 'part_start', 'index': 0, 'part': {'part_kind': 'tool-call', 'tool_name': 'add', 'args': None}}
    )
    assert 'null' not in ''.join(span.text for span in part_spans(fold.parts[0], rendered=True))


async def test_an_empty_pane_says_that_the_node_waits_at_an_error_and_then_that_it_is_over() -> None:
    error = ev.ErrorInfo('KeyError', '17', '')
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST)
        assert 'Waiting for the first token' in await settled(pilot)
        app.feed(ev.Stopped('r', 1, 'error', 'ModelRequestNode', error=error))
        assert 'waits at an error' in await settled(pilot)
        app.feed(ev.Resumed('r', 1, 'error'), ev.RunFailed('r', error))
        assert 'Nothing was streamed' in await settled(pilot)


async def test_of_a_node_that_a_session_was_left_before_what_led_to_it_is_shown() -> None:
    app = PaneHost(StreamPane)
    left = (
        finished(1, 'ModelRequestNode', 'CallToolsNode'),
        ev.Stopped('r', 2, 'boundary', 'CallToolsNode'),
        ev.Exited(-15),
    )
    async with app.run_test(size=(70, 10)) as pilot:
        app.feed(*IN_REQUEST, *streamed(0, text('It rains.')), *left)
        shown = await settled(pilot)
        assert 'It rains.' in shown
        assert 'called no tool' not in shown


async def test_an_empty_pane_waits_for_no_response_to_a_request_that_the_recording_does_not_answer() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, ev.Stopped('r', 1, 'divergence', 'ModelRequestNode'))
        shown = await settled(pilot)
        assert 'is not in the recording, and is not sent' in shown
        assert 'Waiting for the first token' not in shown
        app.feed(ev.Resumed('r', 1, 'divergence'))
        assert 'Waiting for the first token' in await settled(pilot)


async def test_a_call_that_is_left_to_others_has_no_result_yet() -> None:
    app = PaneHost(StreamPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed(*IN_REQUEST, finished(1, 'ModelRequestNode', 'CallToolsNode'), ev.NodeStarted('r', 2, 'CallToolsNode'))
        app.feed(WEATHER, replace(WEATHER_BACK, outcome='deferred', result=None))
        shown = await settled(pilot)
        assert 'deferred' in shown
        assert 'null' not in shown
