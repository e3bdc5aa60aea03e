"""The order of what comes by two ways, told by a clock of the test's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pydantic_ai_debug.protocol.commands import Launch
from pydantic_ai_debug.session import LaunchPlan
from pydantic_ai_debug.session.intake import HOLD_SECONDS, Intake

PLAN = LaunchPlan('python', Launch('script', 'script.py', None, (), 0.0, True, True), 'script.py')


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def intake(clock: Clock) -> Intake:
    return Intake(PLAN, 1234, clock)


def event(name: str, time: float, **fields: Any) -> bytes:
    return json.dumps({'event': name, 'time': time, **fields}).encode() + b'\n'


def names(lines: list[str]) -> list[str]:
    return [data.get('text', data['event']) for data in map(json.loads, lines)]


def test_an_event_that_comes_late_is_put_before_what_was_printed_after_it(intake: Intake, clock: Clock) -> None:
    intake.received(event('hello', 0.0))
    clock.now = 1.0
    intake.printed('stdout', b'printed')

    clock.now = 1.02
    assert intake.due() == []
    assert names(intake.received(event('earlier', 0.99) + event('later', 1.01))) == ['earlier', 'printed', 'later']


def test_output_waits_no_longer_than_it_must(intake: Intake, clock: Clock) -> None:
    intake.received(event('hello', 0.0))
    assert intake.wait is None
    clock.now = 1.0
    intake.printed('stdout', b'one')
    clock.now += HOLD_SECONDS / 2
    intake.printed('stderr', b'two')

    assert intake.wait == pytest.approx(HOLD_SECONDS / 2)
    assert names(intake.due()) == []
    clock.now += HOLD_SECONDS / 2 + 0.001
    assert names(intake.due()) == ['one']
    clock.now += HOLD_SECONDS
    assert names(intake.due()) == ['two']
    assert intake.wait is None


def test_output_before_the_hello_waits_for_it_and_takes_its_time(intake: Intake, clock: Clock) -> None:
    clock.now = 0.1
    intake.printed('stderr', b'early')
    clock.now = 9.0
    assert intake.due() == []
    assert intake.wait is None

    lines = [*intake.received(event('hello', 8.0)), *intake.due()]

    assert names(lines) == ['hello', 'early']
    assert json.loads(lines[1])['time'] == 8.0


def test_what_is_still_held_back_comes_before_the_end(intake: Intake, clock: Clock) -> None:
    intake.received(event('hello', 0.0))
    intake.printed('stdout', b'last \xf0\x9f')

    assert names(intake.ended(0)) == ['last ', '\udcf0\udc9f', 'exited']


def test_a_line_may_come_in_any_pieces(intake: Intake) -> None:
    data = event('hello', 0.0) + event('a', 0.1, text='Zürich') + event('b', 0.2)
    lines: list[str] = []
    for position in range(len(data)):
        lines += intake.received(data[position : position + 1])

    assert names(lines) == ['hello', 'Zürich', 'b']


def test_without_a_hello_one_is_made_up(intake: Intake, clock: Clock) -> None:
    clock.now = 0.5
    assert names(intake.received(event('surprise', 0.4))) == ['hello', 'surprise']


@pytest.mark.parametrize(
    ('stderr', 'message'),
    [
        (b'', 'python could not start the script (exit code 1)'),
        (b'Traceback\n  x\nImportError: y\n\n', 'python could not start the script (exit code 1): ImportError: y'),
        (b'agent-debug: too old a Python\n', 'too old a Python'),
    ],
)
def test_why_nothing_started_is_taken_from_what_was_said(intake: Intake, stderr: bytes, message: str) -> None:
    intake.printed('stderr', stderr)

    lines = [json.loads(line) for line in intake.ended(1)]

    assert intake.launch_failure == message
    assert [line['event'] for line in lines][-2:] == ['launch_failed', 'exited']
    assert lines[-2]['message'] == message
