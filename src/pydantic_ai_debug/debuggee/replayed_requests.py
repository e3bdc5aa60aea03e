"""Model requests while a recording is replayed: answered by it, or stopped where it has no answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import ModelMessage
from typing_extensions import assert_never

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import decode_record, encode_event, numbered

from .asked import AskedRequest
from .held import Again, Answer, GoOn
from .held_divergence import HeldDivergence
from .recorded_stream import RecordedAnswer
from .replay import Divergence, Replay, place_of
from .scrubbing import scrubbed_line
from .tape import Exchange

if TYPE_CHECKING:
    from .debugger import Debugger
    from .tracked_run import TrackedRun


_UNKNOWN = Divergence('beyond', None, {}, 0, None)


class NotRecordedError(UserError):
    """A request that is not in the recording, where nobody can be asked whether it may go to the model."""


class Decision(NamedTuple):
    """How a request goes on: answered by the recording or by hand, looked for once more since it was edited, or asked."""

    answer: RecordedAnswer | Answer | Again | GoOn
    messages: Sequence[ModelMessage]
    """What is asked, where the user edited it."""


def asked_by(replay: Replay, sent: ev.Request) -> AskedRequest:
    """A request that was reported, as it would be read from a recording."""
    record = decode_record(numbered(scrubbed_line(encode_event(sent, 0.0)), 0))
    assert isinstance(record.event, ev.Request), 'an event is read as what was written'
    return replay.asked(record.event)


async def decide(
    run: TrackedRun, debugger: Debugger, replay: Replay, asked: AskedRequest | None, messages: Sequence[ModelMessage]
) -> Decision:
    """What becomes of a request that was reported and has not gone to its model.

    Args:
        run: The run that makes it.
        debugger: Where it may stop.
        replay: What may answer it.
        asked: What it is known by; None where a fault of ours keeps that from being known.
        messages: What the model would be asked.

    Raises:
        NotRecordedError: where the recording has no answer and nobody can be asked.
    """
    exchange = replay.exchange(place_of(run), asked) if asked is not None else None
    answer = _reused(run, debugger, exchange)
    if answer is not None:
        return Decision(answer, messages)
    divergence = _UNKNOWN if asked is None else replay.divergence(place_of(run), asked)
    run.emit(_event(run, divergence))
    held = HeldDivergence(run, run.place('divergence'), 'ModelRequestNode', messages)
    held.has_recorded = divergence.closest is not None
    resolution = await debugger.stops.pass_by(held, always=True)
    while isinstance(resolution, GoOn) and not held.is_decided:
        # What lets everything go is no leave to ask a model.
        if not (debugger.launch.waits and debugger.channel.open):
            raise NotRecordedError(_sentence(run, divergence))
        resolution = await debugger.stops.pass_by(held, always=True)
    if held.takes_recorded and divergence.closest is not None and asked is not None:
        replay.accept(place_of(run), asked, divergence.closest)
        # One that cannot be read is looked for again, and found to be none.
        return Decision(_reused(run, debugger, divergence.closest) or Again(), messages)
    return Decision(resolution, held.messages)


def keep_offline(run: TrackedRun, deps: Any) -> None:
    """See to it that a run that begins asks its model nothing before its requests are looked for.

    Raises:
        NotRecordedError: where its model lets nobody look on.
    """
    if not run.wraps_models:
        raise NotRecordedError(
            f'agent-debug --replay: the model of agent {run.agent_name!r} lets no other be put around it, so that its '
            'requests cannot be answered by a recording'
        )
    if deps.usage_limits.count_tokens_before_request:
        # A provider counts them. What the responses have used is counted against the limits all the same.
        deps.usage_limits = dataclasses.replace(deps.usage_limits, count_tokens_before_request=False)


def _reused(run: TrackedRun, debugger: Debugger, exchange: Exchange | None) -> RecordedAnswer | None:
    """The answer of an exchange, and the report that it is used; None where this version of pydantic-ai cannot read it."""
    if exchange is None:
        return None
    answer = run.guarded(RecordedAnswer, exchange, paced=debugger.launch.waits)
    if answer is not None:
        run.emit(ev.Reused(run.id, run.node, None, 'recording'))
    return answer


def _event(run: TrackedRun, divergence: Divergence) -> ev.Diverged:
    return ev.Diverged(
        run=run.id,
        node=run.node,
        reason=divergence.reason,
        recorded=divergence.recorded,
        asked=divergence.asked,
        same=divergence.same,
        answered=divergence.closest is not None,
    )


def _sentence(run: TrackedRun, divergence: Divergence) -> str:
    match divergence.reason:
        case 'changed':
            what = f'differs from the recorded one in its {", ".join(divergence.asked)}'
        case 'unanswered':
            what = 'got no answer when it was recorded'
        case 'beyond':
            what = 'is not in the recording, where this run asks nothing more'
        case _:
            assert_never(divergence.reason)
    return (
        f'agent-debug --replay: the model request at node {run.node + 1} of agent {run.agent_name!r} {what}. '
        'It is not sent: on the screen you can go on live, or use what was recorded'
    )
