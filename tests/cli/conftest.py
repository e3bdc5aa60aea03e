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


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Ours, with a state directory of the test's own."""
    inherited = {name: value for name, value in os.environ.items() if name not in ('VIRTUAL_ENV', 'PYTHONUNBUFFERED')}
    return {**inherited, 'XDG_STATE_HOME': str(tmp_path / 'state'), 'HOME': str(tmp_path)}


@pytest.fixture
def run(tmp_path: Path, environment: Mapping[str, str]) -> Run:
    """Runs `agent-debug` to its end in the test's directory, without a terminal."""

    def run(*arguments: str, stdin: str = '') -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, '-m', 'pydantic_ai_debug', *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=dict(environment),
            timeout=60,
        )

    return run


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script that runs an agent with a tool on a model that needs no key, and exits with 3."""
    path = tmp_path / 'script.py'
    path.write_text(SCRIPT)
    return path
