"""Where sessions to export come from, and the fixtures of them by their types."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.recording import EventLog

PROJECT = Path(__file__).parents[2]
RECORDINGS = PROJECT / 'tests' / 'recordings'
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != 'VIRTUAL_ENV'},
    'AGENT_DEBUG_DEMO_PACE': '0',
}

Record = Callable[..., Path]
Play = Callable[..., EventLog]


def failed_session(play: Play) -> EventLog:
    """A request that failed before its model answered it."""
    return play(
        ev.Hello(1, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
        ev.NodeStarted('r1', 0, 'ModelRequestNode'),
        ev.RequestFailed('r1', 0, ev.RaisedError('shops', 'Overloaded', 'come back later', [], {})),
        ev.Messages('r1', 0, [{'kind': 'response', 'parts': [{'part_kind': 'text', 'content': 'It rains'}]}], False, 0),
        ev.NodeFinished('r1', 0, 'ModelRequestNode', 0.6, 'CallToolsNode'),
    )
