"""The evaluation line: what is typed goes to the paused run, and what it became is listed and can be opened."""

from __future__ import annotations

import pytest
from hostile import PAYLOADS, RAW_CONTROL
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, main_screen, played_app, settled, until
from textual.pilot import Pilot
from textual.widgets import Input

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Complete, Continue, Evaluate, Interrupt, OpenValue
from pydantic_ai_debug.protocol.values import Child, Value
from pydantic_ai_debug.tui.evaluation import Completion, History, completion_of
from pydantic_ai_debug.tui.widgets.evaluate_panel import EvaluateField, EvaluatePanel

SIZES = ((120, 36), (80, 24))
HELLO = ev.Hello(1, '3.11.7', '1.85.1', 'script.py', ())
RUN = ev.RunStarted('r1', None, None, 'helper', 'test', 'Hi')
STOP = ev.Stopped('r1', 0, 'boundary', 'UserPromptNode')
ORDERS = Value('mapping', 'dict', '2 items', 2, (Child("'a'", Value('number', 'int', '1')),), more=1, opens=True)
ERROR = ev.ErrorInfo('NameError', "name 'x' is not defined", 'Traceback (most recent call last):\n  <eval>\nNameError')


def paused_session() -> PlayedSession:
    session = PlayedSession()
    session.report(HELLO, ev.PhaseChanged('running'), RUN, STOP)
    return session


async def at_line(pilot: Pilot[int]) -> EvaluatePanel:
    await settled(pilot)
    await pilot.press('exclamation_mark')
    await until(pilot, lambda: isinstance(pilot.app.screen.focused, EvaluateField))
    return pilot.app.screen.query_one(EvaluatePanel)


@pytest.mark.parametrize('size', SIZES)
async def test_the_evaluation_line_as_it_is_drawn(size: tuple[int, int]) -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=size) as pilot:
        panel = await at_line(pilot)
        panel.field.cursor_blink = False
        for number, source in enumerate(('deps.orders', 'y = 1; x', 'y = 2'), 1):
            await pilot.press(*source, 'enter')
            await until(pilot, lambda number=number: len(session.sent) == number)
            value, error = (ORDERS, None) if number == 1 else (None, ERROR if number == 2 else None)
            session.report(ev.Evaluated('r1', number, source, value, error))
            await settled(pilot)
        await pilot.press(*'deps.')
        await settled(pilot)
        shown = screen_text(app)
        assert '▸ dict  2 items' in shown
        assert "▸ NameError: name 'x' is not defined" in shown
        assert '>>> y = 2' in shown
        assert_snapshot(app, f'evaluate-{size[0]}x{size[1]}')


async def test_a_value_opens_like_every_other_and_further_while_the_run_waits() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_line(pilot)
        await pilot.press(*'n', 'enter')
        assert session.sent == [Evaluate('r1', None, 1, 'n')]
        session.report(ev.Evaluated('r1', 1, 'n', ORDERS))
        await until(pilot, lambda: 'dict  2 items' in screen_text(app))
        await pilot.press('shift+tab', 'end', 'right', 'end', 'right')
        await until(pilot, lambda: session.sent[1:] == [OpenValue('r1', 'evaluated', (1,), 1)])
        page = Value('mapping', 'dict', '2 items', 2, (Child("'b'", Value('number', 'int', '22')),), start=1)
        session.report(ev.ValueOpened('r1', 'evaluated', (1,), 1, page))
        await until(pilot, lambda: "'b'  22" in screen_text(app))
        await pilot.press('tab')
        await until(pilot, lambda: isinstance(app.screen.focused, EvaluateField))


async def test_while_a_line_runs_it_says_so_and_ctrl_c_interrupts_it() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        panel = await at_line(pilot)
        await pilot.press(*'while 1: 0', 'enter')
        await until(pilot, lambda: 'evaluating… ctrl+c interrupts' in screen_text(app))
        await pilot.press('1', 'enter')
        assert panel.field.value == '1', 'one after the other; what was typed stays'
        await pilot.press('ctrl+c')
        await until(pilot, lambda: session.sent[1:] == [Interrupt(1)])
        session.report(ev.Evaluated('r1', 1, 'while 1: 0', None, ev.ErrorInfo('KeyboardInterrupt', '', 'T')))
        await until(pilot, lambda: 'KeyboardInterrupt' in screen_text(app))
        assert 'ctrl+c interrupts' not in screen_text(app)


async def test_it_stays_over_stops_and_keeps_the_text_where_no_run_waits() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        panel = await at_line(pilot)
        await pilot.press('1')
        session.report(ev.Resumed('r1', 0, 'boundary'))
        await until(pilot, lambda: 'no run waits: p pauses one' in screen_text(app))
        await pilot.press('enter')
        assert (session.sent, panel.field.value) == ([], '1')
        session.report(ev.Stopped('r1', 1, 'tool', 'look', 'c1'))
        await until(pilot, lambda: 'tab completes' in screen_text(app))
        await pilot.press('enter')
        await until(pilot, lambda: session.sent == [Evaluate('r1', 'c1', 1, '1')])


async def test_escape_gives_the_focus_back_and_the_line_is_as_it_was_when_it_comes_again() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        panel = await at_line(pilot)
        await pilot.press(*'ab', 'escape')
        await until(pilot, lambda: not panel.display and not isinstance(app.screen.focused, Input))
        await pilot.press('c')
        assert session.sent == [Continue()]
        await pilot.press('exclamation_mark')
        await until(pilot, lambda: panel.display and app.screen.focused is panel.field)
        assert panel.field.value == 'ab'


async def test_up_and_down_go_through_what_was_typed() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        panel = await at_line(pilot)
        for number, source in enumerate('ab', 1):
            await pilot.press(source, 'enter')
            await until(pilot, lambda number=number: len(session.sent) == number)
            session.report(ev.Evaluated('r1', number, source))
            await settled(pilot)
        await pilot.press('n', 'up', 'up')
        assert panel.field.value == 'a'
        await pilot.press('down', 'down')
        assert panel.field.value == 'n'


async def test_tab_completes_and_goes_through_the_names() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        panel = await at_line(pilot)
        await pilot.press(*'f(deps.i)', 'left', 'tab')
        await until(pilot, lambda: session.sent == [Complete('r1', None, 1, 'f(deps.i')])
        session.report(ev.Completed('r1', 1, 7, ('item_a', 'item_b', 'item_c')))
        await until(pilot, lambda: panel.field.value == 'f(deps.item_)')
        assert 'item_a  item_b  item_c' in screen_text(app)
        await pilot.press('tab', 'tab')
        assert panel.field.value == 'f(deps.item_b)'
        await pilot.press('shift+tab')
        assert panel.field.value == 'f(deps.item_a)'
        await pilot.press('x')
        await until(pilot, lambda: 'item_c' not in screen_text(app))
        assert panel.field.value == 'f(deps.item_ax)'
        assert len(session.sent) == 1


async def test_names_that_come_too_late_change_nothing() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        panel = await at_line(pilot)
        await pilot.press('a', 'tab', 'b')
        session.report(ev.Completed('r1', 1, 0, ('abc',)))
        await settled(pilot)
        assert panel.field.value == 'ab'


def test_a_recording_evaluates_nothing() -> None:
    from pydantic_ai_debug.tui.commands import command_named

    assert command_named('evaluate').for_scripts


async def test_hostile_text_is_drawn_literally() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        panel = await at_line(pilot)
        for number, payload in enumerate(PAYLOADS.values(), 1):
            panel._evaluations.begin('r1', payload)
            error = ev.ErrorInfo(payload, payload, payload)
            value = Value('object', payload, payload, 1, (Child(payload, Value('str', payload, payload, 1)),))
            session.report(ev.Evaluated('r1', number, payload, *((None, error) if number % 2 else (value, None))))
            completion = completion_of(ev.Completed('r1', 1, 0, (payload, 'b')), '', '')
            assert completion is not None
            panel._complete(completion.next())
            await settled(pilot)
            assert not RAW_CONTROL.search(screen_text(app).replace('\n', ''))


# Pure


def test_history_keeps_what_was_being_typed() -> None:
    history = History()
    for text in ('a', 'b', 'b'):
        history.add(text)
    assert [history.move(-1, 'new'), history.move(-1, 'b'), history.move(-1, 'a')] == ['b', 'a', 'a']
    assert [history.move(1, 'a'), history.move(1, 'b'), history.move(1, 'new')] == ['b', 'new', 'new']


@pytest.mark.parametrize(
    ('names', 'left'),
    [((), None), (('items',), 'x.items'), (('item', 'items'), 'x.item'), (('iota', 'item'), 'x.it')],
)
def test_what_all_names_begin_with_is_taken_at_once(names: tuple[str, ...], left: str | None) -> None:
    completion = completion_of(ev.Completed('r', 1, 2, names), 'x.it', ')')
    assert (completion.left if completion else None) == left


def test_names_go_round_in_both_directions() -> None:
    completion = Completion('x.', ('a', 'b'), '')
    assert completion.next(-1).left == 'x.b'
    assert completion.next().next().next().left == 'x.a'


async def test_the_line_is_made_when_it_is_first_wanted() -> None:
    app = played_app(paused_session())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert not main_screen(app).query(EvaluatePanel)
