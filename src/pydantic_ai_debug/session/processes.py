"""What a process has started, also what left its process group, as servers of MCP do."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from pydantic_ai_debug.protocol.frozen import Frozen

_PROC = Path('/proc')


class Process(Frozen):
    pid: int
    parent: int
    started: str
    """When it was started, as the system tells it: another process of the same number has another one."""


def descendants(pid: int) -> list[Process]:
    """The processes that a process has started, and what these have started, as far as the system tells."""
    children: dict[int, list[Process]] = {}
    for process in _all_processes():
        children.setdefault(process.parent, []).append(process)
    found = list(children.get(pid, ()))
    for process in found:
        found += children.get(process.pid, ())
    return found


def kill(processes: list[Process]) -> None:
    """End those that are still there, by force."""
    if not processes:
        return
    alive = {(process.pid, process.started) for process in _all_processes()}
    for process in processes:
        if (process.pid, process.started) in alive:
            send(process, signal.SIGKILL)


def send(process: Process, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process.pid, number)


def _all_processes() -> list[Process]:
    if (_PROC / 'self' / 'stat').exists():
        return [process for entry in _PROC.iterdir() if entry.name.isdigit() and (process := _in_proc(entry))]
    try:
        listing = subprocess.run(
            ['ps', '-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'lstart='], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return []
    rows = [line.split(None, 2) for line in listing.splitlines()]
    return [Process(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3]


def _in_proc(entry: Path) -> Process | None:
    try:
        # The name, in parentheses, may hold anything.
        fields = (entry / 'stat').read_bytes().rpartition(b')')[2].split()
        return Process(int(entry.name), int(fields[1]), fields[19].decode())
    except (OSError, IndexError, ValueError):
        return None
