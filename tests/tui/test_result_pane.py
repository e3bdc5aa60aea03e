"""The Result pane: outputs, failures, and what there is until then."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hostile import PAYLOADS, RAW_CONTROL
from pane_host import HELLO, IN_REQUEST, RUN, TO_REQUEST, PaneHost, call, response, settled, streamed, text

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.values import Child, Value
from pydantic_ai_debug.tui.panes.base import Pane
from pydantic_ai_debug.tui.panes.result import ResultPane
from pydantic_ai_debug.tui.widgets.value_tree import ValueTree

USAGE = {'requests': 2, 'input_tokens': 1200, 'output_tokens': 87}
FRAMES = (
    ev.Frame('/home/ada/trip.py', 31, '<module>', 'main()', True),
    ev.Frame('/venv/pydantic_ai/run.py', 9, 'run', 'await tool()', False),
    ev.Frame('/home/ada/trip.py', 22, 'find_order', 'return orders[number]', True),
)
STOP = {
    'type': 'object',
    'title': 'Stop',
    'properties': {'place': {'type': 'string'}, 'eur': {'type': 'number', 'default': 0}},
    'required': ['place'],
}
PLAN = {
    '$defs': {'Stop': STOP},
    'type': 'object',
    'title': 'Plan',
    'properties': {
        'city': {'type': 'string'},
        'days': {'type': 'integer'},
        'stops': {'type': 'array', 'items': {'$ref': '#/$defs/Stop'}},
        'mood': {'enum': ['calm', 'stormy'], 'type': 'string'},
    },
    'required': ['city', 'days', 'stops', 'mood'],
}
ERROR = ev.ErrorInfo('KeyError', '17', 'Traceback (most recent call last):\n  ...\nKeyError: 17', FRAMES)


async def shown_after(*events: ev.Event, live: bool = True, size: tuple[int, int] = (70, 24)) -> str:
    app = PaneHost(ResultPane)
    async with app.run_test(size=size) as pilot:
        app.feed(*events, live=live)
        return await settled(pilot)


async def test_until_then_it_says_so_and_what_brings_a_result() -> None:
    assert 'Starting Python' in await shown_after()
    shown = await shown_after(HELLO, RUN)
    assert 'not finished' in shown
    assert 'appear here at its end' in shown
    shown = await shown_after(*TO_REQUEST, ev.Stopped('r', 1, 'boundary', 'ModelRequestNode'))
    assert 'n steps on, c lets it run to its end' in shown


async def test_a_recording_that_was_cut_says_so() -> None:
    assert 'The recording ends before the run does' in await shown_after(HELLO, RUN, live=False)


async def test_a_script_that_fails_before_any_run_shows_its_error() -> None:
    shown = await shown_after(HELLO, ev.ScriptFailed(ERROR), ev.Exited(1))
    assert shown.startswith('KeyError: 17')
    assert shown.index('find_order') < shown.index('<module>')
    assert '6  see what the script printed' in shown


async def test_a_script_that_ended_first_says_how() -> None:
    shown = await shown_after(HELLO, RUN, ev.Exited(3))
    assert 'The script ended with exit code 3 before the run did' in shown


async def test_text_is_shown_as_markdown_with_usage_cost_and_duration() -> None:
    shown = await shown_after(HELLO, RUN, ev.RunFinished('r', '# Paris\n\nIt **rains**.', USAGE, 0.0021))
    assert 'Paris\n\nIt rains.' in shown
    assert '0.1 s · 2 requests, 1.2k in, 87 out · $0.0021' in shown


async def test_a_run_that_went_back_says_what_its_branches_used_in_all() -> None:
    went_back = (
        *IN_REQUEST,
        ev.Messages('r', 1, [response(text('It rains.'), tokens=9100)], False, 0),
        ev.NodeFinished('r', 1, 'ModelRequestNode', 1.0, 'CallToolsNode'),
        ev.Rewound('r', 2, 1, {}),
    )
    shown = await shown_after(*went_back, ev.RunFinished('r', 'x', {**USAGE, 'tool_calls': 12}, None))
    assert '1.2k in, 87 out · in all 20 in, 9.1k out · cost unknown' in shown


async def test_an_unknown_price_is_unknown_not_nothing() -> None:
    shown = await shown_after(HELLO, RUN, ev.RunFinished('r', 'x', USAGE, None))
    assert 'cost unknown' in shown
    assert '$' not in shown


async def test_structured_output_is_a_typed_tree() -> None:
    picture = Value(
        'object',
        'Plan',
        '2 fields',
        2,
        (Child('city', Value('str', 'str', 'Paris', 5)), Child('n', Value('none', 'None', 'None'))),
    )
    app = PaneHost(ResultPane)
    async with app.run_test(size=(70, 20)) as pilot:
        app.feed(HELLO, RUN, ev.RunFinished('r', {'city': 'Paris', 'n': None}, USAGE, None, picture))
        shown = await settled(pilot)
        assert 'Plan  2 fields' in shown
        assert 'city  "Paris"' in shown
        assert app.pane.plain_text() == '{\n  "city": "Paris",\n  "n": null\n}'
        assert app.pane.search('paris')


def answering(*pieces: str, schema: object = PLAN, ends: bool = False) -> list[ev.Event]:
    """A run up to a request that is being answered with output."""
    tool = {'name': 'final_result', 'parameters_json_schema': schema}
    request = ev.Request('r', 1, 'm', [], 0, None, [], [tool], None, output_mode='tool')
    return [*IN_REQUEST, request, *streamed(0, call('final_result', ''), *pieces, ends=ends)]


async def test_while_output_arrives_its_fields_are_shown_typed_and_the_others_awaited() -> None:
    app = PaneHost(ResultPane)
    async with app.run_test(size=(70, 10)) as pilot:
        app.feed(*answering())
        assert await settled(pilot) == (
            '  ▾ partial  Plan  0 of 4 fields\n'
            '      ○ city   str\n'
            '      ○ days   int\n'
            '      ○ stops  list[Stop]\n'
            "      ○ mood   Literal['calm', 'stormy…\n\n\n\n\n"
        )
        app.feed(*streamed(0, call('final_result', ''), '{"city": "Lisb', ends=False)[1:])
        assert '● city   str         "Lisb\n' in await settled(pilot)
        app.feed(*streamed(0, call('final_result', ''), 'on", "days": "two", "stops": [{"pl', ends=False)[1:])
        shown = await settled(pilot)
        assert shown.startswith('  ▾ partial  Plan  1 does not fit  3 of 4 fields\n')
        assert '✓ city   str         "Lisbon"\n' in shown
        assert '✗ days   int         not an int  "two"\n' in shown
        assert '▸ ● stops  list[Stop]  [0]\n' in shown
        app.feed(*streamed(0, call('final_result', ''), 'ace": "Bel', ends=False)[1:])
        assert '▸ ● stops  list[Stop]  [0].place  "Bel\n' in await settled(pilot)
        assert app.pane.plain_text() == '{"city": "Lisbon", "days": "two", "stops": [{"place": "Bel'


async def test_a_partial_output_gives_way_to_the_whole_one() -> None:
    app = PaneHost(ResultPane)
    text = '{"city": "Lisbon", "days": 2, "stops": [], "mood": "calm"}'
    async with app.run_test(size=(70, 10)) as pilot:
        app.feed(*answering(text, ends=True))
        assert 'partial  Plan  complete, not validated yet' in await settled(pilot)
        app.feed(ev.NodeFinished('r', 1, 'ModelRequestNode', 1.0, 'CallToolsNode'))
        assert 'partial  Plan  complete, not validated yet' in await settled(pilot)
        app.feed(ev.RunFinished('r', {'city': 'Lisbon'}, USAGE, None))
        shown = await settled(pilot)
        assert 'partial' not in shown
        assert 'city  "Lisbon"' in shown


async def test_a_rejected_output_makes_room_for_the_next() -> None:
    app = PaneHost(ResultPane)
    async with app.run_test(size=(70, 10)) as pilot:
        app.feed(*answering('{"city": 3}', ends=True))
        assert 'partial' in await settled(pilot)
        app.feed(ev.NodeStarted('r', 3, 'ModelRequestNode'))
        assert 'not finished' in await settled(pilot)


async def test_a_recording_that_ends_within_the_output_shows_what_had_come() -> None:
    shown = await shown_after(*answering('{"city": "Lis'), live=False)
    assert 'partial  Plan  ended before it was complete  1 of 4 fields' in shown
    assert '"Lis' in shown


async def test_where_there_is_room_what_arrives_is_open_and_kept_in_view() -> None:
    app = PaneHost(ResultPane)
    stops = ', '.join(f'{{"place": "Place {number}"}}' for number in range(12))
    async with app.run_test(size=(70, 24)) as pilot:
        app.feed(*answering('{"city": "Lisbon", "stops": [' + stops))
        shown = await settled(pilot)
        assert '▾ ✓ 11  Stop  1 field' in shown
        assert '✓ place  str    "Place 11"' in shown
        assert 'not given, 0 by default' in shown
        app.feed(*streamed(0, call('final_result', ''), ', {"place": "Here', ends=False)[1:])
        assert '● place  str    "Here' in await settled(pilot)
        # A cursor that has left the first line stays where somebody reads.
        await pilot.press('tab', 'home', 'down')
        app.feed(*streamed(0, call('final_result', ''), ' and there', ends=False)[1:])
        assert 'city' in await settled(pilot)


async def test_a_long_text_is_wrapped_where_there_is_room() -> None:
    app = PaneHost(ResultPane)
    text = 'A long weekend in the old town, by tram. ' * 5
    async with app.run_test(size=(60, 24)) as pilot:
        app.feed(*answering('{"city": "' + text))
        shown = await settled(pilot)
        assert ' '.join(shown.split()).count(text[:-1]) == 1
        assert '205 characters' in shown


async def test_too_much_output_is_left_to_the_stream() -> None:
    shown = await shown_after(*answering('{"city": "' + 'x' * 50_000))
    assert 'More than 50,000 characters have arrived' in shown
    assert 'xxx' not in shown


async def test_output_that_is_no_json_is_told() -> None:
    assert 'partial  Plan  not JSON from character 1 on' in await shown_after(*answering('Sure! Here'))


async def test_what_is_open_stays_open_while_output_arrives() -> None:
    app = PaneHost(ResultPane)
    async with app.run_test(size=(70, 10)) as pilot:
        app.feed(*answering('{"stops": [{"place": "Belém"}'))
        await settled(pilot)
        await pilot.press('tab', *('down',) * 3, 'right')
        assert '0  Stop  1 field' in await settled(pilot)
        app.feed(*streamed(0, call('final_result', ''), ', {"place": "Alfama"', ends=False)[1:])
        shown = await settled(pilot)
        assert '0  Stop  1 field' in shown
        assert '1  Stop  place  "Alfama"' in shown or '1  Stop  1 field' in shown


async def test_structured_output_without_a_picture_is_shown_as_json() -> None:
    shown = await shown_after(HELLO, RUN, ev.RunFinished('r', {'city': 'Paris'}, USAGE, None))
    assert 'city  "Paris"' in shown


async def test_a_failure_shows_the_users_own_lines_first_then_what_to_do_then_everything() -> None:
    shown = await shown_after(HELLO, RUN, ev.RunFailed('r', ERROR))
    order = ['KeyError: 17', 'trip.py:22', 'return orders[number]', 'trip.py:31', 'restart the script', 'Traceback']
    places = [shown.index(words) for words in order]
    assert places == sorted(places)
    assert 'run.py:9' not in shown


async def test_a_failure_in_a_recording_does_not_offer_a_restart() -> None:
    assert 'restart' not in await shown_after(HELLO, RUN, ev.RunFailed('r', ERROR), live=False)


async def test_a_cancelled_run_is_told_calmly() -> None:
    shown = await shown_after(HELLO, RUN, ev.RunFailed('r', ev.ErrorInfo('CancelledError', '', ''), cancelled=True))
    assert 'was cancelled' in shown
    assert 'traceback' not in shown


async def test_faults_of_the_debugger_and_the_exit_code_are_told() -> None:
    shown = await shown_after(HELLO, RUN, ev.Fault('a hook broke'), ev.Exited(0))
    assert 'a hook broke' in shown
    assert 'script ended with exit code 0' in shown


async def test_hostile_text_is_drawn_literally() -> None:
    app = PaneHost(ResultPane)
    async with app.run_test(size=(60, 20)) as pilot:
        for payload in PAYLOADS.values():
            error = ev.ErrorInfo(payload, payload, payload, (ev.Frame(payload, 1, payload, payload, True),))
            picture = Value('object', payload, payload, 1, (Child(payload, Value('str', payload, payload, 1)),))
            for event in (
                ev.RunFinished('r', payload, {payload: 1}, None),
                ev.RunFinished('r', {payload: payload}, {}, None, picture),
                ev.RunFailed('r', error),
            ):
                app.restart(HELLO, RUN, ev.Fault(payload), event)
                assert not RAW_CONTROL.search((await settled(pilot)).replace('\n', ''))


async def test_hostile_output_is_drawn_literally_while_it_arrives() -> None:
    app = PaneHost(ResultPane)
    async with app.run_test(size=(60, 20)) as pilot:
        for payload in PAYLOADS.values():
            schema = {'title': payload, 'properties': {payload: {'title': payload, 'enum': [payload, 1]}, 'x': {}}}
            text = json.dumps({payload: payload, 'y': {payload: [payload]}, 'x': payload}, ensure_ascii=False)
            for end in (len(text) // 2, -3, len(text)):
                app.restart(*answering(text[:end], schema=schema))
                assert not RAW_CONTROL.search((await settled(pilot)).replace('\n', ''))


# A run that waits at an error, or at a line

LOCALS = (
    Child('orders', Value('mapping', 'dict', '2 items', 2, opens=True)),
    Child('number', Value('number', 'int', '17')),
)
STACK = (*FRAMES[:2], replace(FRAMES[2], locals=LOCALS))
AT_ERROR = ev.Stopped(
    'r',
    2,
    'error',
    'find_order',
    call='c1',
    error=replace(ERROR, frames=STACK),
    edits=('args',),
    answers=('value',),
    retries=True,
)
FAILING = (*IN_REQUEST, ev.NodeFinished('r', 1, 'ModelRequestNode', 0.5, 'CallToolsNode'))


@pytest.mark.parametrize('size', [(70, 9), (78, 20)])
async def test_a_run_that_waits_at_an_error_shows_it_and_what_can_be_done(size: tuple[int, int]) -> None:
    shown = await shown_after(*FAILING, AT_ERROR, size=size)
    assert shown.startswith('    KeyError: 17\n')
    assert 'trip.py:22 in find_order  return orders[number]' in shown
    assert (
        shown.index('find_order') < shown.index('number  17') < shown.index('<module>') < shown.index('1 more in lib')
    )
    assert 'ctrl+r retry · e edit first · x answer by hand · n c let it fail' in shown


async def test_locals_open_further_by_frame_and_place() -> None:
    app = PaneHost(ResultPane)
    async with app.run_test(size=(70, 20)) as pilot:
        app.feed(*FAILING, AT_ERROR)
        await settled(pilot)
        app.screen.query_one(ValueTree).focus()
        await pilot.press('down', 'down', 'right')
        assert 'asking the script' in await settled(pilot)
        assert app.messages == [Pane.ValueWanted('r', 'locals', (2, 0), 0)]
        page = Value('mapping', 'dict', '2 items', 2, (Child("'a'", Value('number', 'int', '5')),))
        app.feed(ev.ValueOpened('r', 'locals', (2, 0), 0, page))
        assert "'a'  5" in await settled(pilot)


async def test_the_stack_of_a_line_that_is_stopped_at_is_shown_with_its_variables() -> None:
    shown = await shown_after(*FAILING, ev.Stopped('r', 2, 'line', 'find_order', frames=STACK))
    assert 'trip.py:22 in find_order  return orders[number]' in shown
    assert 'number  17' in shown
    assert '! evaluates here' in shown


async def test_an_error_that_can_only_fail_offers_no_more() -> None:
    stop = ev.Stopped('r', 2, 'error', 'CallToolsNode', error=ERROR)
    shown = await shown_after(*FAILING, stop)
    assert 'n c let it fail' in shown
    assert 'retry' not in shown


async def test_after_an_error_that_was_retried_the_pane_is_as_before() -> None:
    shown = await shown_after(*FAILING, AT_ERROR, ev.Resumed('r', 2, 'error', 'c1', retried=True))
    assert 'KeyError' not in shown
    assert 'not finished' in shown


async def test_hostile_errors_are_drawn_literally() -> None:
    app = PaneHost(ResultPane)
    async with app.run_test(size=(60, 20)) as pilot:
        for payload in PAYLOADS.values():
            local = Child(payload, Value('str', payload, payload, 1))
            frame = ev.Frame(payload, 1, payload, payload, True, (local,))
            error = ev.ErrorInfo(payload, payload, payload, (frame,))
            app.restart(*FAILING, ev.Stopped('r', 2, 'error', payload, error=error))
            assert not RAW_CONTROL.search((await settled(pilot)).replace('\n', ''))


async def test_what_a_library_raised_an_error_for_is_said_below_it() -> None:
    error = replace(ERROR, reason='ModelRetry: too small a city')
    stop = ev.Stopped('r', 2, 'error', 'CallToolsNode', error=error)
    assert 'because of ModelRetry: too small a city' in await shown_after(*FAILING, stop)
    assert 'because of ModelRetry: too small a city' in (await shown_after(*FAILING, ev.RunFailed('r', error))).replace(
        '  ', ' '
    )
