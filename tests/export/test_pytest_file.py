"""The exported pytest file runs as it is, and fails where the agents no longer do what was recorded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sessions import ENVIRONMENT, RECORDINGS, Play, Record

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
    'failing_in_its_output': ('examples/failing.py', 'output'),
    'every_way_in': ('tests/export/ways_in.py',),
    'an_agent_opened_by_name': ('-p', 'What should I pack?', 'examples/thinking.py:thinker'),
}


def write_test(recording: Path, path: Path) -> None:
    path.write_text(''.join(exported(EventLog.open(recording), 'pytest', folder=path.parent)), encoding='utf-8')


def outcomes(folder: Path) -> dict[str, str]:
    """Run the tests of a folder as in a project without settings, warnings as errors: by file, how each fails."""
    report = folder / 'report.xml'
    flags = ('-q', '-p', 'no:cacheprovider', '-p', 'no:asyncio', '--import-mode=importlib', f'--junitxml={report}')
    done = subprocess.run(
        [sys.executable, '-W', 'error', '-m', 'pytest', *flags, '.'],
        capture_output=True,
        text=True,
        cwd=folder,
        env=ENVIRONMENT,
        timeout=300,
    )
    assert done.returncode in (0, 1), done.stdout
    cases = ElementTree.parse(report).getroot().iter('testcase')
    return {case.attrib['classname']: ''.join(child.attrib['message'] for child in case) for case in cases}


@pytest.fixture(scope='module')
def outcome_of_examples(record: Record, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All files in one folder, as tests of one project: none may leave something behind that disturbs another."""
    folder = tmp_path_factory.mktemp('examples')
    for name, arguments in SESSIONS.items():
        write_test(record(*arguments), folder / f'test_{name}.py')
    return outcomes(folder)


@pytest.mark.parametrize('name', SESSIONS)
def test_the_file_of_each_example_passes_as_it_is(name: str, outcome_of_examples: dict[str, str]) -> None:
    assert outcome_of_examples[f'test_{name}'] == ''


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


OTHERWISE = {
    'argument': ('def get_weather(city: str)', 'def get_weather(town: str)', "'retry'"),
    'tool': ('def get_weather(', 'def weather(', "'retry'"),
    'retry': ("return 'sunny'", "raise ModelRetry('ask again')", "'retry'"),
    'failure': ("return 'sunny'", "raise RuntimeError('no network')", 'no network'),
    'output': ('    return trip', "    return trip.model_copy(update={'to': 'Porto'})", 'Porto'),
    'run_more': ('    print(', "    agent.run_sync('Before')\n    print(", 'was not recorded'),
    'run_less': ("print(agent.run_sync('Plan a trip').output)", 'pass', "== ['r1']"),
}
"""What a script does otherwise than when it was recorded: before, after, and what the test then says."""


@pytest.fixture(scope='module')
def outcome_of_others(record: Record, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp('otherwise')
    same = folder / 'same'
    same.mkdir()
    (same / 'planner.py').write_text(SCRIPT)
    write_test(record(str(same / 'planner.py')), same / 'test_same.py')
    for name, (before, after, _) in OTHERWISE.items():
        assert before in SCRIPT
        (folder / name).mkdir()
        (folder / name / 'planner.py').write_text(SCRIPT.replace(before, after))
        test = (same / 'test_same.py').read_text().replace("parents[1] / 'same'", f"parents[1] / '{name}'")
        (folder / name / f'test_{name}.py').write_text(test)
    found = outcomes(folder)
    assert found.pop('same.test_same') == ''
    return found


@pytest.mark.parametrize('name', OTHERWISE)
def test_a_script_that_does_something_else_fails_it(name: str, outcome_of_others: dict[str, str]) -> None:
    assert OTHERWISE[name][2] in outcome_of_others[f'{name}.test_{name}']


def test_paths_are_relative_to_the_file_so_that_a_project_can_be_moved(record: Record, tmp_path: Path) -> None:
    project = tmp_path / 'project'
    (project / 'tests').mkdir(parents=True)
    (project / 'planner.py').write_text(SCRIPT)
    write_test(record(str(project / 'planner.py'), cwd=project), project / 'tests' / 'test_planner.py')

    assert outcomes(project.rename(tmp_path / 'moved')) == {'tests.test_planner': ''}


def test_a_module_is_run_as_one(record: Record, tmp_path: Path) -> None:
    package = tmp_path / 'trips'
    package.mkdir()
    (package / 'planner.py').write_text(SCRIPT)
    write_test(record('-m', 'trips.planner', cwd=tmp_path), tmp_path / 'test_planner.py')

    assert "run_module('trips.planner'" in (tmp_path / 'test_planner.py').read_text()
    assert outcomes(tmp_path) == {'test_planner': ''}


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

    write_test(log.path, tmp_path / 'test_planner.py')

    assert outcomes(tmp_path) == {'test_planner': ''}


def test_a_model_that_raised_raises_again(record: Record, tmp_path: Path) -> None:
    script = tmp_path / 'planner.py'
    script.write_text(
        'from pydantic_ai import Agent\n'
        'from pydantic_ai.models.function import FunctionModel\n'
        'def fail(messages, info):\n'
        '    raise ConnectionError("no network")\n'
        'Agent(FunctionModel(fail), name="planner").run_sync("Plan")\n'
    )
    write_test(record(str(script)), tmp_path / 'test_planner.py')
    script.write_text(script.read_text().replace('raise ConnectionError("no network")', 'raise SystemError'))

    assert outcomes(tmp_path) == {'test_planner': ''}


def test_agents_whose_models_look_for_a_key_are_given_a_placeholder(play: Play) -> None:
    response = {'kind': 'response', 'parts': [], 'provider_name': 'openai'}
    log = play(
        ev.Hello(1, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
        ev.NodeStarted('r1', 0, 'ModelRequestNode'),
        ev.Messages('r1', 0, [response], False, 0),
        ev.NodeFinished('r1', 0, 'ModelRequestNode', 0.1, 'End'),
        ev.RunFinished('r1', '', {}, None),
    )

    assert "PLACEHOLDER_KEYS: list[str] = ['OPENAI_API_KEY']" in ''.join(exported(log, 'pytest'))


@pytest.mark.parametrize('name', ['paused', 'streaming'])
def test_a_run_without_an_end_makes_no_test(name: str) -> None:
    with pytest.raises(ExportError, match='has not come to its end'):
        list(exported(EventLog.open(RECORDINGS / f'{name}.jsonl'), 'pytest'))


def test_a_session_without_a_run_makes_no_test(play: Play) -> None:
    with pytest.raises(ExportError, match='no agent run'):
        list(exported(play(ev.Hello(1, '', '', 'x.py', ())), 'pytest'))
