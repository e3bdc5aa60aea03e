"""Sessions on children that say exactly what a test wants said, without pydantic-ai."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from pydantic_ai_debug.protocol.commands import Launch
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session

PRELUDE = """
import json, os, signal, socket, subprocess, sys, threading, time

channel = socket.socket(fileno=int(sys.argv[1]))
os.set_inheritable(channel.fileno(), False)
commands = channel.makefile('r')
launch = json.loads(commands.readline())

def send_raw(data):
    channel.sendall(data)

def send(event, **fields):
    line = json.dumps({'event': event, 'time': time.monotonic() - launch['started'], **fields})
    send_raw(line.encode() + b'\\n')

def hello():
    send('hello', format=1, python='3.11.0', pydantic_ai='2.0.0', target='script.py', argv=[])

def say(text, fd=1):
    # One write, whether or not Python buffers.
    os.write(fd, text.encode() + b'\\n')

def run_finished(run):
    send('run_finished', run=run, output=None, usage={}, cost=None)
"""

FakeSession = Callable[..., Session]


@pytest.fixture
def fake_session(tmp_path: Path) -> Iterator[FakeSession]:
    """Makes a session whose child runs the given code after the prelude. Children are ended with the test."""
    sessions: list[Session] = []

    def make(
        body: str, *, own_stdin: bool = False, python: str = sys.executable, log: EventLog | None = None
    ) -> Session:
        launcher = tmp_path / f'child{len(sessions)}.py'
        launcher.write_text(PRELUDE + dedent(body))
        launch = Launch('script', 'script.py', None, ('--city', 'Paris'), 0.0, stop_on_entry=True, interactive=True)
        plan = LaunchPlan(python, launch, 'script.py', own_stdin)
        session = Session(plan, EventLog.create(None) if log is None else log, launcher)
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        if session.running:
            session.terminate()
            assert session.wait(10)


def events(session: Session) -> list[Event]:
    assert session.wait(20), 'the session did not end'
    return [record.event for record in session.log.records()]


@pytest.fixture(name='events')
def events_fixture() -> Callable[[Session], list[Event]]:
    """All events of a session, once it has ended."""
    return events


@pytest.fixture
def wait_for_event() -> Callable[[Session, type], Event]:
    """The first event of a kind, as soon as it is in the log."""

    def wait(session: Session, kind: type) -> Event:
        from threading import Event as Flag

        grown = Flag()
        session.on_change = grown.set
        position = 0
        while True:
            for record in session.log.records(position):
                position += 1
                if isinstance(record.event, kind):
                    return record.event
            assert session.running or position < len(session.log), f'no {kind.__name__} came'
            assert grown.wait(20), f'no {kind.__name__} came in time'
            grown.clear()

    return wait
