"""What `y` copies in each pane: structured things as JSON, texts as they were written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scenes import CALLS, CALLS_SIDE_BY_SIDE
from stage import PlayedSession, main_screen, played_app, recording_app, settled, until
from textual.pilot import Pilot

from pydantic_ai_debug.model.row_content import row_content
from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows

MEDIUM = (120, 36)


async def copied(pilot: Pilot[int], *keys: str) -> str:
    """What is on the clipboard after some keys and `y`."""
    app = pilot.app
    app.copy_to_clipboard('')
    await pilot.press(*keys)
    await settled(pilot)
    await pilot.press('y')
    await until(pilot, lambda: app.clipboard != '')
    return app.clipboard


async def select(pilot: Pilot[int], key: RowKey) -> None:
    app = pilot.app
    assert isinstance(app, DebuggerApp)
    app.screen.query_one(GraphRows).select(key)
    await until(pilot, lambda: main_screen(app).situation.selected == key)


ROWS: dict[str, tuple[RowKey, dict[str, Any]]] = {
    'a call': (
        RowKey('run-1', 2, 'call_w1'),
        {'tool': 'get_weather', 'tool_call_id': 'call_w1', 'outcome': 'returned'},
    ),
    'a prompt': (RowKey('run-2', 0), {'kind': 'UserPromptNode', 'prompt': 'Museums and vegetarian food in Paris?'}),
    'a run': (RowKey('run-2'), {'agent': 'city_expert', 'run': 'run-2'}),
    'an end': (RowKey('run-1', 5), {'kind': 'End', 'node': 5}),
}


@pytest.mark.parametrize('row', ROWS)
async def test_a_row_of_the_graph_is_copied_as_json(row: str) -> None:
    key, said = ROWS[row]
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await select(pilot, key)
        content = json.loads(await copied(pilot))
        assert said.items() <= content.items()
        if row == 'a call':
            assert content['args'] == {'city': 'Paris', 'date': '2026-11-27'}
            assert content['result'] is not None
        if row == 'an end':
            assert content['output']['city'] == 'Paris'


async def test_a_model_request_is_copied_with_all_its_messages_and_its_response() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await select(pilot, RowKey('run-1', 3))
        content = json.loads(await copied(pilot))
        kinds = [message['kind'] for message in content['request']['messages']]
        assert kinds == ['request', 'response', 'request'], 'those of the request before are sent again'
        assert content['response']['kind'] == 'response'
        await select(pilot, RowKey('run-1', 2))
        calls = json.loads(await copied(pilot))['calls']
        assert [call['tool'] for call in calls] == ['get_weather', 'find_flights', 'research_city']


async def test_the_row_of_the_session_is_copied_as_it_is_drawn() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await select(pilot, SESSION_ROW)
        assert (await copied(pilot)).startswith('trip.py --fast')


async def test_a_call_that_waits_is_copied_with_what_it_has_come_to() -> None:
    session = PlayedSession()
    session.report(*CALLS_SIDE_BY_SIDE)
    app = played_app(session)
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        state = main_screen(app).situation.state
        contents = [
            row_content(state, RowKey('r1', 2, call), lambda place: session.log.record(place).event)
            for call in ('c1', 'c2')
        ]
        call, tool, args = CALLS[1]
        assert contents == [
            {'tool': CALLS[0][1], 'tool_call_id': 'c1', 'args': CALLS[0][2], 'result': 'sunny'},
            {'tool': tool, 'tool_call_id': call, 'args': args},
        ]


async def test_a_request_that_is_only_planned_is_copied_with_what_it_is_going_to_send() -> None:
    first = {'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': 'Hi'}]}
    session = PlayedSession()
    session.report(
        ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
        ev.NodeStarted('r1', 0, 'UserPromptNode'),
        ev.NodeFinished('r1', 0, 'UserPromptNode', 0.1, 'ModelRequestNode'),
        ev.RequestPlanned('r1', 1, 'm', [first], 0, 'Be kind.', [], [], None),
        ev.Stopped('r1', 1, 'boundary', 'ModelRequestNode'),
    )
    app = played_app(session)
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        content = json.loads(await copied(pilot))
        assert content['request'] == {'model': 'm', 'instructions': 'Be kind.', 'messages': [first]}
        assert content['response'] is None


STREAM: dict[str, tuple[RowKey, Any]] = {
    'a call': (RowKey('run-1', 2, 'call_w1'), 'get_weather'),
    'calls': (RowKey('run-1', 2), 'find_flights'),
    'a response with calls': (RowKey('run-1', 1), 'tool-call'),
}


@pytest.mark.parametrize('what', STREAM)
async def test_in_stream_what_has_a_structure_is_copied_as_json(what: str) -> None:
    key, word = STREAM[what]
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await select(pilot, key)
        text = await copied(pilot, '2')
        assert json.loads(text)
        assert word in text


async def test_in_stream_a_text_is_copied_as_the_model_wrote_it() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await select(pilot, RowKey('run-2', 1))
        text = await copied(pilot, '2')
        assert "1. **Musée de l'Orangerie** – go at *opening time*" in text.splitlines()


@pytest.mark.parametrize(
    ('keys', 'content'),
    [
        (('3', 'home', 'down', 'down'), None),
        (('5', 'home'), 'messages'),
        (('4', 'home'), 'highlights'),
    ],
    ids=['State', 'Request', 'Result'],
)
async def test_in_trees_the_entry_at_the_cursor_is_copied(keys: tuple[str, ...], content: str | None) -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        text = await copied(pilot, *keys)
        assert content is None or content in json.loads(text)
        assert text.strip()


async def test_in_console_all_that_the_script_wrote_is_copied() -> None:
    session = PlayedSession()
    session.report(*CALLS_SIDE_BY_SIDE, ev.Output('stdout', 'one\n'), ev.Output('stderr', 'two\n'))
    app = played_app(session)
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await pilot.press('6')
        await until(pilot, lambda: main_screen(app).arrangement.active == 'Console')
        assert await copied(pilot) == 'one\ntwo'
