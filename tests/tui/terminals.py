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
from typing import TypeAlias

import pyte

COLUMNS, ROWS = 120, 36
DEADLINE = 60.0
_MOST_PIECES = 8
"""In which a frame comes."""

ENTER, ESCAPE, TAB, DOWN = '\r', '\x1b', '\t', '\x1b[B'
CTRL_C, CTRL_S, CTRL_R, SELECT_ALL, DELETE = '\x03', '\x13', '\x12', '\x1b[18~', '\x1b[3~'
F1, F5, F9, F10, F11, SHIFT_F11 = '\x1bOP', '\x1b[15~', '\x1b[20~', '\x1b[21~', '\x1b[23~', '\x1b[23;2~'
"""What a terminal sends for keys that are no characters."""

RUN_BOSS = """
from boss import *
print('it is', boss.run_sync('go').output)
"""


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
    def shown(self) -> str:
        """The line above the keys: what is selected, and what is said of it."""
        return self.screen.display[-2]

    @property
    def rows(self) -> list[str]:
        """The rows of Graph, without the panes at its side."""
        return [line.split('││')[0].strip('│ ') for line in self.screen.display[2:-3]]

    @property
    def text(self) -> str:
        return '\n'.join(self.screen.display)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so, and was not so between two pieces of a frame alone."""
        deadline = time.monotonic() + DEADLINE
        pieces = 0
        while True:
            ready = select.select([self._ours], [], [], 0.02)[0]
            if ready:
                data = os.read(self._ours, 65536)
                self.written += data
                self._stream.feed(data)
            pieces = pieces + 1 if condition() else 0
            if pieces and (not ready or pieces == _MOST_PIECES):
                return
            assert time.monotonic() < deadline, f'never came true; the screen is\n{self.text}'

    def wait_for(self, *texts: str) -> None:
        self.wait_until(lambda: all(text in self.text for text in texts))

    def wait_for_row(self, *parts: str) -> None:
        """Wait until all of these are in one row of Graph."""
        self.wait_until(lambda: any(all(part in row for part in parts) for row in self.rows))

    def wait_for_stop(self, words: str) -> None:
        """Wait until the header says so, such as `before End`."""
        self.wait_until(lambda: f'paused {words}' in self.header)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._side)


Open: TypeAlias = Callable[..., Terminal]
"""Opens a script, given as text, with options."""
