"""`agent-debug` as its users run it: a process, its streams and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

SCRIPT = """\
import sys
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

agent = Agent(TestModel(), name='weather')

@agent.tool_plain
def get_weather(city: str) -> str:
    print('looking up', city)
    return 'sunny'

if __name__ == '__main__':
    print('asked', sys.argv[1:])
    print(agent.run_sync('What is the weather?').output)
    sys.exit(3)
"""

Run = Callable[..., 'subprocess.CompletedProcess[str]']


def environment_in(folder: Path) -> dict[str, str]:
    """Ours, with a state directory and one for temporary files in a folder."""
    inherited = {name: value for name, value in os.environ.items() if name not in ('VIRTUAL_ENV', 'PYTHONUNBUFFERED')}
    temporary = folder / 'temporary'
    temporary.mkdir(exist_ok=True)
    return {**inherited, 'XDG_STATE_HOME': str(folder / 'state'), 'HOME': str(folder), 'TMPDIR': str(temporary)}


def running_in(folder: Path, environment: Mapping[str, str]) -> Run:
    """Runs `agent-debug` to its end in a folder, without a terminal."""

    def run(*arguments: str, stdin: str = '') -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, '-m', 'pydantic_ai_debug', *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=folder,
            env=dict(environment),
            timeout=60,
        )

    return run


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Ours, with such directories of the test's own."""
    return environment_in(tmp_path)


@pytest.fixture
def run(tmp_path: Path, environment: Mapping[str, str]) -> Run:
    """Runs `agent-debug` in the test's directory."""
    return running_in(tmp_path, environment)


@pytest.fixture(scope='module')
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of the script, made once for all tests of a file that do not look at how it is made."""
    folder = tmp_path_factory.mktemp('recorded')
    (folder / 'script.py').write_text(SCRIPT)
    done = running_in(folder, environment_in(folder))('--headless', '--record', 'before.jsonl', 'script.py')
    assert done.returncode == 3, done.stderr
    return folder / 'before.jsonl'


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script that runs an agent with a tool on a model that needs no key, and exits with 3."""
    path = tmp_path / 'script.py'
    path.write_text(SCRIPT)
    return path
