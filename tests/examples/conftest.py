"""How the demo and the examples are run here: by a plain Python, without the debugger and without pauses."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
SCRIPTS = {
    'demo': PROJECT / 'src' / 'pydantic_ai_debug' / 'demo' / 'demo.py',
    **{
        name: PROJECT / 'examples' / f'{name}.py'
        for name in ('weather', 'delegation', 'thinking', 'failing', 'wrong_tool')
    },
}
SIBLINGS = ('scripted_model', 'lisbon')


@pytest.fixture(scope='session')
def run_script() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script to its end in a process of its own; a warning fails it."""

    def run(name: str, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, '-W', 'error', str(SCRIPTS[name]), *args],
            capture_output=True,
            encoding='utf-8',
            env={**os.environ, 'AGENT_DEBUG_DEMO_PACE': '0', 'PYTHONUTF8': '1'},
            timeout=60,
        )

    return run


@pytest.fixture
def load_script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Load a script as an import would, and give its namespace."""

    def load(name: str) -> dict[str, Any]:
        monkeypatch.syspath_prepend(SCRIPTS[name].parent)
        return runpy.run_path(str(SCRIPTS[name]), run_name=name)

    monkeypatch.setenv('AGENT_DEBUG_DEMO_PACE', '0')
    yield load
    for sibling in SIBLINGS:
        sys.modules.pop(sibling, None)
