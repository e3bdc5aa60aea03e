"""Runs the target as Python itself would: `__main__`, arguments, path, exit code, traceback."""

from __future__ import annotations

import atexit
import builtins
import importlib.machinery
import importlib.util
import io
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any, cast

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Launch

from . import errors
from .channel import Channel
from .debugger import Debugger
from .install import install_on_import

WRONG_USE = 2
"""Exit code for a target that cannot be run at all."""

FAILED = 1
"""Exit code of Python for an uncaught exception."""


class TargetError(Exception):
    """The target cannot be run; the message says what to do."""


def prepare(fd: int) -> Callable[[], None]:
    """Read what to run from the socket and make ready. What is returned runs it, and does not return normally."""
    channel = Channel(fd)
    launch = channel.read_command()
    if not isinstance(launch, Launch):
        raise SystemExit(WRONG_USE)
    channel.start(launch.started)
    # Registered first, so called last: the program's own handlers still print and run agents.
    debugger = Debugger(channel, launch)
    atexit.register(_say_goodbye, debugger)
    channel.post(_hello(launch))
    channel.listen(debugger.handle)
    _write_lines_at_once()
    return lambda: _run(debugger)


def _say_goodbye(debugger: Debugger) -> None:
    debugger.end_all()
    debugger.channel.close()


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


def _run(debugger: Debugger) -> None:
    launch, channel = debugger.launch, debugger.channel
    try:
        match launch.kind:
            case 'script':
                program = _script(launch)
            case 'module':
                program = _module(launch)
            case 'agent':
                program = _agent(launch, debugger)
        if importlib.util.find_spec('pydantic_ai') is None:
            raise TargetError(
                f'{sys.executable} has no pydantic-ai: install it there, or choose another interpreter with --python'
            )
    except TargetError as unrunnable:
        channel.post(ev.LaunchFailed(str(unrunnable)))
        raise SystemExit(WRONG_USE) from None
    install_on_import(debugger)
    channel.post(ev.PhaseChanged('running'))
    _run_as_python_would(program)
    if launch.kind != 'agent' and launch.interactive and not debugger.started_runs:
        from .offers import offer_agents

        main = sys.modules['__main__']
        _run_as_python_would(lambda: offer_agents(vars(main), debugger))


def _run_as_python_would(program: Callable[[], object]) -> None:
    """Run something; an exception nobody caught is printed and ends the process as it would at top level."""
    try:
        program()
    except SystemExit:
        raise
    except KeyboardInterrupt as interrupt:
        _print_uncaught(interrupt)
        # Python ends itself by SIGINT after its clean-up; only the traceback is printed already.
        sys.excepthook = _print_nothing
        raise
    except BaseException as error:  # noqa: BLE001 - this is the program's top level
        _print_uncaught(error)
        error.__traceback__ = None
        raise SystemExit(FAILED) from None


def _print_nothing(*_: object) -> None:
    pass


def _print_uncaught(error: BaseException) -> None:
    errors.clean(error)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    sys.excepthook(type(error), error, error.__traceback__)


def _script(launch: Launch) -> Callable[[], object]:
    path = launch.target
    sys.argv[:] = [path, *launch.argv]
    full = os.path.abspath(path)
    _put_on_path(os.path.dirname(os.path.realpath(full)))
    try:
        with io.open_code(full) as file:
            source = file.read()
    except OSError as error:
        raise TargetError(f'cannot read {path}: {error.strerror}') from None
    code = _compiled(source, full)
    loader = importlib.machinery.SourceFileLoader('__main__', full)
    return _as_main(code, full, None, loader, None)


def _module(launch: Launch) -> Callable[[], object]:
    import runpy

    _put_on_path(os.getcwd())
    sys.argv[:] = ['-m', *launch.argv]
    try:
        # The same function that `python -m` uses; it has no public name.
        _, spec, code = cast(Any, runpy)._get_module_details(launch.target)
    except ImportError as error:
        raise TargetError(f'cannot run the module {launch.target}: {error}') from None
    except SyntaxError as error:
        raise TargetError(_syntax_text(error)) from None
    sys.argv[0] = spec.origin
    return _as_main(code, spec.origin, spec.parent, spec.loader, spec)


def _agent(launch: Launch, debugger: Debugger) -> Callable[[], object]:
    """Import the target by name, not as `__main__`, and open a run of its agent."""

    def program() -> None:
        from .offers import run_named_agent

        run_named_agent(_imported(launch), debugger)

    if launch.target.endswith('.py'):
        _put_on_path(os.path.dirname(os.path.realpath(launch.target)))
    else:
        _put_on_path(os.getcwd())
    sys.argv[:] = [launch.target, *launch.argv]
    return program


def _imported(launch: Launch) -> types.ModuleType:
    try:
        if not launch.target.endswith('.py'):
            return importlib.import_module(launch.target)
        full = os.path.abspath(launch.target)
        name = os.path.splitext(os.path.basename(full))[0]
        spec = importlib.util.spec_from_file_location(name, full)
        if spec is None or spec.loader is None:
            raise TargetError(f'cannot import {launch.target}')
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    except SyntaxError as error:
        raise TargetError(_syntax_text(error)) from None
    except ModuleNotFoundError as error:
        if error.name is not None and (launch.target == error.name or launch.target.startswith(f'{error.name}.')):
            raise TargetError(f'no module named {error.name!r}') from None
        raise


def _compiled(source: bytes, path: str) -> types.CodeType:
    try:
        return compile(source, path, 'exec', dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise TargetError(_syntax_text(error)) from None


def _syntax_text(error: BaseException) -> str:
    return ''.join(traceback.format_exception_only(type(error), error)).rstrip('\n')


def _put_on_path(folder: str) -> None:
    if not getattr(sys.flags, 'safe_path', False):
        sys.path.insert(0, folder)


def _as_main(
    code: types.CodeType, path: str, package: str | None, loader: object, spec: object
) -> Callable[[], object]:
    """A function that executes code as a fresh `__main__` module."""
    main = types.ModuleType('__main__')
    main.__dict__.update(
        __file__=path,
        __annotations__={},
        __builtins__=builtins,
        __package__=package,
        __loader__=loader,
        __spec__=spec,
        __cached__=None,
    )
    sys.modules['__main__'] = main
    return lambda: exec(code, main.__dict__)
