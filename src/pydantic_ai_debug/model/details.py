"""What details of a run are made of: they are recalled from the events that the state points at, not kept in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from pydantic_ai_debug.protocol.events import Event, Json
from pydantic_ai_debug.protocol.frozen import Frozen
from pydantic_ai_debug.protocol.values import Value

Recall: TypeAlias = Callable[[int], Event]
"""Gives the event at a place of the stream."""


class RunSnapshot(Frozen):
    """The run's state at a node, with what was there one step before to compare with."""

    usage: Mapping[str, Json]
    run_step: int | None = None
    retries: int | None = None
    metadata: Value | None = None
    deps: Value | None = None
    cost: float | None = None


def json_list(value: Json) -> Sequence[Json]:
    """A JSON list, empty where the value is none."""
    return cast('list[Json]', value) if isinstance(value, (list, tuple)) else []


def json_object(value: Json) -> Mapping[str, Json]:
    """A JSON object, empty where the value is none."""
    return cast('dict[str, Json]', value) if isinstance(value, dict) else {}
