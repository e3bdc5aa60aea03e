"""Where sessions to export come from, and the fixtures of them by their types."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pydantic_ai_debug.recording import EventLog

PROJECT = Path(__file__).parents[2]
RECORDINGS = PROJECT / 'tests' / 'recordings'
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != 'VIRTUAL_ENV'},
    'AGENT_DEBUG_DEMO_PACE': '0',
}

Record = Callable[..., Path]
Play = Callable[..., EventLog]
