"""What a TARGET is: a script, a module, an agent, a recording. Looks at files, and runs nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from pydantic_ai_debug.protocol.commands import TargetKind

from .errors import PROGRAM, UsageError

_DOTTED_NAME = re.compile(r'[^\W\d]\w*(\.[^\W\d]\w*)*')


class Program(NamedTuple):
    """Something to run."""

    kind: TargetKind
    target: str
    """A path or a module's name, as it was given."""
    attribute: str | None
    script: Path | None
    """The script's file, where the target names one."""


class Recording(NamedTuple):
    """Something to look at."""

    path: Path


def find_module(name: str) -> Program:
    """The module to run as `python -m` does; whether it exists is for the script's own interpreter to find out.

    Raises:
        UsageError: where that is no module's name.
    """
    if not _DOTTED_NAME.fullmatch(name):
        hint = ': leave out -m to run the file' if Path(name).exists() else ''
        raise UsageError(f'{name} is not the name of a module{hint}')
    return Program('module', name, None, None)


def find_target(named: str) -> Program | Recording:
    """Find out what was named.

    Raises:
        UsageError: where there is no such thing.
    """
    path = Path(named)
    if named and path.exists():
        from pydantic_ai_debug.recording import looks_like_recording

        if looks_like_recording(path):
            return Recording(path)
        _check_script(path)
        return Program('script', named, None, path)
    before, colon, attribute = named.rpartition(':')
    if colon:
        return _find_agent(named, before, attribute)
    if path.suffix != '.py' and _DOTTED_NAME.fullmatch(named):
        raise UsageError(f'no such file: {named} (for a module: {PROGRAM} -m {named})')
    raise UsageError(f'no such file: {named}')


def _find_agent(named: str, before: str, attribute: str) -> Program:
    if not _DOTTED_NAME.fullmatch(attribute):
        raise UsageError(f'no such file: {named}')
    path = Path(before)
    if before and path.exists() and not (path.is_dir() and _DOTTED_NAME.fullmatch(before)):
        _check_script(path)
        if path.suffix != '.py':
            raise UsageError(f'{before} cannot be imported: an agent is opened by the name of a .py file or a module')
        return Program('agent', before, attribute, path)
    if path.suffix == '.py' or not _DOTTED_NAME.fullmatch(before):
        raise UsageError(f'no such file: {before or named}')
    return Program('agent', before, attribute, None)


def _check_script(path: Path) -> None:
    """Refuse what can't be Python. Its syntax is for the script's own interpreter to judge.

    Raises:
        UsageError: where it is a directory, can't be read, or is not Python source.
    """
    if path.is_dir():
        raise UsageError(f'{path} is a directory: name the script in it')
    if not path.is_file():
        raise UsageError(f'{path} is not a file')
    import tokenize

    try:
        with tokenize.open(path) as file:
            source = file.read()
    except OSError as error:
        raise UsageError(f'cannot read {path}: {error.strerror}') from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise UsageError(f'{path} is not a Python script: {error}') from error
    if '\0' in source:
        raise UsageError(f'{path} is not a Python script: it holds NUL bytes')
