"""Programs of many tests that one child runs one after another, each as if it had that child to itself.

Half a second goes by until a process has imported pydantic-ai. Tests of what happens in a run, rather than in a process,
need no process of their own: the child is as real, and what one program leaves behind must not be met by the next.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.protocol.commands import Command, Continue, Pause, SerializeTools, SetBreakpoints
from pydantic_ai_debug.protocol.events import Event, Exited, Fault, Output, RunFailed, RunFinished, RunStarted
from pydantic_ai_debug.recording import EventLog

from .conftest import DEADLINE, Child, StartChild, prepare_folder

END = '\x1e'
"""Begins the last line of each program, on both of its streams; the exit code follows."""

PLAYER = f"""
    import json, os, runpy, sys, traceback, warnings

    for line in sys.stdin:
        path, argv, before, code = *json.loads(line), set(sys.modules), 0
        sys.argv[1:], sys.path[0] = argv, os.path.dirname(path)
        try:
            with warnings.catch_warnings():
                runpy.run_path(path, run_name='__main__')
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
        for name in set(sys.modules) - before:
            if (getattr(sys.modules[name], '__file__', None) or '').startswith(sys.path[0] + os.sep):
                del sys.modules[name]
        for stream in (sys.stdout, sys.stderr):
            # One write, whether or not Python buffers.
            stream.flush()
            stream.write({END!r} + f'{{code}}\\n')
            stream.flush()
"""
"""Runs the programs whose paths it reads, each with its arguments."""


class Program(Child):
    """One of them: its events, its output and its exit code, as if they were those of a child of its own."""

    def __init__(self, player: Child) -> None:
        super().__init__(player.session)
        self._first = len(self.session.log)
        """Position of its first event."""
        self._last: int | None = None
        """Position after its last event, once it has ended."""
        self._searched = self._first
        self._printed = {'stdout': '', 'stderr': ''}
        self._runs_before = sum(isinstance(event, RunStarted) for event in player.events)

    def send(self, command: Command) -> None:
        run = getattr(command, 'run', None)
        super().send(command if run is None else replace(command, run=self._moved(run, self._runs_before)))  # type: ignore[call-arg]

    def event_at(self, position: int) -> Event | None:
        self._look_for_end()
        at = self._first + position
        if self._last is not None and at >= self._last:
            return Exited(self._code) if at == self._last else None
        return None if (event := super().event_at(at)) is None else self._counted_anew(event)

    @property
    def events(self) -> list[Event]:
        told: list[Event] = []
        while (event := self.event_at(len(told))) is not None:
            told.append(event)
        return told

    @property
    def log(self) -> EventLog:
        log = EventLog.create(None)
        log.append([encode_event(event, 0.0) for event in self.events])
        return log

    @property
    def returncode(self) -> int | None:
        return self._code if self.ended else None

    @property
    def ended(self) -> bool:
        self._look_for_end()
        return self._last is not None

    @property
    def leaves_nothing(self) -> bool:
        """Whether it has ended and so have all of its runs."""
        return self.ended and len(self.all(RunStarted)) == len(self.all(RunFinished)) + len(self.all(RunFailed))

    def finish(self) -> list[Event]:
        deadline = time.monotonic() + DEADLINE
        while not self.ended:
            assert time.monotonic() < deadline, 'the script did not end'
            assert not self.session.wait(0.005), f'the child ended, too: {self.stderr}'
        return self.events

    @property
    def stdout(self) -> str:
        return super().stdout.partition(END)[0]

    @property
    def stderr(self) -> str:
        return super().stderr.partition(END)[0]

    @property
    def _code(self) -> int:
        return int(self._printed['stdout'].partition(END)[2])

    def _look_for_end(self) -> None:
        """Its last lines have come on both pipes, and what was sent beside them before."""
        if self._last is not None:
            return
        log = self.session.log
        while self._searched < len(log):
            event = log.record(self._searched).event
            self._searched += 1
            if isinstance(event, Output):
                self._printed[event.stream] += event.text
                if all(text.partition(END)[2].endswith('\n') for text in self._printed.values()):
                    settle(self)
                    self._last = len(log)

    def _counted_anew(self, event: Event) -> Event:
        """Its runs are counted from `r1`."""
        moved = {
            name: self._moved(run, -self._runs_before)
            for name in ('run', 'parent')
            if (run := getattr(event, name, None)) is not None
        }
        return replace(event, **moved) if moved else event  # type: ignore[arg-type]

    @staticmethod
    def _moved(run: str, by: int) -> str:
        return f'r{int(run[1:]) + by}'


def settle(child: Child) -> None:
    """Wait until what was sent to a child is done, and what it has to say is in the log."""
    deadline = time.monotonic() + DEADLINE
    # An answer is known before what came with it is in the log; that of the next is not read until it is.
    for _ in range(2):
        child.session.probe()
        while child.session.unanswered:
            assert time.monotonic() < deadline, 'the child gives no sign of life'
            child.session.wait(0.002)


class Plain(NamedTuple):
    """What a program comes to without us."""

    stdout: str
    stderr: str
    returncode: int


class PlainPlayer:
    """A process that runs programs one after another without us."""

    def __init__(self, folder: Path) -> None:
        player = folder / 'script.py'
        player.write_text(dedent(PLAYER))
        paths = [folder / 'stdout', folder / 'stderr']
        with paths[0].open('wb') as stdout, paths[1].open('wb') as stderr:
            self._process = subprocess.Popen(
                [sys.executable, player], stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, text=True
            )
        # Opened anew: what is read here is not what is written next there.
        self._files = [path.open() for path in paths]

    def run(self, script: Path, *argv: str) -> Plain:
        assert self._process.stdin is not None
        self._process.stdin.write(f'{json.dumps([str(script), argv])}\n')
        self._process.stdin.flush()
        printed = ['', '']
        deadline = time.monotonic() + DEADLINE
        while not all(text.partition(END)[2].endswith('\n') for text in printed):
            assert time.monotonic() < deadline, 'the script did not end'
            assert self._process.poll() is None, printed
            time.sleep(0.005)
            printed = [text + file.read() for text, file in zip(printed, self._files, strict=True)]
        (stdout, _, code), (stderr, _, _) = (text.partition(END) for text in printed)
        return Plain(stdout, stderr, int(code))

    def end(self) -> None:
        self._process.communicate()
        for file in self._files:
            file.close()


class Series:
    """The children that run the programs of a file, each with the programs that want the same of their child."""

    def __init__(self, start_child: StartChild, folder: Path) -> None:
        self._start_child = start_child
        self._folder = folder
        self._plain: PlainPlayer | None = None
        self._players: dict[str, list[Child]] = {}
        self._playing: dict[int, Program] = {}

    def start(
        self,
        folder: Path,
        source: str,
        *argv: str,
        stop_on_entry: bool = False,
        breakpoints: tuple[Breakpoint, ...] = (),
        serialize_tools: bool = False,
        **launch: object,
    ) -> Program:
        """Run a program, in a child that runs none now and was launched alike."""
        prepare_folder(folder)
        script = folder / 'script.py'
        script.write_text(dedent(source))
        player = self._idle_player(**launch)
        # Nothing of what was asked for before stands any more.
        player.send(Continue())
        if stop_on_entry:
            player.send(Pause(None))
        # One that stays would go on counting.
        player.send(SetBreakpoints(()))
        player.send(SetBreakpoints(breakpoints))
        player.send(SerializeTools(serialize_tools))
        settle(player)
        program = self._playing[id(player)] = Program(player)
        player.session.write_stdin(f'{json.dumps([str(script), argv])}\n')
        return program

    def run_plainly(self, folder: Path, source: str, *argv: str) -> Plain:
        """Run a program without us, to its end."""
        prepare_folder(folder)
        script = folder / 'script.py'
        script.write_text(dedent(source))
        if self._plain is None:
            self._plain = PlainPlayer(self._folder)
        return self._plain.run(script, *argv)

    def _idle_player(self, **launch: object) -> Child:
        players = self._players.setdefault(repr(sorted(launch.items())), [])
        for player in players:
            if self._playing[id(player)].leaves_nothing:
                return player
        players.append(self._start_child(PLAYER, **launch))
        return players[-1]

    def end(self) -> None:
        """No program is left to run: each child that is idle ends by itself."""
        if self._plain is not None:
            self._plain.end()
        for player in (player for players in self._players.values() for player in players):
            if self._playing[id(player)].leaves_nothing:
                player.session.close_stdin()
                player.finish()
                assert (player.returncode, player.all(Fault)) == (0, [])
