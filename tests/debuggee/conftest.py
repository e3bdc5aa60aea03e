"""Real children, run by the session as users run them, on scripts that each test writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, TypeVar

import pytest

from pydantic_ai_debug.protocol.commands import Command, Continue, Launch
from pydantic_ai_debug.protocol.events import (
    Event,
    Exited,
    Fault,
    NodeStarted,
    Output,
    RunFailed,
    RunFinished,
    Stopped,
    ToolFinished,
)
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session

if TYPE_CHECKING:
    from .series import Series

E = TypeVar('E')

DEADLINE = 30.0

SPEAKER = Path(__file__).with_name('speaker.py')
"""A module that scripts import: a model that says what it is given."""

ADDER = """
from pydantic_ai import Agent
from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall, FunctionModel


def asked_before(messages):
    return any(message.kind == 'response' for message in messages)


def answer(messages, info):
    if asked_before(messages):
        return ModelResponse(parts=[TextPart('three it is')])
    return ModelResponse(parts=[ThinkingPart('hm well'), ToolCallPart('add', {'a': 1, 'b': 2}, tool_call_id='c1')])


async def stream(messages, info):
    if asked_before(messages):
        for word in ('three ', 'it ', 'is'):
            yield word
        return
    yield {0: DeltaThinkingPart(content='hm ')}
    yield {0: DeltaThinkingPart(content='well')}
    yield {1: DeltaToolCall(name='add', json_args='{"a": 1,', tool_call_id='c1')}
    yield {1: DeltaToolCall(json_args=' "b": 2}')}


model = FunctionModel(answer, stream_function=stream, model_name='scripted')
adder = Agent(model, name='adder')


@adder.tool_plain
def add(a: int, b: int) -> int:
    print('adding', flush=True)
    return a + b
"""
"""A module that scripts import: an agent that thinks, calls a tool, and answers."""

BOSS = """
import asyncio, json
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import DeltaToolCall, FunctionModel


def returned(messages):
    return {part.tool_call_id: part.content for message in messages for part in message.parts
            if part.part_kind == 'tool-return'}


def boss_answer(messages, info):
    found = returned(messages)
    if found:
        return ModelResponse(parts=[TextPart('; '.join(f'{call}={found[call]}' for call in sorted(found)))])
    return ModelResponse(parts=[
        ToolCallPart('weather', {'city': 'Oslo'}, tool_call_id='a'),
        ToolCallPart('research', {'topic': 'tea'}, tool_call_id='b'),
        ToolCallPart('clock', {}, tool_call_id='c'),
    ])


async def boss_stream(messages, info):
    found = returned(messages)
    if found:
        for word in '; '.join(f'{call}={found[call]}' for call in sorted(found)).split(' '):
            yield word + ' '
        return
    yield {0: DeltaToolCall(name='weather', json_args='{"city":', tool_call_id='a')}
    yield {0: DeltaToolCall(json_args=' "Oslo"}')}
    yield {1: DeltaToolCall(name='research', json_args='{"topic": "tea"}', tool_call_id='b')}
    yield {2: DeltaToolCall(name='clock', json_args='{}', tool_call_id='c')}


def researcher_answer(messages, info):
    found = returned(messages)
    if found:
        return ModelResponse(parts=[TextPart('found ' + found['s'])])
    return ModelResponse(parts=[ToolCallPart('search', {'query': 'tea'}, tool_call_id='s')])


researcher = Agent(FunctionModel(researcher_answer), name='researcher')
boss = Agent(FunctionModel(boss_answer, stream_function=boss_stream), name='boss')


@researcher.tool_plain
def search(query: str) -> str:
    return query.upper()


@boss.tool_plain
async def weather(city: str) -> str:
    return f'rain in {city}'


@boss.tool_plain
async def research(topic: str) -> str:
    return (await researcher.run(topic)).output


@boss.tool_plain
async def clock() -> str:
    return 'noon'
"""
"""A module that scripts import: an agent with three parallel tool calls, one of which runs an agent with a tool."""


class Child:
    """A session under test, with what a test waits for."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._seen = 0

    def send(self, command: Command) -> None:
        self.session.send(command)

    def wait_for(self, kind: type[E] | tuple[type[E], ...], matches: Callable[[E], bool] = lambda event: True) -> E:
        """The next event of a kind, after those that were waited for before."""
        deadline = time.monotonic() + DEADLINE
        while True:
            while (event := self.event_at(self._seen)) is not None:
                self._seen += 1
                if isinstance(event, kind) and matches(event):
                    return event
                assert not isinstance(event, Exited), f'the script ended without {kind}: {self.stderr}'
            assert time.monotonic() < deadline, f'no {kind} within {DEADLINE} s'
            self.session.wait(0.005)

    def wait_for_stop(self, run: str | None = None) -> Stopped:
        """The next stop, of a run or of any."""
        return self.wait_for(Stopped, lambda stopped: run in (None, stopped.run))

    def stops(self) -> list[str]:
        """Every stop there was, in words."""
        return [stop_text(stopped) for stopped in self.all(Stopped)]

    def finish(self) -> list[Event]:
        """All events, once the script has ended."""
        assert self.session.wait(DEADLINE), 'the script did not end'
        return self.events

    def event_at(self, position: int) -> Event | None:
        """One of the events, counted from 0; None where it has not come yet."""
        log = self.session.log
        return log.record(position).event if position < len(log) else None

    @property
    def events(self) -> list[Event]:
        """What has come so far."""
        return [record.event for record in self.session.log.records()]

    @property
    def log(self) -> EventLog:
        """The events as they are recorded."""
        return self.session.log

    @property
    def returncode(self) -> int | None:
        """The script's exit code; None while it runs."""
        return self.session.returncode

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def stdout(self) -> str:
        return ''.join(output.text for output in self.all(Output) if output.stream == 'stdout')

    @property
    def stderr(self) -> str:
        return ''.join(output.text for output in self.all(Output) if output.stream == 'stderr')

    def kinds(self, run: str = 'r1') -> list[str]:
        """Kinds of the nodes that a run started, in order."""
        return [event.kind for event in self.all(NodeStarted) if event.run == run]


def stop_text(stopped: Stopped) -> str:
    """A stop in a few words, such as `r1 before weather`."""
    words = {'boundary': 'before', 'tool': 'after' if stopped.after else 'before', 'stream': 'in', 'error': 'error in'}
    return f'{stopped.run} {words.get(stopped.at, stopped.at)} {stopped.kind}'


def outcomes(child: Child, run: str | None = None) -> list[tuple[str, str]]:
    """Each tool call that was reported as finished, of one run or of all, and how."""
    return [(tool.tool, tool.outcome) for tool in child.all(ToolFinished) if run in (None, tool.run)]


def endings(child: Child) -> dict[str, str]:
    """How each run ended, by its id."""
    ended = {event.run: 'finished' for event in child.all(RunFinished)}
    return ended | {event.run: 'called off' if event.cancelled else 'failed' for event in child.all(RunFailed)}


def prepare_folder(folder: Path) -> None:
    """Put modules there that scripts import."""
    (folder / 'adder.py').write_text(ADDER)
    (folder / 'boss.py').write_text(BOSS)
    shutil.copy(SPEAKER, folder)


def let_go(child: Child) -> None:
    """Continue at each stop, until the script has ended."""
    while isinstance(child.wait_for((Stopped, Exited)), Stopped):
        child.send(Continue())
    child.finish()


def let_go_from(child: Child) -> None:
    """The same, where the script waits at a stop already."""
    child.send(Continue())
    let_go(child)


StartChild = Callable[..., Child]

FinishedChild = Callable[[str], Child]
"""Runs a script to its end, once for all tests of a file."""

SameAsPlain = Callable[[str], Child]
"""Runs a script, and asserts that it prints what it prints without us."""


@contextmanager
def starting_in(folder: Path) -> Iterator[StartChild]:
    """Starts scripts, given as text, in a folder where `from adder import *` works."""
    children: list[Child] = []

    def start(
        source: str,
        *argv: str,
        stop_on_entry: bool = False,
        interactive: bool = False,
        kind: str = 'script',
        target: str | None = None,
        log: EventLog | None = None,
        **launch: object,
    ) -> Child:
        prepare_folder(folder)
        script = folder / 'script.py'
        script.write_text(dedent(source))
        launched = Launch(
            kind,  # type: ignore[arg-type]
            target or str(script),
            argv=argv,
            started=0.0,
            stop_on_entry=stop_on_entry,
            interactive=interactive,
            **{'attribute': None, **launch},  # type: ignore[arg-type]
        )
        session = Session(
            LaunchPlan(sys.executable, launched, launched.target), EventLog.create(None) if log is None else log
        )
        session.start()
        children.append(Child(session))
        return children[-1]

    yield start
    for child in children:
        child.session.terminate()
        child.session.wait(DEADLINE)


@pytest.fixture
def start_child(tmp_path: Path) -> Iterator[StartChild]:
    """Starts a script of the test's own."""
    with starting_in(tmp_path) as start:
        yield start


@pytest.fixture(scope='module')
def series(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Series]:
    """Children that run the programs of a file's tests one after another."""
    # It is made of what stands here.
    from .series import Series

    folder = tmp_path_factory.mktemp('series')
    with starting_in(folder) as start:
        series = Series(start, folder)
        yield series
        series.end()


@pytest.fixture
def start_program(series: Series, tmp_path: Path) -> StartChild:
    """Starts a script of the test's own, in a child that runs those of other tests before and after it.

    Not for what the process itself is about: its standard input, its exit, signals, what is imported when.
    """
    return partial(series.start, tmp_path)


@pytest.fixture
def program_same_as_plain(series: Series, tmp_path: Path) -> SameAsPlain:
    """Like `same_as_plain`, with a child and a process without us that run other tests' scripts before and after it."""

    def run(source: str) -> Child:
        plain = series.run_plainly(tmp_path, source)
        child = series.start(tmp_path, source)
        child.finish()
        assert (child.stdout, child.stderr, child.returncode) == plain
        assert not child.all(Fault)
        return child

    return run


@pytest.fixture(scope='module')
def finished_child(series: Series, tmp_path_factory: pytest.TempPathFactory) -> FinishedChild:
    """A program that has ended, for tests that only read what it told."""

    @cache
    def finish(source: str) -> Child:
        program = series.start(tmp_path_factory.mktemp('finished'), source)
        program.finish()
        return program

    return finish


@pytest.fixture
def same_as_plain(start_child: StartChild, tmp_path: Path) -> SameAsPlain:
    """Runs a script under us and without us: what it prints and how it exits is the same, to the byte."""

    def run(source: str) -> Child:
        child = start_child(source)
        script = tmp_path / 'script.py'
        plain = subprocess.run(
            [sys.executable, script], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        child.finish()
        assert child.stdout == plain.stdout
        assert child.stderr == plain.stderr
        assert child.session.returncode == plain.returncode
        assert not child.all(Fault)
        return child

    return run
