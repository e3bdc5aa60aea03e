"""Starts the child process: the script's interpreter on our launcher, and the pipes and socket between us."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .plan import LaunchError, LaunchPlan

LAUNCHER = Path(__file__).resolve().parent.parent / 'debuggee' / 'launch.py'
"""What the child runs first. It is named by its place: the child's interpreter may have nothing of ours installed."""


@dataclass(frozen=True)
class Child:
    process: subprocess.Popen[bytes]
    channel: socket.socket
    """Our end of the socket pair."""


def spawn(plan: LaunchPlan, launcher: Path) -> Child:
    """Start the child in a session of its own, where it can neither draw on the terminal nor eat keys.

    Raises:
        LaunchError: where the interpreter cannot be run.
    """
    ours, theirs = socket.socketpair()
    try:
        process = subprocess.Popen(
            [plan.python, str(launcher), str(theirs.fileno())],
            bufsize=0,
            stdin=None if plan.own_stdin else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    except OSError as error:
        ours.close()
        raise LaunchError(f'cannot run {plan.python}: {error.strerror}') from error
    finally:
        theirs.close()
    ours.setblocking(False)
    return Child(process, ours)
