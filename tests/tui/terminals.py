"""A real pseudo-terminal with the debugger in it, whose screen tests read and whose keys they press."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

import pyte

COLUMNS, ROWS = 120, 36
DEADLINE = 40.0


class Terminal:
    """A terminal with the debugger in it."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))
        self._side = theirs
        self.modes_before = termios.tcgetattr(theirs)
        self.written = b''
        environment = {**os.environ, 'TERM': 'xterm-256color', 'AGENT_DEBUG_DEMO_PACE': '0', **variables}
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'pydantic_ai_debug', '--no-record', *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )

    @property
    def modes(self) -> list[object]:
        return termios.tcgetattr(self._side)

    @property
    def header(self) -> str:
        return self.screen.display[0]

    @property
    def text(self) -> str:
        return '\n'.join(self.screen.display)

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f'never came true; the screen is\n{self.text}'
            if select.select([self._ours], [], [], 0.02)[0]:
                data = os.read(self._ours, 65536)
                self.written += data
                self._stream.feed(data)

    def wait_for(self, *texts: str) -> None:
        self.wait_until(lambda: all(text in self.text for text in texts))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._side)
