"""The exported pytest file runs as it is, and fails where the agents no longer do what was recorded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ENVIRONMENT, PROJECT, RECORDINGS, Play, Record

from pydantic_ai_debug.export import ExportError, exported
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.recording import EventLog

SESSIONS = {
    'demo': ('--demo',),
    'weather': ('examples/weather.py',),
    'delegation': ('examples/delegation.py',),
    'thinking': ('examples/thinking.py',),
    'wrong_tool': ('examples/wrong_tool.py',),
    'failing': ('examples/failing.py',),
    'failing in its output': ('examples/failing.py', 'output'),
    'an agent opened by name': ('-p', 'What should I pack?', 'examples/thinking.py:thinker'),
}


def write_test(recording: Path, folder: Path) -> Path:
    path = folder / 'test_recorded.py'
    path.write_text(''.join(exported(EventLog.open(recording), 'pytest', folder=folder)), encoding='utf-8')
    return path


def run_pytest(path: Path) -> subprocess.CompletedProcess[str]:
    """Run a test file as in a project that has no settings, with warnings as errors."""
    return subprocess.run(
        [sys.executable, '-W', 'error', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-p', 'no:asyncio', path.name],
        capture_output=True,
        text=True,
        cwd=path.parent,
        env=ENVIRONMENT,
        timeout=120,
    )


@pytest.mark.parametrize('name', SESSIONS)
def test_the_file_of_each_example_passes_as_it_is(name: str, record: Record, tmp_path: Path) -> None:
    done = run_pytest(write_test(record(*SESSIONS[name]), tmp_path))

    assert done.returncode == 0, done.stdout
    assert '1 passed' in done.stdout


SCRIPT = """\
import asyncio
from datetime import date
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.models.test import TestModel

class Trip(BaseModel):
    to: str
    on: date

agent = Agent(TestModel(custom_output_args={'to': 'Lisbon', 'on': '2026-05-16'}), name='planner', output_type=Trip)

@agent.tool_plain
def get_weather(city: str) -> str:
    return 'sunny'

@agent.output_validator
def check(trip: Trip) -> Trip:
    return trip

if __name__ == '__main__':
    print(agent.run_sync('Plan a trip').output)
"""


@pytest.mark.parametrize(
    ('before', 'after', 'said'),
    [
        ('def get_weather(city: str)', 'def get_weather(town: str)', "'retry'"),
        ('def get_weather(', 'def weather(', "'retry'"),
        ("return 'sunny'", "raise ModelRetry('ask again')", "'retry'"),
        ("return 'sunny'", "raise RuntimeError('no network')", 'no network'),
        ('    return trip', "    return trip.model_copy(update={'to': 'Porto'})", 'Porto'),
        ('    print(', "    agent.run_sync('Before')\n    print(", 'was not recorded'),
        ("print(agent.run_sync('Plan a trip').output)", 'pass', "== ['r1']"),
    ],
    ids=['argument', 'tool', 'retry', 'failure', 'output', 'one run more', 'no run'],
)
def test_a_script_that_does_something_else_fails_it(
    before: str, after: str, said: str, record: Record, tmp_path: Path
) -> None:
    script = tmp_path / 'planner.py'
    script.write_text(SCRIPT)
    path = write_test(record(str(script)), tmp_path)
    assert before in SCRIPT
    script.write_text(SCRIPT.replace(before, after))
    done = run_pytest(path)

    assert done.returncode == 1
    assert said in done.stdout


def test_paths_are_relative_to_the_file_so_that_a_project_can_be_moved(record: Record, tmp_path: Path) -> None:
    project = tmp_path / 'project'
    (project / 'tests').mkdir(parents=True)
    (project / 'planner.py').write_text(SCRIPT)
    write_test(record(str(project / 'planner.py')), project / 'tests')

    moved = project.rename(tmp_path / 'moved')

    path = moved / 'tests' / 'test_recorded.py'
    path.write_text(path.read_text().replace(str(PROJECT), str(moved)))
    assert run_pytest(path).returncode == 0


def test_a_module_is_run_as_one(record: Record, tmp_path: Path) -> None:
    package = tmp_path / 'trips'
    package.mkdir()
    (package / 'planner.py').write_text(SCRIPT)
    path = write_test(record('-m', 'trips.planner', cwd=tmp_path), tmp_path)

    done = run_pytest(path)

    assert "run_module('trips.planner'" in path.read_text()
    assert done.returncode == 0, done.stdout


def test_a_call_that_was_answered_by_hand_does_not_run_its_tool(play: Play, tmp_path: Path) -> None:
    script = tmp_path / 'planner.py'
    script.write_text(SCRIPT.replace("return 'sunny'", "raise RuntimeError('no network')"))
    call = {'part_kind': 'tool-call', 'tool_name': 'get_weather', 'args': {'city': 'Lisbon'}, 'tool_call_id': 'c1'}
    final = {'to': 'Lisbon', 'on': '2026-05-16'}
    answer = {'part_kind': 'tool-return', 'tool_name': 'get_weather', 'content': 'rain', 'tool_call_id': 'c1'}
    last = {'part_kind': 'tool-call', 'tool_name': 'final_result', 'args': final, 'tool_call_id': 'c2'}
    log = play(
        ev.Hello(1, '3.11.7', '2.68.0', 'planner.py', (), cwd=str(tmp_path)),
        ev.RunStarted('r1', None, None, 'planner', 'gpt', 'Plan a trip'),
        ev.NodeStarted('r1', 0, 'ModelRequestNode'),
        ev.Messages('r1', 0, [{'kind': 'response', 'parts': [call]}], False, 0),
        ev.NodeFinished('r1', 0, 'ModelRequestNode', 1.0, 'CallToolsNode'),
        ev.NodeStarted('r1', 1, 'CallToolsNode'),
        ev.ToolStarted('r1', 1, 'c1', 'get_weather', {'city': 'Lisbon'}),
        ev.AnsweredByHand('r1', 1, 'c1', 'value', 'rain'),
        ev.ToolFinished('r1', 1, 'c1', 'get_weather', {'city': 'Lisbon'}, 'returned', 'rain', 1.0),
        ev.NodeFinished('r1', 1, 'CallToolsNode', 1.0, 'ModelRequestNode'),
        ev.NodeStarted('r1', 2, 'ModelRequestNode'),
        ev.Messages('r1', 2, [{'kind': 'request', 'parts': [answer]}, {'kind': 'response', 'parts': [last]}], False, 1),
        ev.NodeFinished('r1', 2, 'ModelRequestNode', 1.0, 'CallToolsNode'),
        ev.Messages(
            'r1',
            3,
            [{'kind': 'request', 'parts': [{**answer, 'tool_name': 'final_result', 'tool_call_id': 'c2'}]}],
            False,
            3,
        ),
        ev.RunFinished('r1', final, {}, None),
        ev.Exited(0),
    )
    assert log.path is not None

    done = run_pytest(write_test(log.path, tmp_path))

    assert done.returncode == 0, done.stdout


def test_a_model_that_raised_raises_again(record: Record, tmp_path: Path) -> None:
    script = tmp_path / 'planner.py'
    script.write_text(
        'from pydantic_ai import Agent\n'
        'from pydantic_ai.models.function import FunctionModel\n'
        'def fail(messages, info):\n'
        '    raise ConnectionError("no network")\n'
        'Agent(FunctionModel(fail), name="planner").run_sync("Plan")\n'
    )
    path = write_test(record(str(script)), tmp_path)
    script.write_text(script.read_text().replace('raise ConnectionError("no network")', 'raise SystemError'))

    done = run_pytest(path)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('name', ['paused', 'streaming'])
def test_a_run_without_an_end_makes_no_test(name: str) -> None:
    with pytest.raises(ExportError, match='has not come to its end'):
        list(exported(EventLog.open(RECORDINGS / f'{name}.jsonl'), 'pytest'))


def test_a_session_without_a_run_makes_no_test(play: Play) -> None:
    with pytest.raises(ExportError, match='no agent run'):
        list(exported(play(ev.Hello(1, '', '', 'x.py', ())), 'pytest'))
