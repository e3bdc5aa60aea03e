"""The terminal is left as it was found: each ending is tried on a pseudo-terminal, under a shell with job control."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PROGRAM = """
import os, subprocess, sys
from pydantic_ai_debug.tui.probe import terminal_problem
from pydantic_ai_debug.tui.terminal import GuardedApp, guarded, run_guarded
from textual.widgets import Input, Static

class Program(GuardedApp):
    def compose(self):
        yield Static('READY')
        input = Input()
        input.cursor_blink = False
        yield input

    def on_mount(self):
        self.title = "hides the handler of the base class, which still runs"

    async def on_key(self, event):
        if event.key == 'f2':
            self.exit(return_code=3)
        elif event.key == 'f3':
            password = 'hunter2'
            raise KeyError(password)
        elif event.key == 'f4':
            self.run_worker(self.fail())
        elif event.key == 'f6':
            self.lend()

    async def fail(self):
        raise RuntimeError('hunter2')

    def lend(self):
        try:
            with self.suspend():
                print('LENT', flush=True)
                raise LookupError
        except LookupError:
            self.query_one(Static).update('BACK AGAIN')

if problem := terminal_problem():
    sys.exit(problem)
guarded.PATIENCE = float(sys.argv[2])
child = subprocess.Popen(['sleep', '600'], start_new_session=True)

def end_child():
    child.kill()
    child.wait()

with open(sys.argv[1], 'w') as file:
    file.write(f'{os.getpid()} {child.pid}')
sys.exit(run_guarded(Program(), end_child))
"""

SHELL = """
set -m
trap "$1" HUP; shift
"$@"; echo "[status $?]"; read -r line
fg >/dev/null; echo "[status $?]"; read -r line
"""
"""Runs the program; `fg` is for one that was suspended."""

TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""

F2, F3, F4, F6, CTRL_Z = b'\x1bOQ', b'\x1bOR', b'\x1bOS', b'\x1b[17~', b'\x1a'


class Terminal:
    """A terminal with a shell on it that runs `PROGRAM`, and what was drawn on it."""

    def __init__(self, directory: Path, patience: float, on_hangup: str) -> None:
        self.output = b''
        self.janitors: tuple[int, ...] = ()
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
        self.modes_before = termios.tcgetattr(self.slave)
        (directory / 'program.py').write_text(PROGRAM)
        self._pids = directory / 'pids'
        program = [sys.executable, str(directory / 'program.py')]
        self.shell = subprocess.Popen(
            [
                sys.executable,
                '-c',
                TAKE_TERMINAL,
                'sh',
                '-c',
                SHELL,
                'sh',
                on_hangup,
                *program,
                str(self._pids),
                str(patience),
            ],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            # What is written may wait in a buffer until the end.
            env={
                **{name: value for name, value in os.environ.items() if name != 'PYTHONUNBUFFERED'},
                'TERM': 'xterm-256color',
                'XDG_STATE_HOME': str(directory / 'state'),
            },
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return int(self._pids.read_text().split()[0])

    @property
    def child_pid(self) -> int:
        return int(self._pids.read_text().split()[1])

    def read(self, seconds: float = 0.02) -> None:
        if select.select([self.master], [], [], seconds)[0]:
            with suppress(OSError):
                self.output += os.read(self.master, 65536)

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < deadline, f'no {what}; drawn last: {self.output[-2000:]!r}'
            self.read()

    def wait_for_text(self, text: str, start: int = 0) -> None:
        self.wait_for(lambda: text.encode() in self.output[start:], text)

    def wait_until_quiet(self) -> None:
        """Wait until all is drawn, so that what is drawn later is drawn for a reason."""
        while True:
            drawn = len(self.output)
            self.read(0.2)
            if len(self.output) == drawn:
                return

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def is_on(self, mode: int) -> bool:
        """Whether a private mode was switched on last; the cursor is on from the start."""
        switches = re.findall(rb'\x1b\[\?%d([hl])' % mode, self.output)
        return switches[-1] == b'h' if switches else mode in (25, 7)

    def assert_as_found(self) -> None:
        def is_as_found() -> bool:
            return termios.tcgetattr(self.slave) == self.modes_before and not self.is_on(1049) and self.is_on(25)

        self.wait_for(is_as_found, 'terminal as it was')
        assert [mode for mode in (1000, 1003, 1006, 1015, 1016, 2004, 1004, 2048) if self.is_on(mode)] == []
        assert self.is_on(7), 'long lines no longer wrap'
        keyboard = re.findall(rb'\x1b\[([<>])\d*u', self.output)
        assert keyboard.count(b'<') >= keyboard.count(b'>')

    def hang_up(self) -> None:
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    def close(self) -> None:
        for pid in (*self.janitors, *self._pids.read_text().split()):
            with suppress(OSError):
                os.kill(int(pid), signal.SIGKILL)
        with suppress(OSError):
            os.killpg(self.shell.pid, signal.SIGKILL)
        if self.master >= 0:
            self.hang_up()
        self.shell.wait()

    def note_janitor(self) -> None:
        listing = subprocess.run(['ps', '-A', '-o', 'pid=,ppid='], capture_output=True, text=True, check=True)
        processes = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
        self.janitors = tuple(pid for pid, parent in processes if parent == self.pid and pid != self.child_pid)


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody waits for yet has."""
    state = subprocess.run(['ps', '-o', 'stat=', '-p', str(pid)], capture_output=True, text=True, check=False).stdout
    return not state.strip() or state.startswith('Z')


@contextmanager
def opened(directory: Path, patience: float = 0.5, on_hangup: str = '-') -> Iterator[Terminal]:
    """A terminal with the program's screen on it.

    Args:
        directory: Where the program and its files are.
        patience: Seconds from a signal until the program ends by force.
        on_hangup: What the shell's `trap` does on SIGHUP; empty to ignore it, also in the program.
    """
    terminal = Terminal(directory, patience, on_hangup)
    try:
        terminal.wait_for_text('READY')
        terminal.wait_for(lambda: terminal.is_on(2004) and not terminal.is_on(25), 'screen')
        terminal.note_janitor()
        assert len(terminal.janitors) == 1
        yield terminal
    finally:
        terminal.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with opened(tmp_path) as terminal:
        yield terminal


def assert_nothing_is_left(terminal: Terminal) -> None:
    for pid in (terminal.pid, terminal.child_pid, *terminal.janitors):
        terminal.wait_for(lambda pid=pid: is_gone(pid), f'end of process {pid}')


def test_quitting_restores_the_terminal_and_keeps_the_return_code(terminal: Terminal) -> None:
    terminal.press(F2)
    terminal.wait_for_text('[status 3]')
    terminal.assert_as_found()
    assert_nothing_is_left(terminal)


@pytest.mark.parametrize(('key', 'error'), [(F3, 'KeyError'), (F4, 'RuntimeError')], ids=['handler', 'worker'])
def test_an_exception_of_ours_leaves_a_sentence_and_a_private_traceback(
    terminal: Terminal, key: bytes, error: str, tmp_path: Path
) -> None:
    terminal.press(key)
    terminal.wait_for_text('[status 1]')
    terminal.assert_as_found()
    assert_nothing_is_left(terminal)
    (report,) = (tmp_path / 'state/agent-debug/crashes').iterdir()
    assert f'({error})'.encode() in terminal.output
    assert report.name.encode() in terminal.output.replace(b'\r\n', b'')
    assert b'hunter2' not in terminal.output
    assert b'Traceback' not in terminal.output
    assert report.stat().st_mode & 0o777 == 0o600
    assert 'Traceback' in report.read_text()
    assert "password = 'hunter2'" not in report.read_text().replace(
        "            password = 'hunter2'\n            raise", ''
    )


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_that_ends_us_restores_the_terminal(terminal: Terminal, number: signal.Signals) -> None:
    os.kill(terminal.pid, number)
    terminal.wait_for_text(f'[status {128 + number}]')
    terminal.assert_as_found()
    assert_nothing_is_left(terminal)


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGSEGV])
def test_what_cannot_be_caught_is_cleaned_up_by_the_janitor(terminal: Terminal, number: signal.Signals) -> None:
    os.kill(terminal.pid, number)
    terminal.wait_for_text(f'[status {128 + number}]')
    terminal.assert_as_found()
    for pid in (terminal.pid, *terminal.janitors):
        terminal.wait_for(lambda pid=pid: is_gone(pid), f'end of process {pid}')


def test_the_janitor_outlives_a_kill_of_the_process_group(terminal: Terminal) -> None:
    os.killpg(os.getpgid(terminal.pid), signal.SIGKILL)
    terminal.wait_for_text(f'[status {128 + signal.SIGKILL}]')
    terminal.assert_as_found()
    terminal.wait_for(lambda: is_gone(terminal.janitors[0]), 'end of the janitor')


def test_suspending_gives_the_terminal_back_and_fg_draws_the_screen_again(terminal: Terminal) -> None:
    terminal.wait_until_quiet()
    terminal.press(CTRL_Z)
    terminal.wait_for(lambda: re.search(rb'\[status \d+\]', terminal.output), 'suspended program')
    terminal.assert_as_found()
    suspended = len(terminal.output)
    terminal.press(b'\n')
    terminal.wait_for_text('READY', suspended)
    terminal.wait_for(lambda: terminal.is_on(1049) and not terminal.is_on(25), 'screen')
    terminal.press(b'typed')
    terminal.wait_for_text('typed', suspended)
    terminal.press(F2)
    terminal.wait_for_text('[status 3]')
    terminal.assert_as_found()
    assert_nothing_is_left(terminal)


def test_a_kill_while_suspended_leaves_the_terminal_alone(terminal: Terminal) -> None:
    terminal.press(CTRL_Z)
    terminal.wait_for(lambda: re.search(rb'\[status \d+\]', terminal.output), 'suspended program')
    terminal.assert_as_found()
    suspended = len(terminal.output)
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.wait_for(lambda: is_gone(terminal.janitors[0]), 'end of the janitor')
    terminal.read()
    assert b'\x1b[' not in terminal.output[suspended:]


def test_malformed_bytes_on_stdin_change_nothing(terminal: Terminal) -> None:
    drawn = len(terminal.output)
    terminal.press(b'\xff\xc3(\x1b[200~pasted \xff\x1b[201~')
    terminal.wait_for_text('pasted', drawn)
    terminal.press(b'typed')
    terminal.wait_for_text('typed', drawn)
    terminal.press(F2)
    terminal.wait_for_text('[status 3]')
    terminal.assert_as_found()


def test_an_exception_while_the_terminal_is_lent_gives_the_screen_back(terminal: Terminal) -> None:
    terminal.press(F6)
    terminal.wait_for_text('LENT')
    terminal.wait_for_text('BACK AGAIN')
    terminal.press(F2)
    terminal.wait_for_text('[status 3]')
    terminal.assert_as_found()


@pytest.mark.parametrize('on_hangup', ['-', ''], ids=['hung up', 'hangup ignored'])
@pytest.mark.parametrize('stalled', [False, True], ids=['reading', 'stalled'])
def test_a_terminal_that_goes_away_leaves_nothing_running(tmp_path: Path, on_hangup: str, stalled: bool) -> None:
    with opened(tmp_path, patience=60, on_hangup=on_hangup) as terminal:
        pids = (terminal.pid, terminal.child_pid, *terminal.janitors)
        if stalled:
            stall(terminal)
        terminal.hang_up()
        deadline = time.monotonic() + 10
        while not all(is_gone(pid) for pid in pids):
            assert time.monotonic() < deadline, [pid for pid in pids if not is_gone(pid)]
            time.sleep(0.02)


def stall(terminal: Terminal) -> None:
    """Stop the output and give the program so much to draw that it waits for it."""
    termios.tcflow(terminal.slave, termios.TCOOFF)
    for _ in range(60):
        terminal.press(b'typed ')
        terminal.read(0.01)


def test_a_terminal_that_stops_reading_cannot_keep_us(terminal: Terminal) -> None:
    stall(terminal)
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.wait_for(lambda: is_gone(terminal.pid) and is_gone(terminal.child_pid), 'end of the program')


def test_without_a_terminal_a_line_says_so_and_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / 'program.py').write_text(PROGRAM)
    result = subprocess.run(
        [sys.executable, str(tmp_path / 'program.py'), str(tmp_path / 'pids'), '0.5'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count('\n') == 1
    assert 'stdin' in result.stderr
    assert '--headless' in result.stderr
    assert result.stdout == ''
