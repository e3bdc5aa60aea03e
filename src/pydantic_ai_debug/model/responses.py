"""The response of a model request, found in the history that its node added to."""

from __future__ import annotations

from pydantic_ai_debug.protocol.events import Json, Messages

from .details import Recall
from .parts import newest_response
from .selectors import node_at
from .state import NodeState, RunState


def node_response(run: RunState, node: NodeState, recall: Recall) -> Json:
    """The response that a node that is over added to the history; None where there is none."""
    before = node_at(run, node.index - 1)
    for place in reversed(run.messages[before.messages if before is not None else 0 : node.messages]):
        event = recall(place)
        response = newest_response(event.added) if isinstance(event, Messages) else None
        if response is not None:
            return response
    return None
