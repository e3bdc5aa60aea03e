"""Makes this process ready for the target, and runs it where Python does not do that itself.

Python runs a script or a module by itself wherever it can: nothing of ours is then beneath its first frame. Where
agents are to be offered after its end, or opened by name, it is run here, as Python would: exit code, traceback, exit
handlers.
"""

from __future__ import annotations

import atexit
import importlib.machinery
import importlib.util
import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import ProtocolError
from pydantic_ai_debug.protocol.commands import Launch
from pydantic_ai_debug.protocol.frozen import complete_all

from . import errors
from .channel import LOST_PARENT, Channel
from .secrets import masked_arguments, tell_values
from .targets import Program, TargetError, check, folder_of, program_of, why_no_module

if TYPE_CHECKING:
    from .debugger import Debugger

WRONG_USE = 2
"""Exit code for a target that cannot be run at all."""

FAILED = 1
"""Exit code of Python for an uncaught exception."""

T = TypeVar('T')


def watch(fd: int) -> None:
    """Read from the socket what Python is about to run, and make ready to watch it.

    Raises:
        SystemExit: where it cannot be run.
    """
    channel, launch = _open_channel(fd)
    try:
        check(launch)
        _require_pydantic_ai(folder_of(launch))
    except TargetError as wrong_target:
        channel.post(ev.LaunchFailed(str(wrong_target)))
        channel.close()
        raise SystemExit(WRONG_USE) from None
    # Called before the channel closes, after the program's own handlers.
    atexit.register(_report_end, channel, launch)
    _make_debugger(channel, launch)


def prepare(fd: int) -> Callable[[], None]:
    """Read what to run from the socket and make ready. What is returned runs it."""
    channel, launch = _open_channel(fd)
    _write_lines_at_once()
    return lambda: _run(channel, launch)


def _open_channel(fd: int) -> tuple[Channel, Launch]:
    # Else the first event of each kind would compile its class in the program's event loop.
    complete_all()
    channel = Channel(fd)
    try:
        launch = channel.read_command()
    except (EOFError, OSError):
        # The parent is gone before it said what to run.
        raise SystemExit(LOST_PARENT) from None
    except ProtocolError as error:
        raise SystemExit(f'agent-debug: what to run was not understood: {error}') from None
    if not isinstance(launch, Launch):
        raise SystemExit(WRONG_USE)
    if launch.show_secrets:
        tell_values()
    channel.start(launch.started)
    # Registered first, so called last: the program's own handlers still print and run agents.
    atexit.register(channel.close)
    channel.post(_hello(launch))
    return channel, launch


def _hello(launch: Launch) -> ev.Hello:
    from datetime import datetime

    return ev.Hello(
        format=ev.FORMAT,
        python='.'.join(map(str, sys.version_info[:3])),
        pydantic_ai=_pydantic_ai_version(),
        target=launch.target if launch.attribute is None else f'{launch.target}:{launch.attribute}',
        argv=masked_arguments(launch.argv),
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


def _require_pydantic_ai(folder: str | None) -> None:
    spec = importlib.util.find_spec('pydantic_ai')
    if spec is None and folder is not None:
        spec = importlib.machinery.PathFinder.find_spec('pydantic_ai', [folder])
    if spec is None:
        raise TargetError(
            f'{sys.executable} has no pydantic-ai: install it there, or choose another interpreter with --python'
        )


def _make_debugger(channel: Channel, launch: Launch) -> Debugger:
    # Imported late: a target that cannot be run is told sooner.
    from .debugger import Debugger
    from .install import install_on_import
    from .line_stops import LineStops
    from .placeholder_keys import provide_placeholders

    debugger = Debugger(channel, launch)
    if debugger.replay is not None:
        provide_placeholders(os.environ)
        channel.post(ev.ReplaySwitched(True))
    atexit.register(debugger.end_all)
    channel.listen(debugger.handle)
    install_on_import(debugger)
    LineStops(debugger).install()
    channel.post(ev.PhaseChanged('importing' if launch.kind == 'agent' else 'running'))
    return debugger


def _report_end(channel: Channel, launch: Launch) -> None:
    """The program that Python ran has ended: report an exception that nobody caught, or a module that never began."""
    error = getattr(sys, 'last_value', None)
    if isinstance(error, BaseException) and _reached_the_top(error):
        if not isinstance(error, KeyboardInterrupt):
            channel.post(ev.ScriptFailed(errors.describe(error)))
    elif launch.kind == 'module' and (problem := why_no_module(launch.target)) is not None:
        channel.post(ev.LaunchFailed(problem))


def _reached_the_top(error: BaseException) -> bool:
    """Whether an exception left the program's first frame; others are kept by test runners and consoles, too."""
    if error.__traceback__ is None:
        return False
    frame = error.__traceback__.tb_frame
    if frame.f_code.co_name == '_run_module_as_main':
        return True
    return frame.f_code.co_name == '<module>' and frame.f_globals is vars(sys.modules['__main__'])


def _run(channel: Channel, launch: Launch) -> None:
    try:
        program = program_of(launch)
        _require_pydantic_ai(None)
        _run_watched(program, channel, launch)
    except TargetError as wrong_target:
        channel.post(ev.LaunchFailed(str(wrong_target)))
        raise SystemExit(WRONG_USE) from None


def _run_watched(program: Program, channel: Channel, launch: Launch) -> None:
    debugger = _make_debugger(channel, launch)
    namespace = _run_as_python_would(program, channel)
    if launch.kind != 'agent' and debugger.started_runs:
        return
    if not channel.open:
        # A forked child comes by here too, as does a program that closed our descriptors: nobody is there to choose.
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
