"""What a run itself counted into its usage, node by node.

A usage that others count into as well, such as the one that a parent hands to its sub-agents, cannot be put back to what it
was: what others counted meanwhile would be lost. Of such a one, what the run counted in the nodes that it leaves is taken
off.
"""

# Usage is read through `vars`, about whose values types say nothing.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .own_fields import fields_by_name

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

_DETAIL = 'details.'


class OwnUsage:
    """Counts by node, those of runs inside of it that share the usage with it included."""

    def __init__(self) -> None:
        self.is_shared = False
        """Whether runs that are not inside of this one count into the same usage."""
        self.outer: OwnUsage | None = None
        """The same of the run around this one, where that shares the usage."""
        self.outer_node = 0
        """The node of that run inside of which this one runs."""
        self._counts: dict[int, Counter[str]] = {}

    def answered(self, node: int, responses: Sequence[ModelResponse]) -> None:
        """Count responses that came at a node."""
        for response in responses:
            self._add(node, {'requests': 1, **_counts(fields_by_name(response.usage))})

    def called(self, node: int) -> None:
        """Count a tool that returned."""
        self._add(node, {'tool_calls': 1})

    def _add(self, node: int, counts: Mapping[str, Any]) -> None:
        counted = self._counts.setdefault(node, Counter())
        for name, number in counts.items():
            counted[name] += number
        if self.outer is not None:
            self.outer._add(self.outer_node, counts)

    def change(self, usage: object, left: Iterable[int], taken_up: Iterable[int]) -> dict[str, Any]:
        """The fields of a shared usage once the run has left some nodes, and others count again that it left before."""
        changes: Counter[str] = Counter()
        for node in taken_up:
            changes.update(self._counts.get(node, {}))
        for node in left:
            changes.subtract(self._counts.get(node, {}))
        if self.outer is not None:
            self.outer._add(self.outer_node, changes)
        fields: dict[str, Any] = {**fields_by_name(usage)}
        details = fields.get('details')
        if type(details) is dict:
            fields['details'] = details = {**details}
        for name, change in changes.items():
            if name.startswith(_DETAIL):
                if type(details) is dict:
                    key = name.removeprefix(_DETAIL)
                    details[key] = details.get(key, 0) + change
            elif _is_number(fields.get(name)):
                fields[name] += change
        return fields


def _counts(fields: Mapping[str, Any]) -> dict[str, Any]:
    details = fields.get('details')
    inner = details.items() if type(details) is dict else ()
    return {
        **{name: value for name, value in fields.items() if _is_number(value)},
        **{f'{_DETAIL}{name}': value for name, value in inner if _is_number(value)},
    }


def _is_number(value: object) -> bool:
    return type(value) in (int, float, Decimal)
