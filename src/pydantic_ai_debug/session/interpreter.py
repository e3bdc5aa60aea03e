"""Finds the Python that runs the script."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from .plan import LaunchError


def find_interpreter(script: Path | None, explicit: str | None) -> str:
    """The interpreter named, else that of the active virtual environment, else of the nearest `.venv` above the
    script (above the working directory where there is no script file), else our own.

    Raises:
        LaunchError: where the one named is none.
    """
    if explicit is not None:
        return _named_interpreter(explicit)
    active = os.environ.get('VIRTUAL_ENV')
    if active and (python := _python_in(Path(active))):
        return python
    beside = Path.cwd() if script is None else script.absolute().parent
    for directory in (beside, *beside.parents):
        if python := _python_in(directory / '.venv'):
            return python
    return sys.executable


def _named_interpreter(name: str) -> str:
    """A path, the name of a command, or the directory of a virtual environment."""
    path = Path(name)
    if path.is_dir():
        if python := _python_in(path.absolute()):
            return python
        raise LaunchError(f'no Python in the directory {name}: name the interpreter itself')
    found = shutil.which(name)
    if found is None:
        raise LaunchError(f'no such interpreter: {name}')
    # Absolute, but not resolved: a virtual environment's Python is a link, and is known by its place.
    return os.path.abspath(found)


def _python_in(environment: Path) -> str | None:
    path = environment / 'bin' / 'python'
    return str(path) if os.access(path, os.X_OK) and path.is_file() else None
