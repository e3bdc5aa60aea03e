"""From a command line to a running session, or to an opened recording."""

from __future__ import annotations

import dataclasses
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import WRONG_USE, UsageError, complain, complain_of_damage
from .parser import Options, parse
from .target import Program, Recording, find_module, find_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_ai_debug.recording import EventLog
    from pydantic_ai_debug.session import LaunchPlan, Session
    from pydantic_ai_debug.session.breakpoint_store import BreakpointStore

_DEMO = Path(__file__).resolve().parent.parent / 'demo' / 'demo.py'


def run(arguments: list[str], wake_collector: Callable[[], None]) -> int:
    """Do what a command line asks for; the exit code.

    Args:
        arguments: The command line without the program.
        wake_collector: Called where something else than the screen of a session is wanted, which wakes it by itself.
    """
    try:
        return _run(arguments, wake_collector)
    except UsageError as error:
        complain(str(error))
        return WRONG_USE
    except KeyboardInterrupt:
        from pydantic_ai_debug.session.headless import die_by_signal

        return die_by_signal(signal.SIGINT)


def _run(arguments: list[str], wake_collector: Callable[[], None]) -> int:
    options = parse(arguments)
    if options.headless or options.recordings or options.export is not None or options.compare is not None:
        wake_collector()
    if options.recordings:
        from .kept import list_recordings

        return list_recordings(options)
    if options.target is None:
        found = Program('script', str(_DEMO), None, _DEMO)
    elif options.module:
        found = find_module(options.target)
    else:
        found = find_target(options.target)
    if isinstance(found, Recording):
        options = parse(arguments, ours_follow=True)
        _refuse_options_of_a_run(found.path, options)
    _check_export(found, options)
    if isinstance(found, Recording) and options.export is not None:
        from .exporting import export_recording

        return export_recording(found.path, options.export, options.output, options.run)
    if not options.headless:
        from pydantic_ai_debug.tui.probe import terminal_problem

        problem = terminal_problem()
        if problem is not None:
            raise UsageError(problem)
    elif sys.__stdout__ is None:
        raise UsageError('--headless writes to standard output, which is closed')
    if isinstance(found, Recording):
        if options.compare is not None:
            from .comparing import compare_recordings

            return compare_recordings(found.path, options.compare, headless=options.headless)
        return _open_recording(found.path, options)
    if options.compare is not None:
        raise UsageError('--compare is for a recording: name one as the target')
    return _debug(found, options)


def _check_export(found: Program | Recording, options: Options) -> None:
    if options.export is None:
        for name, given in (('--output', options.output), ('--run', options.run)):
            if given is not None:
                raise UsageError(f'{name} is for an export: name a format with --export')
    elif isinstance(found, Program):
        raise UsageError('--export is for a recording: make one with --record FILE, or with --headless')
    elif options.headless:
        raise UsageError('--export writes something else than events: leave out --headless')


def _open_recording(path: Path, options: Options) -> int:
    from pydantic_ai_debug.recording import EventLog, RecordingError

    try:
        log = EventLog.open(path) if options.headless else EventLog.open_beginning(path)
    except RecordingError as error:
        raise UsageError(str(error)) from error
    if options.headless:
        from pydantic_ai_debug.session.headless import print_recording

        code = print_recording(log)
        complain_of_damage(path, log)
        return code
    from pydantic_ai_debug.tui import run_recording

    return run_recording(log)


def _refuse_options_of_a_run(path: Path, options: Options) -> None:
    given = {
        '--prompt': options.prompt is not None,
        '--deps': options.deps is not None,
        '--model': options.model is not None,
        '--break': bool(options.breakpoints),
        '--continue': options.go_on,
        '--stream': options.stream is not None,
        '--python': options.python is not None,
        '--record': options.record is not None,
        '--no-record': options.no_record,
        '--show-secrets': options.show_secrets,
        '--no-hints': not options.hints,
        '--restart-on-change': options.restart_on_change,
        '--keep-deps': options.keep_deps,
        '--replay': options.replay is not None,
        'an argument': bool(options.argv),
    }
    for name, is_given in given.items():
        if is_given:
            raise UsageError(f'{path} is a recording, nothing runs: leave out {name}')


def _debug(program: Program, options: Options) -> int:
    from pydantic_ai_debug.recording import RecordingError
    from pydantic_ai_debug.session import LaunchError

    try:
        _check_breakpoints(options)
        sessions = _Sessions(_plan(program, options), options, _store(program, options))
        return _run_headless(sessions) if options.headless else _run_on_screen(sessions, program, options)
    except (LaunchError, RecordingError) as error:
        raise UsageError(str(error)) from error


def _check_breakpoints(options: Options) -> None:
    from pydantic_ai_debug.protocol.breakpoints import SpecError, parse_spec

    for spec in options.breakpoints:
        try:
            parse_spec(spec)
        except SpecError as error:
            raise UsageError(f'--break {spec}: {error}') from error


def _store(program: Program, options: Options) -> BreakpointStore:
    """The breakpoints to start with: those named, and on the screen those that are kept of the script."""
    from pydantic_ai_debug.model.breakpoint_rows import with_breakpoints
    from pydantic_ai_debug.protocol.breakpoints import parse_spec
    from pydantic_ai_debug.session.breakpoint_store import BreakpointStore, store_path

    if options.headless:
        store = BreakpointStore()
    else:
        script = program.target if program.script is None else str(program.script.absolute())
        store = BreakpointStore(script, store_path())
    named = [str(parse_spec(spec)) for spec in options.breakpoints]
    store.breakpoints = with_breakpoints(store.breakpoints, named)
    return store


def _plan(program: Program, options: Options) -> LaunchPlan:
    from pydantic_ai_debug.protocol.commands import Launch
    from pydantic_ai_debug.session import LaunchPlan
    from pydantic_ai_debug.session.interpreter import find_interpreter

    if program.kind != 'agent':
        for name, value in (('--prompt', options.prompt), ('--deps', options.deps)):
            if value is not None:
                raise UsageError(f'{name} is for an agent opened by name, such as script.py:agent')
    elif options.headless and options.prompt is None:
        raise UsageError('an agent opened with --headless needs a prompt: give one with --prompt, before the target')
    own_python = options.demo and options.python is None
    launch = Launch(
        kind=program.kind,
        target=program.target,
        attribute=program.attribute,
        argv=options.argv,
        started=0.0,
        stop_on_entry=not (options.go_on or options.headless),
        waits=not options.headless,
        stop_on_error=not options.headless,
        interactive=not options.headless,
        prompt=options.prompt,
        deps=options.deps,
        model=options.model,
        stream=not options.headless if options.stream is None else options.stream,
        show_secrets=options.show_secrets,
        hints=options.hints,
        keep_deps=options.keep_deps,
        replay_tools=options.replay_tools,
    )
    return LaunchPlan(
        python=sys.executable if own_python else find_interpreter(program.script, options.python),
        launch=launch,
        target='--demo' if options.target is None else options.target,
        own_stdin=options.headless,
    )


def _open_replayed(path: Path) -> EventLog:
    from pydantic_ai_debug.recording.tape import open_for_replay

    return open_for_replay(path)


class _Sessions:
    """Makes the sessions of one invocation, each with a recording of its own: the first, and one for each restart."""

    def __init__(self, plan: LaunchPlan, options: Options, store: BreakpointStore) -> None:
        self.latest: Session | None = None
        self._plan = plan
        self._options = options
        self.store = store
        self._count = 0
        self._replayed = _open_replayed(options.replay) if options.replay is not None else None
        self._tape: Path | None = None

    def make(self) -> Session:
        """A session that is not started yet.

        Raises:
            RecordingError: where the file named for the recording, or the tape of a replay, can't be made.
        """
        from pydantic_ai_debug.session import Session

        self._count += 1
        launch = dataclasses.replace(
            self._plan.launch,
            breakpoints=self.store.breakpoints,
            serialize_tools=self.store.tools_serialized,
            replay=self._new_tape(),
        )
        self.latest = Session(self._plan._replace(launch=launch), self._new_log())
        return self.latest

    def _new_tape(self) -> str | None:
        """Each process takes one of its own."""
        if self._replayed is None:
            return None
        from pydantic_ai_debug.recording.tape import write_tape

        self.drop_tape()
        self._tape = write_tape(self._replayed)
        return str(self._tape)

    def drop_tape(self) -> None:
        """Remove a tape that no process has taken."""
        if self._tape is not None:
            self._tape.unlink(missing_ok=True)

    def _new_log(self) -> EventLog:
        from pydantic_ai_debug.recording import EventLog, RecordingError, new_recording_path

        if self._options.no_record:
            return EventLog.create(None)
        if (named := self._options.record) is not None:
            # A restart keeps what was recorded before it.
            again = named.with_name(f'{named.stem}-{self._count}{named.suffix}')
            return EventLog.create(named if self._count == 1 else again)
        try:
            return EventLog.create(new_recording_path(self._plan.launch.target))
        except RecordingError as error:
            # Nobody asked for this file: the session goes on without one.
            complain(str(error))
            return EventLog.create(None)


def _run_headless(sessions: _Sessions) -> int:
    from pydantic_ai_debug.session.headless import run_headless

    session = sessions.make()
    try:
        code = run_headless(session)
    finally:
        sessions.drop_tape()
    return _report_launch_failure(session) or code


def _run_on_screen(sessions: _Sessions, program: Program, options: Options) -> int:
    session = sessions.make()
    # The script's interpreter and the screen's modules load side by side.
    session.start()
    try:
        from pydantic_ai_debug.tui import run_session

        # The folder that the script's own modules are imported from; of a module, the working directory.
        watched = None if options.demo else program.script.absolute().parent if program.script else Path.cwd()
        code = run_session(sessions.make, session, sessions.store, watched, restart_on_change=options.restart_on_change)
    finally:
        latest = sessions.latest or session
        latest.terminate()
        sessions.drop_tape()
    failed = _report_launch_failure(latest)
    if not failed and latest.log.path is not None:
        until = f', as far as it could be: {latest.log.write_error}' if latest.log.write_error else ''
        complain(f'recorded in {latest.log.path}{until}')
    return failed or code


def _report_launch_failure(session: Session) -> int:
    """Say why the target could not be run, if so; the exit code for that."""
    if session.launch_failure is None:
        return 0
    complain(session.launch_failure)
    return WRONG_USE
