"""The screen on a session that a test plays: what keys ask of the child, and what it answers to."""

from __future__ import annotations

from typing import Any

import pytest
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, main_screen, played_app, settled, until
from textual.widgets import Input

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Command, Continue, Leave, Pause, StartRun, StepOver
from pydantic_ai_debug.session import LaunchError
from pydantic_ai_debug.tui.panes import PANES
from pydantic_ai_debug.tui.present.graph_row import SPINNER
from pydantic_ai_debug.tui.screens.agents import AgentsScreen
from pydantic_ai_debug.tui.screens.main import MainScreen
from pydantic_ai_debug.tui.screens.quit import QuitScreen
from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows
from pydantic_ai_debug.tui.widgets.pane_area import PaneArea

HELLO = ev.Hello(1, '3.11.7', '1.85.1', 'script.py', ())
RUN = ev.RunStarted('r1', None, None, 'helper', 'test', 'Hi')
FIRST_STOP = ev.Stopped('r1', 0, 'boundary', 'UserPromptNode')
AGENTS = (
    ev.AgentInfo('agent', 'greeter', 'test', ('add', '[bold]tag'), 'str', None),
    ev.AgentInfo('planner', 'planner', 'gpt-5.2', (), 'Plan', 'Deps', ('here',)),
)


def paused_session() -> PlayedSession:
    session = PlayedSession()
    session.report(HELLO, ev.PhaseChanged('running'), RUN, FIRST_STOP)
    return session


async def test_the_screen_says_what_it_waits_for_before_anything_arrives() -> None:
    session = PlayedSession()
    app = played_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: 'starting Python' in screen_text(app).splitlines()[0])
        session.report(HELLO, ev.PhaseChanged('importing'))
        await until(pilot, lambda: 'importing' in screen_text(app).splitlines()[0])
        session.report(ev.PhaseChanged('running'))
        await until(pilot, lambda: 'waiting for the first agent run' in screen_text(app).splitlines()[0])


@pytest.mark.parametrize(
    ('key', 'command'),
    [
        *((key, StepOver('r1')) for key in ('n', 'space', 'f10')),
        *((key, Continue()) for key in ('c', 'f5')),
    ],
)
async def test_a_key_asks_the_child_to_go_on(key: str, command: Command) -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert 'paused before UserPromptNode' in screen_text(app)
        await pilot.press(key)
        assert session.sent == [command]


@pytest.mark.parametrize('pane', [pane.TITLE for pane in PANES])
async def test_the_keys_of_a_run_work_wherever_the_focus_is(pane: str) -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press(str([pane.TITLE for pane in PANES].index(pane) + 1))
        await settled(pilot)
        await pilot.press('space')
        assert session.sent == [StepOver('r1')]


async def test_a_key_that_makes_no_sense_now_says_why_and_asks_nothing() -> None:
    session = paused_session()
    session.report(ev.Resumed('r1', 0, 'boundary'), ev.NodeStarted('r1', 0, 'UserPromptNode'))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: main_screen(app).situation.state.count == len(session.log))
        await pilot.press('n')
        await until(pilot, lambda: 'p pauses what runs' in screen_text(app))
        assert session.sent == []
        await pilot.press('p')
        assert session.sent == [Pause(None)]
        await until(pilot, lambda: 'Pausing at the next stop' in screen_text(app))
        session.report(ev.Stopped('r1', 1, 'boundary', 'ModelRequestNode'))
        await until(pilot, lambda: 'Pausing' not in screen_text(app))
        assert 'paused before ModelRequestNode' in screen_text(app)


async def test_quitting_asks_only_while_a_run_is_live() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('q')
        await until(pilot, lambda: isinstance(app.screen, QuitScreen))
        await pilot.press('escape')
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        session.report(ev.RunFinished('r1', 'Bye', {}, None), ev.Exited(0))
        await until(pilot, lambda: 'R restarts the script · q quits' in screen_text(app))
        await pilot.press('q')
        await until(pilot, lambda: not app.is_running)


async def test_a_restart_ends_the_session_and_shows_a_fresh_one() -> None:
    session, fresh = paused_session(), PlayedSession()
    app = played_app(session, lambda: fresh)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        before = main_screen(app)
        await pilot.press('3', 'R')
        await until(pilot, lambda: app.main is not before and app.main is not None)
        assert session.ended
        await until(pilot, lambda: 'starting Python' in screen_text(app))
        assert main_screen(app).arrangement.active == 'State', 'panes stay as they were arranged'
        fresh.report(HELLO, ev.RunStarted('r9', None, None, 'helper', 'test', 'Hi again'))
        fresh.report(ev.Stopped('r9', 0, 'boundary', 'UserPromptNode'))
        await until(pilot, lambda: 'paused before UserPromptNode' in screen_text(app))
        await pilot.press('n')
        assert fresh.sent == [StepOver('r9')]


async def test_agents_are_offered_and_one_is_started_with_a_prompt_and_deps() -> None:
    session = PlayedSession()
    session.report(HELLO, ev.PhaseChanged('running'), ev.AgentsOffered(AGENTS))
    app = played_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))
        await settled(pilot)
        assert '[bold]tag' in screen_text(app)
        await pilot.press('enter')
        await until(pilot, lambda: 'A prompt is needed' in screen_text(app))
        await pilot.press('down', *'Hello n', 'enter')
        await until(pilot, lambda: session.sent == [StartRun('planner', 'Hello n', 'here')])
        session.report(ev.AgentsOffered(AGENTS, 'deps: NameError'))
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen) and 'NameError' in screen_text(app))
        assert 'Hello n' in screen_text(app), 'what was typed is there to be mended'
        await pilot.press('escape')
        await until(pilot, lambda: session.sent[-1:] == [Leave()])


async def test_the_offer_of_agents_as_it_is_drawn() -> None:
    session = PlayedSession()
    session.report(HELLO, ev.PhaseChanged('running'), ev.AgentsOffered(AGENTS))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))
        for field in app.screen.query('Input'):
            field.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.press('down')
        await settled(pilot)
        assert_snapshot(app, 'agents-120x36')


async def test_after_a_run_its_result_is_seen_first_and_a_key_offers_the_agents_again() -> None:
    session = paused_session()
    session.report(ev.Resumed('r1', 0, 'boundary'), ev.RunFinished('r1', 'Bye', {}, None), ev.AgentsOffered(AGENTS))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: 'a starts another run' in screen_text(app))
        assert isinstance(app.screen, MainScreen)
        await pilot.press('a')
        await until(pilot, lambda: isinstance(app.screen, AgentsScreen))
        await pilot.press('escape')
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        assert session.sent == []


async def test_a_target_that_cannot_be_run_ends_the_app_with_status_2() -> None:
    session = PlayedSession()
    app = played_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        session.report(HELLO, ev.LaunchFailed('no such file'))
        await until(pilot, lambda: not app.is_running)
        assert app.return_code == 2


async def test_a_burst_of_ten_thousand_events_is_folded_while_keys_still_work() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        session.report(ev.Resumed('r1', 0, 'boundary'))
        for index in range(1000):
            session.report(
                ev.NodeStarted('r1', index, 'CallToolsNode'),
                *(ev.ToolStarted('r1', index, f'c{index}-{call}', 'look', {'x': call}) for call in range(3)),
                *(
                    ev.ToolFinished('r1', index, f'c{index}-{call}', 'look', {}, 'returned', 1, 0.1)
                    for call in range(3)
                ),
                ev.NodeFinished('r1', index, 'CallToolsNode', 0.3, 'CallToolsNode'),
            )
        await pilot.press('z')
        assert main_screen(app).arrangement.zoomed
        await until(pilot, lambda: main_screen(app).situation.state.count == len(session.log), 30)


async def test_what_is_typed_into_the_console_goes_to_the_script() -> None:
    session = PlayedSession()
    session.report(HELLO, ev.PhaseChanged('running'), ev.Output('stdout', 'name? '))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('6')
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press(*'Ann q', 'enter')
        await until(pilot, lambda: session.typed == ['Ann q\n'])
        session.report(RUN, FIRST_STOP)
        await until(pilot, lambda: not isinstance(app.screen.focused, Input))
        await pilot.press('n')
        assert session.sent == [StepOver('r1')], 'with a run to step, keys are commands until enter is pressed'
        await pilot.press('enter', 'n', 'enter')
        await until(pilot, lambda: session.typed[1:] == ['n\n'])


async def test_keys_stay_keys_in_the_console_of_a_script_that_has_ended() -> None:
    session = PlayedSession()
    session.report(HELLO, ev.PhaseChanged('running'), ev.Output('stdout', 'done\n'), ev.Exited(0))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: 'finished' in screen_text(app).splitlines()[0])
        await pilot.press('6')
        await until(pilot, lambda: 'the script has ended' in screen_text(app))
        await pilot.press('enter')
        assert not isinstance(app.screen.focused, Input)
        # The key came while the script ran, its field is wanted once it has ended.
        assert not main_screen(app).query_one(PaneArea).focus_field('Console')
        await pilot.press('question_mark')
        await until(pilot, lambda: app.screen is not main_screen(app))


async def test_a_script_that_is_broken_at_a_restart_can_be_mended_and_restarted() -> None:
    session, broken, mended = paused_session(), PlayedSession(), PlayedSession()
    sessions = [broken, mended]
    app = played_app(session, lambda: sessions.pop(0))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('R')
        await until(pilot, lambda: app.session is broken)  # type: ignore[comparison-overlap]
        broken.report(HELLO, ev.LaunchFailed('SyntaxError: [/b] invalid'), ev.Exited(2))
        await until(pilot, lambda: 'failed to start' in screen_text(app) and '[/b] invalid' in screen_text(app))
        await pilot.press('R')
        await until(pilot, lambda: app.session is mended)  # type: ignore[comparison-overlap]


async def test_a_restart_that_cannot_be_made_says_why_and_shows_how_the_script_ended() -> None:
    session = paused_session()

    def new_session() -> PlayedSession:
        session.report(ev.Exited(-15))
        raise LaunchError('cannot run python: No such file')

    app = played_app(session, new_session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('R')
        await until(pilot, lambda: 'by SIGTERM' in screen_text(app))
        assert [notice.message for notice in app._notifications] == ['cannot run python: No such file']


async def test_a_row_that_runs_counts_on_though_the_clock_ticked_before_it_was_drawn() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        rows = app.screen.query_one(GraphRows)
        show = rows.show

        def show_and_tick(*shown: Any) -> None:
            show(*shown)
            rows._spin()

        rows.show = show_and_tick  # type: ignore[method-assign]
        session.report(ev.Resumed('r1', 0, 'boundary'), ev.NodeStarted('r1', 0, 'UserPromptNode'))
        await until(pilot, lambda: any(glyph in rows.line_text(2) for glyph in SPINNER))
        turned = rows._frame
        await until(pilot, lambda: rows._frame > turned + 1)


async def test_a_script_that_gives_no_sign_of_life_is_said_to_until_it_gives_one() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        session.unanswered = 1.9
        await until(pilot, lambda: session.probes > 1)
        assert 'not answering' not in screen_text(app)
        session.unanswered = 12.4
        await until(pilot, lambda: 'not answering for 12 s  q ends the script' in screen_text(app))
        session.unanswered = 130.0
        await until(pilot, lambda: 'not answering for 2 m 10 s' in screen_text(app))
        session.unanswered = 0.0
        await until(pilot, lambda: 'not answering' not in screen_text(app))


@pytest.mark.parametrize('open_run', [True, False], ids=['in a run', 'after it'])
async def test_how_a_script_was_ended_is_said_by_the_name_of_the_signal(open_run: bool) -> None:
    session = paused_session()
    if not open_run:
        session.report(ev.Resumed('r1', 0, 'boundary'), ev.RunFinished('r1', 'Bye', {}, None))
    session.report(ev.Exited(-9))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: 'failed by SIGKILL' in screen_text(app).splitlines()[0])
        await until(pilot, lambda: 'script ended by SIGKILL' in screen_text(app))
        assert 'R restarts the script' in screen_text(app)


async def test_the_palette_offers_what_can_be_done_now() -> None:
    session = paused_session()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('ctrl+p')
        await until(pilot, lambda: 'Continue  (c)' in screen_text(app))
        await pilot.press(*'contin')
        await until(pilot, lambda: 'Zoom' not in screen_text(app))
        await settled(pilot)
        await pilot.press('enter')
        await until(pilot, lambda: session.sent == [Continue()])
