"""The State pane: deps, messages and counters at a node, and what the last step changed."""

from __future__ import annotations

import pytest
from hostile import PAYLOADS, RAW_CONTROL
from pane_host import HELLO, IN_REQUEST, RUN, PaneHost, call, request, response, settled, text, user

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.protocol.values import Child, Value
from pydantic_ai_debug.tui.panes.base import Pane
from pydantic_ai_debug.tui.panes.state import StatePane
from pydantic_ai_debug.tui.widgets.value_tree import ValueTree


def number(value: int) -> Value:
    return Value('number', 'int', str(value))


def deps(calls: int, *cities: str) -> Value:
    cache = tuple(Child(repr(city), number(place)) for place, city in enumerate(cities))
    children = (
        Child('calls', number(calls)),
        Child('cache', Value('mapping', 'dict', f'{len(cities)} items', len(cities), cache)),
        Child('client', Value('object', 'Client', '4 fields', 4, opens=True)),
        Child('many', Value('sequence', 'list', '9000 items', 9000, (Child('0', number(0)),), more=8999, opens=True)),
    )
    return Value('object', 'TripDeps', '4 fields', 4, children)


STEPS: tuple[Event, ...] = (
    HELLO,
    RUN,
    ev.State('r', 0, usage={}, run_step=0, retries=0, deps=deps(0)),
    *IN_REQUEST[3:],
    ev.Messages('r', 1, [request(user('Plan a trip')), response(call('weather', '{}'))], False, 0),
    ev.State('r', 1, usage={'requests': 1, 'input_tokens': 1200, 'output_tokens': 87}, run_step=1),
    ev.NodeFinished('r', 1, 'ModelRequestNode', 1.0, 'CallToolsNode'),
    ev.NodeStarted('r', 2, 'CallToolsNode'),
    ev.State('r', 2, deps=deps(1, 'Paris')),
    ev.NodeFinished('r', 2, 'CallToolsNode', 0.2, 'ModelRequestNode'),
    ev.Stopped('r', 3, 'boundary', 'ModelRequestNode'),
)


def line_with(shown: str, words: str) -> str:
    return next((line for line in shown.splitlines() if words in line), '')


async def test_everything_of_the_state_is_there() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 24)) as pilot:
        app.feed(*STEPS)
        shown = await settled(pilot)
        assert 'TripDeps  4 fields' in line_with(shown, 'deps')
        assert '1 request, 1.2k in, 87 out' in line_with(shown, 'usage')
        assert '0  request   user' in shown
        assert '1  response  call weather' in shown
        assert line_with(shown, 'run_step').split() == ['run_step', '1']
        assert 'unknown' in line_with(shown, 'cost')


async def test_what_the_last_step_changed_is_marked() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 24)) as pilot:
        app.feed(*STEPS)
        shown = await settled(pilot)
        assert line_with(shown, 'calls').split() == ['*', 'calls', '1', 'was', '0']
        assert line_with(shown, 'cache').endswith('was 0 items')
        assert 'new' not in line_with(shown, '1  response')
        app.select(node=1)
        shown = await settled(pilot)
        assert line_with(shown, '1  response').endswith('new')
        assert line_with(shown, 'calls').split() == ['calls', '0']
        assert 'was 0' in line_with(shown, 'run_step')


async def test_a_message_opens_into_its_parts_and_fields() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 30)) as pilot:
        app.feed(*STEPS)
        tree = app.pane.query_one(ValueTree)
        tree.focus()
        assert app.pane.search('1  response')
        await pilot.press('right')
        shown = await settled(pilot)
        assert '▾ 1  response' in shown
        assert 'usage' in line_with(shown, 'usage')
        await pilot.press('left')
        assert '▸ 1  response' in await settled(pilot)


async def test_what_is_open_and_where_the_cursor_is_stays_through_a_step() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 30)) as pilot:
        app.feed(*STEPS)
        tree = app.pane.query_one(ValueTree)
        tree.focus()
        assert app.pane.search('cache')
        await pilot.press('enter', 'down')
        assert "'Paris'" in await settled(pilot)
        app.feed(
            ev.Resumed('r', 3, 'boundary'),
            ev.State('r', 3, deps=deps(2, 'Lyon', 'Paris')),
            ev.NodeFinished('r', 3, 'ModelRequestNode', 0.2, 'CallToolsNode'),
            ev.Stopped('r', 4, 'boundary', 'CallToolsNode'),
        )
        shown = await settled(pilot)
        assert line_with(shown, "'Lyon'").endswith('new')
        assert tree.row_at_cursor is not None
        assert tree.row_at_cursor.entry.key == "'Paris'"


async def test_what_is_gone_is_marked() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 30)) as pilot:
        app.feed(*STEPS)
        assert app.pane.search('cache')
        app.pane.query_one(ValueTree).focus()
        await pilot.press('enter')
        app.feed(
            ev.Resumed('r', 3, 'boundary'),
            ev.State('r', 3, deps=deps(2)),
            ev.NodeFinished('r', 3, 'ModelRequestNode', 0.2, 'CallToolsNode'),
            ev.Stopped('r', 4, 'boundary', 'CallToolsNode'),
        )
        shown = await settled(pilot)
        assert line_with(shown, 'cache').endswith('was 1 items')


async def test_opening_further_than_the_picture_asks_the_script_once_and_shows_the_answer() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 30)) as pilot:
        app.feed(*STEPS)
        assert app.pane.search('client')
        app.pane.query_one(ValueTree).focus()
        await pilot.press('right')
        assert 'asking the script' in await settled(pilot)
        assert app.messages == [Pane.ValueWanted('r', 'deps', (2,), 0)]
        inside = Value('object', 'Client', '4 fields', 4, (Child('base_url', Value('str', 'str', 'http://x')),))
        app.feed(ev.ValueOpened('r', 'deps', (2,), 0, inside))
        assert 'base_url  "http://x"' in await settled(pilot)
        assert len(app.messages) == 1


async def test_the_rest_of_a_long_list_comes_page_by_page() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 40)) as pilot:
        app.feed(*STEPS)
        assert app.pane.search('many')
        app.pane.query_one(ValueTree).focus()
        await pilot.press('right')
        assert '… 8,999 more' in await settled(pilot)
        assert app.pane.search('more')
        await pilot.press('right')
        await settled(pilot)
        assert app.messages == [Pane.ValueWanted('r', 'deps', (3,), 1)]
        page = Value('sequence', 'list', '9000 items', 9000, (Child('1', number(41)),), start=1, more=8998, opens=True)
        app.feed(ev.ValueOpened('r', 'deps', (3,), 1, page))
        shown = await settled(pilot)
        assert '… 8,998 more' in shown
        assert '41' in shown


async def test_an_object_that_is_gone_is_said_to_be_gone() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 30)) as pilot:
        app.feed(*STEPS)
        assert app.pane.search('client')
        app.pane.query_one(ValueTree).focus()
        await pilot.press('right')
        app.feed(ev.ValueOpened('r', 'deps', (2,), 0, None))
        assert 'no longer there' in await settled(pilot)


@pytest.mark.parametrize(('live', 'words'), [(False, 'a recording holds no more'), (True, 'while the run is paused')])
async def test_where_it_cannot_be_opened_further_it_says_why(live: bool, words: str) -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(90, 30)) as pilot:
        app.feed(*STEPS, ev.Resumed('r', 3, 'boundary'), live=live)
        assert app.pane.search('client')
        app.pane.query_one(ValueTree).focus()
        await pilot.press('right')
        assert words in await settled(pilot)
        assert app.messages == []


async def test_ten_thousand_messages_are_shown_by_pages_the_newest_open() -> None:
    app = PaneHost(StatePane)
    many = [request(user(f'message {place}')) for place in range(10_000)]
    async with app.run_test(size=(70, 20)) as pilot:
        app.feed(HELLO, RUN, ev.Messages('r', 0, many, False, 0), ev.Stopped('r', 0, 'boundary', 'UserPromptNode'))
        tree = app.pane.query_one(ValueTree)
        tree.focus()
        assert 'messages  10,000' in await settled(pilot)
        assert len(tree.rows) < 300
        await pilot.press('end')
        assert app.pane.search('9999')
        assert tree.row_at_cursor is not None
        assert tree.row_at_cursor.entry.key == '9999'
        assert app.pane.search('3,000 – 3,199')
        await pilot.press('right', 'down')
        assert tree.row_at_cursor.path[-1] == '3000'


async def test_a_past_node_says_that_it_is_past() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 30)) as pilot:
        app.feed(*STEPS)
        await settled(pilot)
        assert str(app.pane.border_subtitle) == ''
        app.select(node=1)
        await settled(pilot)
        assert str(app.pane.border_subtitle) == 'at node 2 of 4'


async def test_copying_gives_json_for_what_is_structured() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 30)) as pilot:
        app.feed(*STEPS)
        assert app.pane.search('1  response')
        await settled(pilot)
        assert '"tool_name": "weather"' in app.pane.plain_text()


async def test_hostile_text_is_drawn_literally() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(60, 30)) as pilot:
        for payload in PAYLOADS.values():
            leaf = Value('str', 'str', payload, len(payload))
            value = Value('object', payload, payload, 1, (Child(payload, leaf),))
            said = [request(user(payload)), response(text(payload), call(payload, payload))]
            app.restart(
                HELLO,
                RUN,
                ev.State('r', 0, usage={payload: 1}, deps=value, metadata=value),
                ev.Messages('r', 0, said, False, 0),
                ev.Stopped('r', 0, 'boundary', 'UserPromptNode'),
            )
            open_everything(app.pane.query_one(ValueTree))
            assert not RAW_CONTROL.search((await settled(pilot)).replace('\n', ''))


def open_everything(tree: ValueTree) -> None:
    tree.action_move_to_start()
    for _ in range(40):
        tree.action_open()
        tree.action_move(1)


async def test_of_usage_only_the_counts_that_are_others_now_are_said_again() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(70, 24)) as pilot:
        app.feed(
            *STEPS[:-3],
            ev.State('r', 2, usage={'requests': 1, 'input_tokens': 1200, 'output_tokens': 87, 'tool_calls': 1}),
            *STEPS[-2:],
        )
        shown = line_with(await settled(pilot), 'usage')
        assert '1 request, 1.2k in, 87 out, 1 tool call' in shown
        assert shown.rstrip().endswith('was 0 tool calls')


async def test_what_was_is_cut_where_a_pane_is_narrow_and_the_name_is_whole() -> None:
    app = PaneHost(StatePane)
    async with app.run_test(size=(40, 24)) as pilot:
        app.feed(
            *STEPS[:-3],
            ev.State('r', 2, usage={'requests': 2, 'input_tokens': 2400, 'output_tokens': 187, 'tool_calls': 1}),
            *STEPS[-2:],
        )
        shown = line_with(await settled(pilot), 'usage ')
        assert 'was 1 request' in shown
        assert shown.rstrip().endswith('…')


async def test_what_all_branches_used_is_whole_beside_what_the_new_one_did() -> None:
    usage = {'requests': 30, 'input_tokens': 120_000, 'output_tokens': 87_000, 'tool_calls': 17}
    app = PaneHost(StatePane)
    async with app.run_test(size=(50, 24)) as pilot:
        app.feed(*STEPS, ev.Rewound('r', 4, 1, usage), ev.Stopped('r', 4, 'boundary', 'ModelRequestNode'))
        shown = await settled(pilot)
        assert line_with(shown, 'in all').split() == ['in', 'all', '20', 'in,', '10', 'out']
