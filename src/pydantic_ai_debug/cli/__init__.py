"""The command line: reads what is wanted, starts it, and says in a line what is wrong with it.

Loads neither the screen nor a session before it knows that one is wanted.
"""

from __future__ import annotations

from .entry import main

__all__ = ['main']
