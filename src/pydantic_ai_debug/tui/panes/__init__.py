"""The panes of the main screen, one file each. A pane knows the state it draws and nothing of its siblings."""

from __future__ import annotations

from .base import Pane
from .console import ConsolePane
from .graph import GraphPane
from .request import RequestPane
from .result import ResultPane
from .state import StatePane
from .stream import StreamPane

PANES: tuple[type[Pane], ...] = (GraphPane, StreamPane, StatePane, ResultPane, RequestPane, ConsolePane)
"""In the order in which `tab` visits them."""
