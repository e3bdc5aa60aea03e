"""The Request pane: exactly what is sent, and what changed since the request before."""

from __future__ import annotations

import json
from dataclasses import replace

from hostile import PAYLOADS, RAW_CONTROL
from pane_host import HELLO, IN_REQUEST, RUN, TO_REQUEST, PaneHost, call, request, response, settled, user

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.tui.panes.request import RequestPane
from pydantic_ai_debug.tui.widgets.value_tree import ValueTree

SCHEMA = {'type': 'object', 'properties': {'city': {'type': 'string'}}, 'required': ['city']}
WEATHER = {'name': 'get_weather', 'description': 'Weather of a city.\n\nTen days.', 'parameters_json_schema': SCHEMA}
TRAINS = {'name': 'find_trains', 'description': None, 'parameters_json_schema': {}}
FINAL = {'name': 'final_result', 'description': 'The plan', 'parameters_json_schema': SCHEMA, 'kind': 'output'}
ASK = request({'part_kind': 'system-prompt', 'content': 'You are terse.'}, user('Plan a trip'))
CALL = response(call('get_weather', {'city': 'Paris'}))
BACK = request({'part_kind': 'tool-return', 'tool_name': 'get_weather', 'content': 'rain', 'tool_call_id': 'c1'})

FIRST = ev.Request(
    'r', 1, 'gpt-5.2', [ASK], 0, 'Be brief.', [WEATHER, TRAINS], [FINAL], {'temperature': 0.2}, output_mode='tool'
)
SECOND = ev.Request(
    'r', 3, 'gpt-5-mini', [CALL, BACK], 1, 'Be briefer.', [WEATHER], [FINAL], {'temperature': 0.0}, output_mode='tool'
)
TO_SECOND: tuple[Event, ...] = (
    *IN_REQUEST,
    FIRST,
    ev.Messages('r', 1, [ASK, CALL], False, 0),
    ev.NodeFinished('r', 1, 'ModelRequestNode', 1.0, 'CallToolsNode'),
    ev.NodeStarted('r', 2, 'CallToolsNode'),
    ev.ToolFinished('r', 2, 'c1', 'get_weather', {'city': 'Paris'}, 'returned', 'rain', 0.1),
    ev.NodeFinished('r', 2, 'CallToolsNode', 1.0, 'ModelRequestNode'),
    ev.Stopped('r', 3, 'boundary', 'ModelRequestNode'),
)
IN_SECOND: tuple[Event, ...] = (
    *TO_SECOND,
    ev.Resumed('r', 3, 'boundary'),
    ev.NodeStarted('r', 3, 'ModelRequestNode'),
    SECOND,
)


def line_with(shown: str, words: str) -> str:
    return next((line for line in shown.splitlines() if words in line), '')


async def test_a_request_is_shown_whole_with_counts_and_sizes() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(90, 24)) as pilot:
        app.feed(*IN_REQUEST, FIRST)
        shown = await settled(pilot)
    for words, end in (
        ('model ', 'gpt-5.2'),
        ('settings', '19 B'),
        ('instructions    Be brief.', '9 B'),
        ('system prompts  1  You are terse.', '14 B'),
        ('messages        1', ' B'),
        ('0  request   system, user', ''),
        ('tools           2  get_weather, find_trains', ' B'),
        ('output tools    1  final_result', ' B'),
        ('output mode     tool, text allowed', ''),
        ('request 1 of 1', ''),
    ):
        assert line_with(shown, words).endswith(end), words
    assert '*' not in shown


async def test_what_changed_since_the_request_before_is_marked() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(90, 24)) as pilot:
        app.feed(*IN_SECOND)
        shown = await settled(pilot)
        assert line_with(shown, 'model').endswith('was gpt-5.2')
        assert 'changed' in line_with(shown, 'instructions')
        assert '2 new' in line_with(shown, 'messages')
        assert 'new' not in line_with(shown, '0  request')
        assert line_with(shown, '2  request').endswith('new')
        assert 'was 2' in line_with(shown, 'tools')
        app.pane.query_one(ValueTree).focus()
        assert app.pane.search('settings')
        await pilot.press('right')
        assert 'was 0.2' in line_with(await settled(pilot), 'temperature  0.0')
        assert app.pane.search('find_trains')
        assert 'gone' in line_with(await settled(pilot), 'find_trains')


async def test_a_tool_opens_into_its_description_and_schema() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(90, 30)) as pilot:
        app.feed(*IN_REQUEST, FIRST)
        app.pane.query_one(ValueTree).focus()
        assert app.pane.search('get_weather')
        await pilot.press('right')
        assert app.pane.search('weather of a city')
        await pilot.press('right')
        shown = await settled(pilot)
        assert 'Ten days.' in shown
        assert 'city: string' in shown


async def test_before_it_is_sent_it_shows_what_is_planned() -> None:
    app = PaneHost(RequestPane)
    planned = ev.RequestPlanned('r', 3, 'gpt-5.2', [CALL, BACK], 1, 'Be brief.', [WEATHER], [FINAL], None)
    async with app.run_test(size=(90, 24)) as pilot:
        app.feed(*TO_REQUEST, ev.Stopped('r', 1, 'boundary', 'ModelRequestNode'))
        assert 'put together when ModelRequestNode runs' in await settled(pilot)
        app.feed(*TO_SECOND[len(TO_REQUEST) :], planned)
        shown = await settled(pilot)
        assert 'Not sent yet' in shown
        assert line_with(shown, '2  request   return get_weather').endswith('new')
        assert 'request 2 of 2' in shown
        app.feed(*IN_SECOND[len(TO_SECOND) :])
        shown = await settled(pilot)
        assert 'Not sent yet' not in shown
        assert 'request 2 of 2' in shown


async def test_other_rows_show_the_request_before_them() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(90, 24)) as pilot:
        app.feed(*IN_SECOND)
        app.select(node=2)
        assert 'request 1 of 2' in await settled(pilot)
        app.select()
        assert 'request 2 of 2' in await settled(pilot)
        app.select(node=0)
        assert 'No model request yet' in await settled(pilot)


async def test_copying_at_the_top_gives_the_whole_request_as_json() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(90, 24)) as pilot:
        app.feed(*IN_SECOND)
        await settled(pilot)
        copied = json.loads(app.pane.plain_text())
        assert copied['messages'] == [ASK, CALL, BACK]
        assert copied['tools'] == [WEATHER]
        app.pane.query_one(ValueTree).focus()
        await pilot.press('down')
        assert json.loads(app.pane.plain_text()) == {'temperature': 0.0}


async def test_an_empty_pane_says_what_fills_it() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(60, 20)) as pilot:
        app.feed()
        assert 'Starting Python' in await settled(pilot)
        app.feed(HELLO, RUN)
        assert 'No model request yet' in await settled(pilot)


async def test_the_schema_of_output_that_comes_as_text_is_shown() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(60, 20)) as pilot:
        schema = {'title': 'City', 'type': 'object'}
        app.feed(*IN_REQUEST, replace(FIRST, output_mode='native', output_schema=schema))
        await settled(pilot)
        await pilot.press('tab', 'end', 'right')
        assert 'title  "City"' in await settled(pilot)


async def test_hostile_text_is_drawn_literally() -> None:
    app = PaneHost(RequestPane)
    async with app.run_test(size=(60, 30)) as pilot:
        for payload in PAYLOADS.values():
            schema = {'properties': {payload: {'type': payload}}}
            tool = {'name': payload, 'description': payload, 'parameters_json_schema': schema}
            said = [request(user(payload))]
            app.restart(
                *IN_REQUEST,
                ev.Request('r', 1, payload, said, 0, payload, [tool], [tool], {payload: payload}, output_mode=payload),
            )
            tree = app.pane.query_one(ValueTree)
            for _ in range(40):
                tree.action_open()
                tree.action_move(1)
            assert not RAW_CONTROL.search((await settled(pilot)).replace('\n', ''))
