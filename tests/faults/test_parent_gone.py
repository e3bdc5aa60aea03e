"""A script and all that it has started end with the debugger, whatever they do and whatever ended it."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from .conftest import is_alive, until

SCRIPT = """
import os, re, signal, subprocess, sys

for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)

SLEEPER = 'import time; time.sleep(600)'
# A server in a session of its own, as those of MCP are, and what it starts in turn.
server = subprocess.Popen(['sh', '-c', 'sleep 600 & echo $!; wait'], start_new_session=True, stdout=subprocess.PIPE)
helper = subprocess.Popen([sys.executable, '-c', SLEEPER])
pids = [os.getpid(), server.pid, int(server.stdout.readline()), helper.pid]
with open(sys.argv[1] + '.part', 'w') as file:
    file.write(' '.join(map(str, pids)))
os.rename(sys.argv[1] + '.part', sys.argv[1])
if sys.argv[2] == 'in C':
    re.match('(a+)+$', 'a' * 60 + 'b')  # holds the interpreter for ever
while True:
    pass
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / 'script.py'
    path.write_text(SCRIPT)
    return path


def started_pids(tmp_path: Path) -> list[int]:
    pids = tmp_path / 'pids'
    until(pids.exists, 'script that has started all')
    found = [int(word) for word in pids.read_text().split()]
    assert all(is_alive(pid) for pid in found)
    return found


def assert_all_end(pids: list[int]) -> None:
    try:
        until(lambda: not any(is_alive(pid) for pid in pids), 'end of all processes')
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize('where', ['in C', 'in Python'])
def test_nothing_outlives_a_debugger_that_is_killed(
    where: str, script: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    command = [sys.executable, '-m', 'pydantic_ai_debug', '--headless', '--no-record', str(script)]
    with subprocess.Popen(
        [*command, str(tmp_path / 'pids'), where], stdout=subprocess.DEVNULL, env=dict(environment)
    ) as debugger:
        pids = started_pids(tmp_path)
        debugger.kill()
    assert_all_end(pids)


@pytest.mark.parametrize('ending', ['SIGTERM', 'SIGHUP', 'closed terminal', 'SIGKILL'])
def test_nothing_outlives_a_screen_that_is_ended(
    ending: str, script: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    pid, master = pty.fork()
    if pid == 0:
        command = [
            sys.executable,
            '-m',
            'pydantic_ai_debug',
            '--no-record',
            str(script),
            str(tmp_path / 'pids'),
            'in C',
        ]
        os.execve(sys.executable, command, environment)
    try:
        pids = [*started_pids_while_drawn(master, tmp_path), pid]
        if ending == 'closed terminal':
            os.close(master)
            master = -1
        else:
            os.kill(pid, signal.Signals[ending])
        until(lambda: read(master) or os.waitpid(pid, os.WNOHANG)[0] == pid, 'end of the debugger')
        assert_all_end(pids)
    finally:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if master >= 0:
            os.close(master)


def started_pids_while_drawn(master: int, tmp_path: Path) -> list[int]:
    until(lambda: read(master) or (tmp_path / 'pids').exists(), 'script that has started all')
    return started_pids(tmp_path)


def read(master: int) -> None:
    """Take what was drawn, so that the screen does not wait for us."""
    while master >= 0 and select.select([master], [], [], 0)[0]:
        try:
            os.read(master, 65536)
        except OSError:
            return


def test_what_a_script_leaves_behind_by_itself_stays(tmp_path: Path, environment: Mapping[str, str]) -> None:
    script = tmp_path / 'script.py'
    script.write_text(
        'import subprocess, sys\n'
        'quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n'
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True, **quiet).pid)\n"
    )
    command = [sys.executable, '-m', 'pydantic_ai_debug', '--headless', '--no-record', str(script)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(environment), check=False)
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    pid = int(''.join(event['text'] for event in events if event['event'] == 'output' and event['stream'] == 'stdout'))
    try:
        assert is_alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
