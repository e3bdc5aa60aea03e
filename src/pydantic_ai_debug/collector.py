"""Lets the garbage collector rest while the command line and the screen load."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Generator[Callable[[], None], None, None]:
    """Start without the collector; gives what wakes it, at the latest at the end.

    Modules are made of objects that stay: looking for garbage among them takes a tenth of the time until the first
    frame, and finds none. Once they are loaded they are set aside for good, so that no later collection walks them.
    Within another rest it goes on with that one, which ends with it.
    """
    gc.disable()
    try:
        yield _wake
    finally:
        gc.enable()


def _wake() -> None:
    gc.freeze()
    gc.enable()
