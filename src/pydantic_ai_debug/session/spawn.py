"""Starts the child process: the script's interpreter on our launcher, and the pipes and socket between us."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import NamedTuple

from pydantic_ai_debug.protocol.commands import Launch

from .plan import LaunchError, LaunchPlan

LAUNCHER = Path(__file__).resolve().parent.parent / 'debuggee' / 'launch.py'
"""What the child runs first. It is named by its place: the child's interpreter may have nothing of ours installed."""

SITE = LAUNCHER.parent / 'site'
"""A folder that has the child watched from Python's own start, where Python itself runs the program."""


class Child(NamedTuple):
    process: subprocess.Popen[bytes]
    channel: socket.socket
    """Our end of the socket pair."""


def spawn(plan: LaunchPlan, launcher: Path) -> Child:
    """Start the child in a session of its own, where it can neither draw on the terminal nor eat keys.

    Raises:
        LaunchError: where the interpreter cannot be run.
    """
    ours, theirs = socket.socketpair()
    fd = theirs.fileno()
    arguments = _own_arguments(plan.launch)
    try:
        process = subprocess.Popen(
            [plan.python, str(launcher), str(fd)] if arguments is None else [plan.python, *arguments],
            bufsize=0,
            env=None if arguments is None else _watched_environment(fd),
            stdin=None if plan.own_stdin else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[fd],
            start_new_session=True,
        )
    except OSError as error:
        ours.close()
        raise LaunchError(f'cannot run {plan.python}: {error.strerror}') from error
    finally:
        theirs.close()
    ours.setblocking(False)
    return Child(process, ours)


def _own_arguments(launch: Launch) -> list[str] | None:
    """What Python is given to run the program itself; None where we run it, to have its namespace after its end."""
    if launch.interactive or launch.kind == 'agent':
        return None
    option = ['-m'] if launch.kind == 'module' else []
    return [*option, launch.target, *launch.argv]


def _watched_environment(fd: int) -> dict[str, str]:
    """Our environment, with what has the child watched. The child takes it out again before the program starts."""
    others = os.environ.get('PYTHONPATH')
    path = f'{SITE}{os.pathsep}{others}' if others else str(SITE)
    return {**os.environ, 'PYTHONPATH': path, 'AGENT_DEBUG_CHANNEL': str(fd)}
