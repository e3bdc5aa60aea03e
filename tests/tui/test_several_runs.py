"""Several runs wait at once: a step is for the selected one, continuing for all."""

from __future__ import annotations

from snapshots import screen_text
from stage import PlayedSession, played_app, settled, until

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Continue, StepOver

RUNS = ('alpha', 'beta', 'gamma')


def session_with_runs_that_wait() -> PlayedSession:
    session = PlayedSession()
    session.report(ev.Hello(1, '3.11.7', '2.0.0', 'script.py', ()))
    for number, agent in enumerate(RUNS, 1):
        session.report(
            ev.RunStarted(f'r{number}', None, None, agent, 'test', 'Hi'),
            ev.Stopped(f'r{number}', 0, 'boundary', 'UserPromptNode'),
        )
    return session


async def test_a_step_is_for_the_run_that_is_selected_and_continuing_lets_all_go() -> None:
    session = session_with_runs_that_wait()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert all(agent in screen_text(app) for agent in RUNS)
        await pilot.press('up', 'up')
        await settled(pilot)
        assert 'beta › UserPromptNode' in screen_text(app), 'the last line says what is selected'
        await pilot.press('n')
        assert session.sent == [StepOver('r2')]
        session.report(
            ev.Resumed('r2', 0, 'boundary'),
            ev.NodeStarted('r2', 0, 'UserPromptNode'),
            ev.NodeFinished('r2', 0, 'UserPromptNode', 0.1, 'ModelRequestNode'),
            ev.Stopped('r2', 1, 'boundary', 'ModelRequestNode'),
        )
        await until(pilot, lambda: 'paused before ModelRequestNode' in screen_text(app))
        await pilot.press('n', 'c')
        assert session.sent[1:] == [StepOver('r2'), Continue()]
