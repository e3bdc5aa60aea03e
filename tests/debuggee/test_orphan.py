"""A script does not outlive its debugger."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import subprocess, sys, time
helper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print(helper.pid, flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
    except FileNotFoundError:
        return False
    except NotADirectoryError:  # no /proc on this system
        os.kill(pid, 0)
        return True
    return state != 'Z'


BUSY = """
import os, threading, time
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel
print(os.getpid(), flush=True)
agent = Agent(TestModel())
while True:
    agent.run_sync('x')
"""


@pytest.mark.parametrize('source', [SCRIPT, BUSY], ids=['idle', 'busy'])
def test_the_script_and_what_it_started_end_when_the_debugger_is_killed(source: str, tmp_path: Path) -> None:
    script = tmp_path / 'script.py'
    script.write_text(source)
    command = [sys.executable, '-m', 'pydantic_ai_debug', '--headless', '--no-record', str(script)]
    debugger = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert debugger.stdout is not None
    pids: list[int] = []
    for line in debugger.stdout:
        event = json.loads(line)
        if event['event'] == 'hello':
            pids.append(event['pid'])
        if event['event'] == 'output':
            pids.append(int(event['text']))
            break
    assert all(is_alive(pid) for pid in pids)
    debugger.send_signal(signal.SIGKILL)
    debugger.wait()
    debugger.stdout.close()
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, 'the script outlived the debugger'
