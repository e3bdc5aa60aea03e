"""Memory that a burst of events has taken and nobody needs any more goes back to the system."""

from __future__ import annotations

from contextlib import suppress

from textual.strip import Strip


def give_back() -> None:
    """Give back what there is to give, where the system has a way to take it."""
    # Each row of a text has a style of its own, which says where it is: Textual remembers how 16,000 are written.
    Strip.render_ansi.cache_clear()
    with suppress(ImportError, AttributeError):
        import ctypes

        # glibc keeps what it may need again; others do not, and have no such function.
        ctypes.CDLL(None).malloc_trim(0)
