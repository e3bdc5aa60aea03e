"""The Result pane: outputs, failures, and what there is until then."""

from __future__ import annotations

from hostile import PAYLOADS, RAW_CONTROL
from pane_host import HELLO, RUN, TO_REQUEST, PaneHost, settled

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.values import Child, Value
from pydantic_ai_debug.tui.panes.result import ResultPane

USAGE = {'requests': 2, 'input_tokens': 1200, 'output_tokens': 87}
FRAMES = (
    ev.Frame('/home/ada/trip.py', 31, '<module>', 'main()', True),
    ev.Frame('/venv/pydantic_ai/run.py', 9, 'run', 'await tool()', False),
    ev.Frame('/home/ada/trip.py', 22, 'find_order', 'return orders[number]', True),
)
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
