"""Runs a program on a pseudo-terminal and tells when it has drawn something."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

COLUMNS, ROWS = 120, 36
DEADLINE = 60.0


def seconds_until(argv: Sequence[str], markers: Sequence[str]) -> list[float]:
    """Seconds from the start of a program until each marker is on its screen; the program is ended then.

    Raises:
        TimeoutError: where a marker does not come.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))
    environment = {
        name: value
        for name, value in os.environ.items()
        # Both slow a start down: one by compiling every module anew, the other by unbuffered writes.
        if name not in ('PYTHONDONTWRITEBYTECODE', 'PYTHONUNBUFFERED')
    }
    environment |= {'TERM': 'xterm-256color', 'COLORTERM': 'truecolor'}
    started = time.perf_counter()
    process = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    try:
        return _times_of(ours, [marker.encode() for marker in markers], started)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        _drain_until_end(ours, process)
        os.close(ours)


def _times_of(terminal: int, markers: Sequence[bytes], started: float) -> list[float]:
    drawn = b''
    times: dict[bytes, float] = {}
    while len(times) < len(markers):
        left = started + DEADLINE - time.perf_counter()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            raise TimeoutError(f'not drawn within {DEADLINE} s: {[m for m in markers if m not in times]}')
        drawn += os.read(terminal, 65536)
        now = time.perf_counter() - started
        for marker in markers:
            if marker not in times and marker in drawn:
                times[marker] = now
    return [times[marker] for marker in markers]


def _drain_until_end(terminal: int, process: subprocess.Popen[bytes]) -> None:
    """Read on, so that a program that is restoring its terminal is not held up by a full one."""
    while process.poll() is None:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                process.wait()
