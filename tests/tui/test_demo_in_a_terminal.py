"""The demo on a real pseudo-terminal, stepped with real key presses."""

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
from collections.abc import Callable, Iterator

import pyte
import pytest

COLUMNS, ROWS = 120, 36
DEADLINE = 40.0

WALK = ['UserPromptNode', 'ModelRequestNode', 'CallToolsNode', 'ModelRequestNode', 'CallToolsNode', 'End']


class Terminal:
    """A terminal with the debugger in it."""

    def __init__(self, *arguments: str) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))
        self._side = theirs
        self.modes_before = termios.tcgetattr(theirs)
        self.written = b''
        environment = {**os.environ, 'TERM': 'xterm-256color', 'AGENT_DEBUG_DEMO_PACE': '0'}
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

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._side)


@pytest.fixture
def demo() -> Iterator[Terminal]:
    terminal = Terminal('--demo')
    yield terminal
    terminal.close()


def test_the_demo_is_stepped_by_key_and_leaves_the_terminal_as_it_was(demo: Terminal) -> None:
    for place, kind in enumerate(WALK):
        demo.wait_until(lambda kind=kind: f'paused before {kind}' in demo.header)  # type: ignore[misc]
        # The same word comes twice in the walk: a step has been taken once the graph has as many rows.
        demo.wait_until(lambda place=place: f'node {place + 1} of {place + 1}' in demo.text)  # type: ignore[misc]
        demo.press('n')
    demo.wait_until(lambda: 'finished' in demo.header and 'Itinerary' in demo.text)
    demo.press('q')
    demo.wait_until(lambda: demo.process.poll() is not None)
    assert demo.process.returncode == 0
    assert demo.modes == demo.modes_before
    assert b'\x1b[?1049l' in demo.written
    assert b'\x1b[?25h' in demo.written


def test_the_other_panes_are_a_key_away(demo: Terminal) -> None:
    demo.wait_until(lambda: 'paused before UserPromptNode' in demo.header)
    assert all(f' {title} ' in demo.text for title in ('Graph', 'Stream', 'State', 'Result'))
    demo.press('c')
    demo.wait_until(lambda: 'finished' in demo.header)
    demo.press('6')
    demo.wait_until(lambda: 'the script has ended with exit code 0' in demo.text)
    demo.press('5')
    demo.wait_until(lambda: ' Request ' in demo.text and 'final_result' in demo.text)
    demo.press('?')
    demo.wait_until(lambda: 'Run this node' in demo.text)
