"""The theme that every app of ours starts with; the palette changes it."""

from __future__ import annotations

from textual.reactive import Reactive

_START = 'tokyo-night'


def start_theme() -> Reactive[str]:
    """An app's attribute `theme`, which starts as ours.

    A theme that is set later, or told of at the start as Textual's own default is, has all style sheets parsed and all
    widgets styled a second time.
    """
    return Reactive(_START, init=False)
