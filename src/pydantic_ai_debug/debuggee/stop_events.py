"""The event that tells where a run waits, with what is about to run or what was raised."""

from __future__ import annotations

from pydantic_ai_debug.protocol import events as ev

from . import errors
from .breakpoints import Hit
from .held import Held
from .held_call import HeldCall
from .wire import masked_json


def stopped_event(held: Held, hit: Hit | None) -> ev.Stopped:
    """Describe a stop."""
    place = held.place
    args = result = None
    if isinstance(held, HeldCall):
        args = masked_json(held.args)
        result = masked_json(held.result) if place.after else None
    return ev.Stopped(
        run=held.run.id,
        node=place.node,
        at=place.at,
        kind=held.kind,
        call=place.call,
        spec=hit.spec if hit is not None else None,
        after=place.after,
        holds_stream=held.holds_stream,
        problem=hit.problem if hit is not None else None,
        error=errors.describe(held.error, with_locals=True) if held.error is not None else None,
        args=args,
        result=result,
        edits=held.editable,
        answers=held.answers,
        retries=held.retries,
        frames=held.frames(),
    )
