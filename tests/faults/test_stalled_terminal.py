"""A terminal that stops to read holds up neither the script nor the recording, and the screen catches up later."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pyte

from pydantic_ai_debug.recording import EventLog, RecordingError

from .conftest import until

SCRIPT = """
import asyncio
from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

async def words(messages, info):
    # More than a terminal keeps for one who does not read: the screen has to wait for it.
    for number in range(1000):
        yield f'word{number:05} ' + 'abcdefgh '[number % 8 :] * 6
        await asyncio.sleep(0.001)
    yield 'the last word'

agent = Agent(FunctionModel(stream_function=words), name='talker')

async def main():
    async with agent.run_stream('x') as result:
        async for _ in result.stream_text(delta=True, debounce_by=None):
            pass

asyncio.run(main())
"""


class Screen:
    """What a terminal shows of what it has read."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._screen = pyte.Screen(100, 30)
        self._stream = pyte.ByteStream(self._screen)

    def read(self) -> bool:
        """Read what has been drawn; whether there was something."""
        if not select.select([self._master], [], [], 0.01)[0]:
            return False
        try:
            self._stream.feed(os.read(self._master, 65536))
        except OSError:
            return False
        return True

    def shows(self, text: str) -> bool:
        self.read()
        return any(text in line for line in self._screen.display)


def last_event(recording: Path) -> str:
    try:
        log = EventLog.open(recording)
    except RecordingError:
        return ''
    return type(log.record(len(log) - 1).event).__name__ if len(log) else ''


def test_the_script_and_the_recording_go_on_and_the_screen_catches_up(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    script, recording = tmp_path / 'script.py', tmp_path / 'run.jsonl'
    script.write_text(SCRIPT)
    pid, master = pty.fork()
    if pid == 0:
        command = [sys.executable, '-m', 'pydantic_ai_debug', '--record', str(recording), str(script)]
        os.execve(sys.executable, command, environment)
    ended = False
    try:
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 100, 0, 0))
        screen = Screen(master)
        until(lambda: screen.shows('paused before'), 'first stop')
        os.write(master, b'c')
        until(lambda: last_event(recording) == 'Exited', 'end of the script in the recording')
        # Nothing was read until here.
        until(lambda: screen.shows('finished'), 'end of the script on the screen')
        until(lambda: screen.shows('the last word'), 'last word on the screen')
        os.write(master, b'q')
        until(lambda: screen.read() or os.waitpid(pid, os.WNOHANG) == (pid, 0), 'end of the debugger')
        ended = True
    finally:
        if not ended:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        os.close(master)
