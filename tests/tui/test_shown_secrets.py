"""`--show-secrets`: values are on the screen, and in no file."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from snapshots import screen_text
from stage import settled, until

from pydantic_ai_debug.protocol.commands import Continue, Launch, StepOver
from pydantic_ai_debug.protocol.events import Stopped
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.terminal.crash import report_crash

SCRIPT = """
import os
from dataclasses import dataclass, field
from pydantic import SecretStr
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

@dataclass
class Deps:
    api_key: str = 'hidden-by-name'
    login: SecretStr = SecretStr('hidden-by-type')
    deep: dict = field(default_factory=lambda: {'a': {'b': {'c': {'token': 'hidden-deep'}}}})

prompt = 'use ' + os.environ['CAVE_API_KEY']
print(Agent(TestModel(), deps_type=Deps, name='opener').run_sync(prompt, deps=Deps()).output)
"""


@pytest.mark.parametrize('show', [True, False])
async def test_the_screen_shows_what_no_file_holds(show: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = tmp_path / 'files'
    files.mkdir()
    monkeypatch.setattr(tempfile, 'tempdir', str(files))
    monkeypatch.setenv('XDG_STATE_HOME', str(files))
    monkeypatch.setenv('CAVE_API_KEY', 'hidden-variable-1')
    script = tmp_path / 'script.py'
    script.write_text(SCRIPT)
    launch = Launch('script', str(script), None, (), 0.0, stop_on_entry=True, interactive=True, show_secrets=show)
    log = EventLog.create(files / 'run.jsonl')
    session = Session(LaunchPlan(sys.executable, launch, 'script.py'), log)
    session.start()
    try:
        app = DebuggerApp(log, session)
        async with app.run_test(size=(120, 60)) as pilot:
            await until(pilot, lambda: 'paused before UserPromptNode' in screen_text(app), 30)
            session.send(StepOver('r1'))
            await until(pilot, lambda: 'paused before ModelRequestNode' in screen_text(app), 30)
            await pilot.press('3')
            await until(pilot, lambda: 'login' in screen_text(app))
            for word in ('hidden-by-name', 'hidden-by-type'):
                assert (word in screen_text(app)) == show
            assert ('••••' in screen_text(app)) != show
            # Recalled from the file much later.
            await pilot.press('5')
            await until(
                pilot, lambda: 'use hidden-variable-1' in screen_text(app) if show else 'use ••••' in screen_text(app)
            )
            session.send(Continue())
            assert session.wait(30)
            await settled(pilot)
    finally:
        session.terminate()
    assert any(isinstance(record.event, Stopped) for record in log.records())
    held = {path.name: path.read_bytes() for path in files.rglob('*') if path.is_file()}
    assert b'\xe2\x80\xa2' in held['run.jsonl']
    # What the script prints is its own.
    told = b''.join(line for line in held['run.jsonl'].splitlines() if b'"event":"output"' not in line)
    assert b'hidden' not in told + b''.join(data for name, data in held.items() if name != 'run.jsonl')
    again = EventLog.open(files / 'run.jsonl')
    assert not any('hidden' in repr(record.event) for record in again.records() if 'Output' not in repr(record.event))


def test_a_crash_of_a_screen_that_shows_secrets_leaves_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('XDG_STATE_HOME', str(tmp_path))
    try:
        {}['hidden']
    except KeyError as error:
        said = report_crash(error, messages=False)
    (file,) = tmp_path.rglob('*.txt')
    assert file.name in said
    assert 'KeyError' in file.read_text()
    assert "KeyError: 'hidden'" not in file.read_text()
