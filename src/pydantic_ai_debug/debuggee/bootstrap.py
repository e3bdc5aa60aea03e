"""Runs the target in this process as Python itself would: exit code, traceback, exit handlers."""

from __future__ import annotations

import atexit
import importlib.util
import io
import os
import sys
from collections.abc import Callable
from typing import TypeVar

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Launch

from . import errors
from .channel import Channel
from .targets import Program, TargetError, program_of

WRONG_USE = 2
"""Exit code for a target that cannot be run at all."""

FAILED = 1
"""Exit code of Python for an uncaught exception."""

T = TypeVar('T')


def prepare(fd: int) -> Callable[[], None]:
    """Read what to run from the socket and make ready. What is returned runs it."""
    channel = Channel(fd)
    launch = channel.read_command()
    if not isinstance(launch, Launch):
        raise SystemExit(WRONG_USE)
    channel.start(launch.started)
    # Registered first, so called last: the program's own handlers still print and run agents.
    atexit.register(channel.close)
    channel.post(_hello(launch))
    _write_lines_at_once()
    return lambda: _run(channel, launch)


def _hello(launch: Launch) -> ev.Hello:
    from datetime import datetime

    return ev.Hello(
        format=ev.FORMAT,
        python='.'.join(map(str, sys.version_info[:3])),
        pydantic_ai=_pydantic_ai_version(),
        target=launch.target if launch.attribute is None else f'{launch.target}:{launch.attribute}',
        argv=launch.argv,
        pid=os.getpid(),
        cwd=os.getcwd(),
        started_at=datetime.now().astimezone().isoformat(timespec='milliseconds'),
    )


def _pydantic_ai_version() -> str:
    from importlib import metadata

    for distribution in ('pydantic-ai-slim', 'pydantic-ai'):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return ''


def _write_lines_at_once() -> None:
    """Have the script's lines arrive as they are printed, as on a terminal; a pipe would hold them back."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def _run(channel: Channel, launch: Launch) -> None:
    try:
        program = program_of(launch)
        if importlib.util.find_spec('pydantic_ai') is None:
            raise TargetError(
                f'{sys.executable} has no pydantic-ai: install it there, or choose another interpreter with --python'
            )
        _run_watched(program, channel, launch)
    except TargetError as wrong_target:
        channel.post(ev.LaunchFailed(str(wrong_target)))
        raise SystemExit(WRONG_USE) from None


def _run_watched(program: Program, channel: Channel, launch: Launch) -> None:
    # Imported late: it needs what comes with pydantic-ai.
    from .debugger import Debugger
    from .install import install_on_import

    debugger = Debugger(channel, launch)
    atexit.register(debugger.end_all)
    channel.listen(debugger.handle)
    install_on_import(debugger)
    channel.post(ev.PhaseChanged('importing' if launch.kind == 'agent' else 'running'))
    namespace = _run_as_python_would(program, channel)
    if launch.kind != 'agent' and (debugger.started_runs or not launch.interactive):
        return
    if 'pydantic_ai' not in sys.modules:
        raise TargetError(f'{launch.target} has no agent: it does not import pydantic-ai')

    # Imports pydantic-ai, which the program has done by now.
    from .offers import offer_agents, run_named_agent

    start = run_named_agent if launch.kind == 'agent' else offer_agents
    _run_as_python_would(lambda: start(namespace, debugger), channel)


def _run_as_python_would(program: Callable[[], T], channel: Channel) -> T:
    """Run something; an exception nobody caught is printed and ends the process as it would at top level."""
    try:
        return program()
    except (SystemExit, TargetError):
        raise
    except KeyboardInterrupt as interrupt:
        _print_uncaught(interrupt)
        # Python ends itself by SIGINT after its clean-up; only the traceback is printed already.
        sys.excepthook = _print_nothing
        raise
    except BaseException as error:  # noqa: BLE001 - this is the program's top level
        _print_uncaught(error)
        channel.post(ev.ScriptFailed(errors.describe(error)))
        error.__traceback__ = None
        raise SystemExit(FAILED) from None


def _print_nothing(*_: object) -> None:
    pass


def _print_uncaught(error: BaseException) -> None:
    errors.clean(error)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    sys.excepthook(type(error), error, error.__traceback__)
