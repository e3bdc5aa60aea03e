"""The screen on a real script that is killed, hangs, and is restarted as it is on disk."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from snapshots import screen_text
from stage import until
from textual.pilot import Pilot

from pydantic_ai_debug.protocol.commands import Launch
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.screens.quit import QuitScreen

SCRIPT = """
import sys
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

agent = Agent(TestModel(), name={name!r})

@agent.tool_plain
async def block() -> str:
    {body}
    return 'unblocked'

agent.run_sync(sys.argv[1])
"""

NewSession = Callable[[], Session]


@pytest.fixture
def new_session(tmp_path: Path) -> Iterator[NewSession]:
    """Makes sessions that run `script.py` with an argument; the first is to be started by the test."""
    sessions: list[Session] = []
    script = str(tmp_path / 'script.py')

    def new_session() -> Session:
        launch = Launch('script', script, None, ('an argument',), 0.0, stop_on_entry=True, interactive=True)
        recording = EventLog.create(tmp_path / f'run{len(sessions)}.jsonl')
        sessions.append(Session(LaunchPlan(sys.executable, launch, 'script.py'), recording))
        return sessions[-1]

    yield new_session
    for session in sessions:
        session.terminate()
        assert session.wait(30)


def shows(pilot: Pilot[int], text: str) -> Callable[[], bool]:
    return lambda: text in screen_text(pilot.app)


async def test_a_script_that_is_killed_is_restarted_as_it_is_on_disk(new_session: NewSession, tmp_path: Path) -> None:
    script = tmp_path / 'script.py'
    script.write_text(SCRIPT.format(name='before', body='pass'))
    session = new_session()
    session.start()
    app = DebuggerApp(session.log, session, new_session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, shows(pilot, 'paused before UserPromptNode'), 30)
        assert session.pid is not None
        os.kill(session.pid, signal.SIGKILL)
        await until(pilot, shows(pilot, 'failed by SIGKILL'), 30)
        script.write_text(SCRIPT.format(name='after', body='pass'))
        await pilot.press('R')
        await until(pilot, shows(pilot, 'after'), 30)
        await until(pilot, shows(pilot, 'paused before UserPromptNode'), 30)
        assert 'before  ' not in screen_text(app)
        live = app.session
        await pilot.press('R')
        await until(pilot, lambda: app.session is not live, 30)
        await until(pilot, shows(pilot, 'paused before UserPromptNode'), 30)
        await pilot.press('c')
        await until(pilot, shows(pilot, '✓ finished'), 30)
        await until(pilot, shows(pilot, 'R restarts the script'), 30)
    assert live is not None
    assert live.returncode is not None
    assert len(list(tmp_path.glob('run*.jsonl'))) == 3


BLOCKS = {
    'sleeps': '__import__("time").sleep(600)',
    'spins': 'while True: pass',
    'holds the interpreter': '__import__("re").match("(a+)+$", "a" * 60 + "b")',
}


@pytest.mark.parametrize('body', BLOCKS.values(), ids=BLOCKS)
async def test_a_script_that_does_not_answer_is_said_to_and_can_be_left(
    new_session: NewSession, tmp_path: Path, body: str
) -> None:
    (tmp_path / 'script.py').write_text(SCRIPT.format(name='blocked', body=body))
    session = new_session()
    session.start()
    app = DebuggerApp(session.log, session, new_session)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, shows(pilot, 'paused before UserPromptNode'), 30)
        await pilot.press('c')
        await until(pilot, shows(pilot, 'not answering for '), 30)
        await pilot.press('3', 'p')
        await until(pilot, shows(pilot, 'not answering for '), 30)
        await pilot.press('q')
        await until(pilot, lambda: isinstance(app.screen, QuitScreen))
        await pilot.press('q')
        await until(pilot, lambda: not app.is_running)
    session.terminate()
    assert session.wait(30)
