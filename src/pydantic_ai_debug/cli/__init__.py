"""The command line: reads what is wanted, starts it, and says in a line what is wrong with it.

Loads neither the screen nor a session before it knows that one is wanted.
"""

from __future__ import annotations

import sys

from pydantic_ai_debug.collector import collector_at_rest


def main(arguments: list[str] | None = None) -> int:
    """`agent-debug`: the exit code of what was asked for."""
    with collector_at_rest() as wake_collector:
        from .entry import run

        return run(sys.argv[1:] if arguments is None else arguments, wake_collector)
