"""What a run was right before each of its nodes, so that it can be put back there and go on.

Messages are shared between checkpoints: each keeps what its history added to the one before. Tools that ran, ran; what they
returned is remembered, so that a branch that asks for the same need not run them again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .memento import Memento, memento
from .own_usage import OwnUsage

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.run import AgentRun

_NOT_KEPT = frozenset({'message_history', 'usage', 'run_id', 'conversation_id'})
"""Fields of a run's state that are kept in another way, or never change."""
_KEPT_OF_DEPS = (
    'new_message_index',
    'resumed_request',
    'tool_manager',
    'loaded_capability_ids',
    'discovered_tool_names',
)
"""What changes of pydantic-ai's own deps of a run, as versions of it name them."""
_KEPT_OF_TOOLS = ('failed_tools', 'succeeded_tools', 'availability_refused')
"""What changes of a tool manager; another step has another one."""


@dataclass(frozen=True)
class _History:
    """A list of messages, as what it adds to another."""

    before: _History | None
    kept: int
    added: tuple[ModelMessage, ...]

    @property
    def length(self) -> int:
        return self.kept + len(self.added)

    @classmethod
    def of(cls, messages: Sequence[ModelMessage], before: _History | None, known: list[ModelMessage]) -> _History:
        """Messages, by what they add to those that are `known`, of `before`."""
        kept = 0
        for old, new in zip(known, messages, strict=False):
            if old is not new:
                break
            kept += 1
        return cls(before if kept else None, kept, tuple(messages[kept:]))

    def messages(self) -> list[ModelMessage]:
        pieces: list[Sequence[ModelMessage]] = []
        part, wanted = self, self.length
        while True:
            pieces.append(part.added[: max(wanted - part.kept, 0)])
            wanted = min(wanted, part.kept)
            if part.before is None or not wanted:
                return [message for piece in reversed(pieces) for message in piece]
            part = part.before


@dataclass(frozen=True)
class _Kept:
    """A field of an object, with a copy where it holds something that changes in place."""

    owner: Any
    name: str
    value: Any
    items: Any

    @classmethod
    def of(cls, owner: Any, names: Iterable[str]) -> tuple[_Kept, ...]:
        values = [(name, getattr(owner, name)) for name in names if hasattr(owner, name)]
        return tuple(cls(owner, name, value, _copied(value)) for name, value in values)

    def put_back(self) -> None:
        if self.items is not None:
            # In place: others hold the same list.
            held: Any = self.value
            held.clear()
            getattr(held, 'extend' if type(held) is list else 'update')(self.items)
        setattr(self.owner, self.name, self.value)


def _copied(value: Any) -> Any:
    return value.copy() if type(value) in (list, dict, set) else None


@dataclass(frozen=True)
class Checkpoint:
    """A run right before a node. Tools that ran since are not undone."""

    index: int
    """The node's."""
    before: Checkpoint | None
    """The one of the node before it, on its branch."""
    node: Any
    history_kept: _History
    usage: Mapping[str, Any]
    fields: tuple[_Kept, ...]
    deps: Memento

    @property
    def history(self) -> list[ModelMessage]:
        return self.history_kept.messages()

    @property
    def nodes_before(self) -> frozenset[int]:
        """The nodes that had run before, on its branch."""
        found: set[int] = set()
        before = self.before
        while before is not None:
            found.add(before.index)
            before = before.before
        return frozenset(found)

    def restore(
        self, agent_run: AgentRun[Any, Any], history: list[ModelMessage], usage: Mapping[str, Any] | None
    ) -> None:
        """Put the run back, with a history that may have been edited since, and a usage that is not what it was then."""
        state: Any = agent_run.ctx.state
        state.message_history[:] = history
        for name, value in _usage_fields(self.usage if usage is None else usage).items():
            setattr(state.usage, name, value)
        for kept in self.fields:
            kept.put_back()


@dataclass(frozen=True, eq=False)
class Effect:
    """A tool call that really ran, and what it came to."""

    node: int
    call: str
    tool: str
    args: str
    """Canonical JSON."""
    value: Any
    retry: bool = False
    """Whether it asked for a retry: the value is what it said."""


@dataclass
class Timeline:
    """The checkpoints of one run, of all its branches, and the tools that ran."""

    keeps_deps: bool = False
    """Whether deps are left as they are when the run goes back."""
    own_usage: OwnUsage = field(default_factory=OwnUsage)
    last: Checkpoint | None = None
    """That of the node that runs, or is about to."""
    _checkpoints: dict[int, Checkpoint] = field(default_factory=dict[int, Checkpoint])
    _known: list[ModelMessage] = field(default_factory=list['ModelMessage'])
    """The messages of the last checkpoint."""
    _effects: list[Effect] = field(default_factory=list[Effect])
    _reusable: list[Effect] = field(default_factory=list[Effect])
    """Those of undone nodes that have not been used on this branch."""
    _reused: list[tuple[int, Effect]] = field(default_factory=list[tuple[int, Effect]])
    """Those that were used, with the node that they were used at."""

    def take(self, agent_run: AgentRun[Any, Any], index: int, node: Any, *, again: bool = False) -> Checkpoint:
        """Keep what a run is right before a node.

        Args:
            agent_run: The run.
            index: The node's index.
            node: The node, which has not run.
            again: Whether the node takes the place of the last one, as where that failed.
        """
        ctx = agent_run.ctx
        state: Any = ctx.state
        last = self.last
        if last is not None and (again or last.index == index):
            before = last.before
        else:
            before = last
        messages = list(state.message_history)
        names = [each.name for each in dataclasses.fields(state) if each.name not in _NOT_KEPT]
        checkpoint = Checkpoint(
            index=index,
            before=before,
            node=fresh(node),
            history_kept=_History.of(messages, last.history_kept if last is not None else None, self._known),
            usage=_usage_fields(
                {each.name: getattr(state.usage, each.name) for each in dataclasses.fields(state.usage)}
            ),
            fields=(
                *_Kept.of(state, names),
                *_Kept.of(ctx.deps, _KEPT_OF_DEPS),
                *_Kept.of(ctx.deps.tool_manager, _KEPT_OF_TOOLS),
            ),
            deps=self._deps(ctx.deps.user_deps),
        )
        self.last = self._checkpoints[index] = checkpoint
        self._known = messages
        return checkpoint

    def _deps(self, deps: object) -> Memento:
        if self.keeps_deps:
            return Memento()
        # It takes the longest where it comes to nothing: that is tried once in a run.
        return self.last.deps if self.last is not None and self.last.deps.gave_up else memento(deps)

    def at(self, index: int) -> Checkpoint | None:
        return self._checkpoints.get(index)

    def go_back(self, agent_run: AgentRun[Any, Any], to: Checkpoint, index: int, again: frozenset[str]) -> Any:
        """Put a run back before a node: that node, as one that has not run, which gets an index of its own.

        Args:
            agent_run: The run.
            to: The node to go back before.
            index: The index of the node on the new branch.
            again: Tool calls that are to run again, if the same is asked once more.
        """
        history = to.history
        node = fresh(to.node)
        request = getattr(node, 'request', None)
        if request is not None:
            # Its instructions are set anew when it is sent, and the branch that is left holds the same object.
            node.request = dataclasses.replace(request)
            history = [node.request if message is request else message for message in history]
        kept = to.nodes_before
        self.restore(agent_run, to, history, kept)
        to.deps.put_back()
        used = [effect for node, effect in self._reused if node in kept]
        self._reusable = [
            each for each in self._effects if each.node not in kept and each.call not in again and each not in used
        ]
        self.last = to.before
        self._known = to.before.history if to.before is not None else []
        self.take(agent_run, index, node)
        return node

    def restore(
        self, agent_run: AgentRun[Any, Any], to: Checkpoint, history: list[ModelMessage], kept: frozenset[int]
    ) -> None:
        """Put a run back, but for what others counted into its usage meanwhile.

        Args:
            agent_run: The run.
            to: What it was.
            history: Its messages.
            kept: The nodes that lead to that.
        """
        usage: Mapping[str, Any] | None = None
        if self.own_usage.is_shared:
            ran = frozenset[int]() if self.last is None else self.last.nodes_before | {self.last.index}
            usage = self.own_usage.change(agent_run.ctx.state.usage, ran - kept, kept - ran)
        to.restore(agent_run, history, usage)

    def ran(self, effect: Effect) -> None:
        """Remember what a tool call came to."""
        self._effects.append(effect)
        if not effect.retry:
            self.own_usage.called(effect.node)

    def reusable(self, tool: str, args: str, node: int) -> Effect | None:
        """What a tool call of an undone node with the same arguments came to; each is given once.

        Args:
            tool: The tool.
            args: Its arguments, as canonical JSON.
            node: Index of the node that calls it now.
        """
        effect = next((each for each in self._reusable if (each.tool, each.args) == (tool, args)), None)
        if effect is not None:
            self._reusable = [each for each in self._reusable if each is not effect]
            self._reused.append((node, effect))
        return effect

    @property
    def may_reuse(self) -> bool:
        return bool(self._reusable)


def fresh(node: Any) -> Any:
    """The same node before it ran: nodes remember what they did, and would give that again."""
    return dataclasses.replace(node) if dataclasses.is_dataclass(node) and not isinstance(node, type) else node


def _usage_fields(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers by name, and the dictionary of details a copy; what it holds may be the program's, whose code is not run."""
    details = usage.get('details')
    return {**usage, 'details': {**details}} if type(details) is dict else {**usage}
