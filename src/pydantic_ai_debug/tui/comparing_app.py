"""Two recordings side by side, on a screen of their own."""

from __future__ import annotations

from collections.abc import Sequence

from textual.reactive import Reactive

from pydantic_ai_debug.model.comparison import Comparison

from .screens.compare import CompareScreen
from .terminal import GuardedApp
from .theme import start_theme


class ComparingApp(GuardedApp):
    """Shows comparisons until the user leaves."""

    TITLE = 'agent-debug'
    ENABLE_COMMAND_PALETTE = False
    theme: Reactive[str] = start_theme()

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        super().__init__()
        self._comparisons = comparisons

    def on_mount(self) -> None:
        self.push_screen(CompareScreen(self._comparisons), lambda _: self.exit())
