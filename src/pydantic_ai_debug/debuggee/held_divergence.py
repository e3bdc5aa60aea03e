"""A model request that the recording which is replayed cannot answer, while the user decides what becomes of it."""

from __future__ import annotations

from .held_model import HeldModelRequest


class HeldDivergence(HeldModelRequest):
    """Let go it goes to the model, changed or not; it is looked for once more, answered as recorded, or by hand."""

    takes_recorded = False
    """Whether it shall be answered by what was recorded in its place."""
    has_recorded = False
    """Whether there is something to answer it by."""
    asks_model = False
    """Whether the user lets it go to the model."""

    @property
    def is_decided(self) -> bool:
        return self.takes_recorded or self.asks_model

    def step_on(self) -> None:
        self.asks_model = True

    def use_recorded(self) -> bool:
        self.takes_recorded = self.has_recorded
        return self.has_recorded
