"""`agent-debug`: a debugger for pydantic-ai agents, in the terminal.

This module imports nothing but `sys`: the child process loads the package inside the user's program, and the command
line answers `--version` before anything else is loaded.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__version__ = '0.1.0'

on_breakpoint: Callable[[FrameType], object] | None = None
"""Who stops at a line that calls `breakpoint`: set in a process that is debugged."""


def breakpoint() -> None:
    """Stop the agent run that this line is part of in the debugger, with its local variables.

    Does nothing in a program that is not run by `agent-debug`, nor outside of an agent run.
    """
    if on_breakpoint is not None:
        on_breakpoint(sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
