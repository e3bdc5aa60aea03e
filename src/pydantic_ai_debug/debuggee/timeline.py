"""What is needed to run a node again: what the run was right before it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.run import AgentRun

_KEPT_FIELDS = ('run_step', 'retries', 'output_retries_used', 'metadata')
"""Plain fields of a run's state, as versions of pydantic-ai name them."""


@dataclass(frozen=True)
class Checkpoint:
    """A run right before a node. Tools that ran since, and what they did to deps, are not undone."""

    node: Any
    history: tuple[ModelMessage, ...]
    usage: dict[str, Any]
    fields: dict[str, Any]

    @classmethod
    def take(cls, agent_run: AgentRun[Any, Any], node: Any) -> Checkpoint:
        state = agent_run.ctx.state
        usage: dict[str, Any] = {
            field.name: getattr(state.usage, field.name) for field in dataclasses.fields(state.usage)
        }
        fields: dict[str, Any] = {name: getattr(state, name) for name in _KEPT_FIELDS if hasattr(state, name)}
        return cls(node, tuple(state.message_history), _copied(usage), fields)

    def restore(self, agent_run: AgentRun[Any, Any], history: list[ModelMessage]) -> None:
        """Put the run back, with a history that may have been edited since."""
        state: Any = agent_run.ctx.state
        # In place: others hold the list, and the program may hold the usage.
        state.message_history[:] = history
        # Copies again: the node may fail once more.
        for owner, fields in ((state.usage, _copied(self.usage)), (state, self.fields)):
            for name, value in fields.items():
                setattr(owner, name, value)


def _copied(usage: dict[str, Any]) -> dict[str, Any]:
    """Numbers by name, and the dictionary of details a copy; what it holds may be the program's, whose code is not run."""
    details = usage.get('details')
    return {**usage, 'details': {**details}} if type(details) is dict else usage
