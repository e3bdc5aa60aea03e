"""What a session runs, decided once on the command line; a restart runs the same plan again."""

from __future__ import annotations

from typing import NamedTuple

from pydantic_ai_debug.protocol.commands import Launch


class LaunchError(Exception):
    """A plan that cannot be carried out; its text is one line that says what to do."""


class LaunchPlan(NamedTuple):
    python: str
    """Path of the interpreter that runs the script."""
    launch: Launch
    """What the child is told; its `started` is filled in by each session."""
    target: str
    """The target as it was named on the command line."""
    own_stdin: bool = False
    """Whether the script reads our standard input; else it reads what `Session.write_stdin` gives it."""
