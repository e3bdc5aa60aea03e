"""How the script is named on the screen."""

from __future__ import annotations

from pathlib import PurePath

from pydantic_ai_debug.model.state import SessionState

from .literal import literal


def target_name(state: SessionState) -> str:
    """The script without the folders it is in, or the module; safe to draw."""
    return literal(PurePath(state.target).name or state.target, 60)
