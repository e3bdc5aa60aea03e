"""Real children that are broken on purpose, and processes that are looked at from outside."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.debuggee.conftest import start_child

__all__ = ['start_child']

DEADLINE = 30.0


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f'never came: {what}'
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    state = subprocess.run(['ps', '-o', 'stat=', '-p', str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith('Z')


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Ours, with a state directory of the test's own."""
    inherited = {name: value for name, value in os.environ.items() if name != 'VIRTUAL_ENV'}
    return {**inherited, 'XDG_STATE_HOME': str(tmp_path / 'state'), 'TERM': 'xterm-256color'}
