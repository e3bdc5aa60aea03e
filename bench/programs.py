"""Runs the scripts under `scripts/`, bare and under the debugger, and reads what they say they took."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

SCRIPTS = Path(__file__).parent / 'scripts'
AGENT_RUN = SCRIPTS / 'agent_run.py'
STEADY_STREAM = SCRIPTS / 'steady_stream.py'
TEN_LINES = SCRIPTS / 'ten_lines.py'

DEBUGGER = [sys.executable, '-m', 'pydantic_ai_debug']


def bare(script: Path, *arguments: str) -> list[float]:
    """The seconds a script prints as its last line."""
    ended = subprocess.run([sys.executable, str(script), *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return _seconds(ended.stdout)


def debugged(script: Path, *arguments: str, options: Sequence[str] = ()) -> list[float]:
    """The same under the debugger without a screen: continuing, recording, its events written to a file."""
    with tempfile.TemporaryDirectory() as directory:
        events, recording = Path(directory, 'events.jsonl'), Path(directory, 'recording.jsonl')
        command = [*DEBUGGER, '--headless', '--record', str(recording), '--python', sys.executable, *options]
        with events.open('wb') as file:
            subprocess.run([*command, str(script), *arguments], check=True, stdout=file)
        return _seconds(printed(recording))


def printed(recording: Path) -> str:
    """What a recorded script wrote to its stdout."""
    with recording.open(encoding='utf-8') as lines:
        outputs = [json.loads(line) for line in lines if '"event":"output"' in line]
    return ''.join(output['text'] for output in outputs if output['stream'] == 'stdout')


def _seconds(stdout: str) -> list[float]:
    return [float(word) for word in stdout.splitlines()[-1].split()]
