"""Sessions to export: the demo and the examples as they are recorded without a screen, and events that a test makes up."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from sessions import ENVIRONMENT, PROJECT, Play, Record

from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.recording import EventLog


@pytest.fixture(scope='session')
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Records a command line of `agent-debug --headless`, once for all tests."""

    @cache
    def record(*arguments: str, cwd: Path = PROJECT) -> Path:
        path = tmp_path_factory.mktemp('recorded') / 'session.jsonl'
        with path.open('wb') as file:
            subprocess.run(
                [sys.executable, '-m', 'pydantic_ai_debug', '--headless', *arguments],
                stdout=file,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                cwd=cwd,
                env=ENVIRONMENT,
                timeout=60,
                check=False,
            )
        return path

    return record


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """A recording of events that a test makes up, a tenth of a second apart."""

    def play(*events: Event) -> EventLog:
        log = EventLog.create(tmp_path / 'played.jsonl')
        log.append([encode_event(event, number / 10) for number, event in enumerate(events)])
        return log

    return play
