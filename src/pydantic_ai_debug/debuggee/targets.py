"""What can be run, made ready the way Python would: a script, a module, a module with an agent in it."""

from __future__ import annotations

import builtins
import importlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from pydantic_ai_debug.protocol.commands import Launch

Program: TypeAlias = Callable[[], Mapping[str, object]]
"""Runs the target's code; gives the namespace it ran in."""


class TargetError(Exception):
    """The target cannot be run at all; the message says what to do."""


class ModuleError(Exception):
    """What `runpy` says of a module that cannot be run."""


def program_of(launch: Launch) -> Program:
    """Set `sys.argv` and `sys.path` for a target, and compile it.

    Raises:
        TargetError: where there is no such target, or it is no Python.
    """
    match launch.kind:
        case 'script':
            return _script(launch)
        case 'module':
            return _module(launch)
        case 'agent':
            return _imported(launch)


def check(launch: Launch) -> None:
    """Find out beforehand, without running anything, what can be known of a target that Python is to run.

    Raises:
        TargetError: where there is no such script, or it is no Python.
    """
    if launch.kind != 'script':
        return
    with warnings.catch_warnings():
        # Python will warn when it runs the script.
        warnings.simplefilter('ignore')
        _compiled(launch.target)


def folder_of(launch: Launch) -> str:
    """The folder that Python puts first on the path."""
    return os.path.dirname(os.path.realpath(launch.target)) if launch.kind == 'script' else os.getcwd()


def why_no_module(name: str) -> str | None:
    """Why a module that Python was to run never began; None where it did."""
    if hasattr(sys.modules['__main__'], '__file__'):
        return None
    try:
        _module_details(name)
    except ModuleError as error:
        return f'cannot run the module {name}: {error}'
    return None


def _compiled(path: str) -> types.CodeType:
    full = os.path.abspath(path)
    try:
        with io.open_code(full) as file:
            return compile(file.read(), full, 'exec', dont_inherit=True)
    except OSError as error:
        raise TargetError(f'cannot read {path}: {error.strerror}') from None
    except (SyntaxError, ValueError) as error:
        raise TargetError(_as_python_says(error)) from None


def _module_details(name: str) -> Any:
    import runpy

    # The same function that `python -m` uses; it has no public name. It imports the module's package, which is the
    # program's code already.
    return cast(Any, runpy)._get_module_details(name, ModuleError)


def _script(launch: Launch) -> Program:
    path = launch.target
    sys.argv[:] = [path, *launch.argv]
    # What reloaders start the program with again.
    sys.orig_argv[1:] = sys.argv
    full = os.path.abspath(path)
    _put_on_path(folder_of(launch))
    code = _compiled(path)
    return _as_main(code, full, None, importlib.machinery.SourceFileLoader('__main__', full), None)


def _module(launch: Launch) -> Program:
    _put_on_path(folder_of(launch))
    sys.argv[:] = ['-m', *launch.argv]
    sys.orig_argv[1:] = ['-m', launch.target, *launch.argv]

    def program() -> Mapping[str, object]:
        try:
            _, spec, code = _module_details(launch.target)
        except ModuleError as error:
            raise TargetError(f'cannot run the module {launch.target}: {error}') from None
        except SyntaxError as error:
            raise TargetError(_as_python_says(error)) from None
        sys.argv[0] = spec.origin
        return _as_main(code, spec.origin, spec.parent, spec.loader, spec)()

    return program


def _imported(launch: Launch) -> Program:
    """Import the target by its name, not as `__main__`."""
    is_file = launch.target.endswith('.py')
    _put_on_path(os.path.dirname(os.path.realpath(launch.target)) if is_file else os.getcwd())
    sys.argv[:] = [launch.target, *launch.argv]
    load = _load_file if is_file else importlib.import_module

    def program() -> Mapping[str, object]:
        try:
            return vars(load(launch.target))
        except SyntaxError as error:
            raise TargetError(_as_python_says(error)) from None
        except ModuleNotFoundError as error:
            if error.name is not None and f'{launch.target}.'.startswith(f'{error.name}.'):
                raise TargetError(f'no module named {error.name!r}') from None
            raise

    return program


def _load_file(path: str) -> types.ModuleType:
    full = os.path.abspath(path)
    name = os.path.splitext(os.path.basename(full))[0]
    spec = importlib.util.spec_from_file_location(name, full)
    if spec is None or spec.loader is None:
        raise TargetError(f'cannot import {path}')
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _as_python_says(error: BaseException) -> str:
    return ''.join(traceback.format_exception_only(type(error), error)).rstrip('\n')


def _put_on_path(folder: str) -> None:
    if not getattr(sys.flags, 'safe_path', False):
        sys.path.insert(0, folder)


def _as_main(code: types.CodeType, path: str, package: str | None, loader: object, spec: object) -> Program:
    """A program that executes code as a fresh `__main__` module."""
    main = types.ModuleType('__main__')
    namespace = vars(main)
    namespace.update(
        __file__=path,
        __builtins__=builtins,
        __package__=package,
        __loader__=loader,
        __spec__=spec,
        __cached__=None,
    )
    if sys.version_info < (3, 14):
        namespace['__annotations__'] = {}
    sys.modules['__main__'] = main

    def program() -> Mapping[str, object]:
        exec(code, namespace)
        return namespace

    return program
