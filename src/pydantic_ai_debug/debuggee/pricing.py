"""What responses cost: as pydantic-ai noted it, or by genai-prices, which it brings along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.usage import RequestUsage

from pydantic_ai_debug.protocol.breakpoints import BUDGET_NAMES
from pydantic_ai_debug.protocol.events import State


class Pricing:
    """The cost of a run, response by response. Used in the writer thread alone: the price list is large to load.

    Knows the run by its id: what waits for the writer thread keeps no object of the program's alive for it.
    """

    def __init__(self, run: str) -> None:
        self._run = run
        self._prices: dict[int, float] = {}
        """What the responses at each node have cost, of all branches."""
        self._total = 0.0
        self._known = True

    def add(self, responses: Sequence[ModelResponse], node: int) -> State | None:
        """Count responses that came at a node; None where the cost is what it was."""
        before = self.cost
        for response in responses:
            # A price that is not known is looked for in the whole list, each time anew.
            price = _price(response) if self._known else None
            if price is None:
                self._known = False
            self._prices[node] = self._prices.get(node, 0.0) + (price or 0.0)
            self._total += price or 0.0
        return self.state(node) if self.cost != before else None

    def back_to(self, nodes: frozenset[int]) -> float | None:
        """Count those nodes alone from now on: what they have cost."""
        self._total = sum(price for node, price in self._prices.items() if node in nodes)
        return self.cost

    def state(self, node: int) -> State | None:
        """The cost, to be told at a node; None where it is not known."""
        return State(self._run, node, cost=self.cost) if self.cost is not None else None

    @property
    def cost(self) -> float | None:
        """US dollars so far; None where a response's price is unknown, or there was none."""
        return self._total if self._known and self._prices else None


_calculate = ModelResponse.cost
"""As it is before the program, such as a test that counts its calls, puts another in its place."""

_STATES_COST = 'cost' in RequestUsage.__dataclass_fields__
"""Whether pydantic-ai itself notes what a response has cost, before it is part of the history."""


def _price(response: ModelResponse) -> float | None:
    if _STATES_COST:
        cost: object = getattr(response.usage, 'cost', None)
        return float(cost) if type(cost) is Decimal else None
    try:
        return float(_calculate(response).total_price)
    except Exception:  # noqa: BLE001 - an unknown model, a model without a name, or another version's way to say so
        return None


def budget_counters(usage: Any, history: Sequence[ModelMessage] | None) -> Mapping[str, Any]:
    """Usage by the names of a budget, with the cost where a history is given; 0 where a price is unknown."""
    counters = {name: getattr(usage, name, 0) for name in BUDGET_NAMES}
    counters['total_tokens'] = counters['input_tokens'] + counters['output_tokens']
    responses = [message for message in history or () if isinstance(message, ModelResponse)]
    counters['cost'] = sum(_price(response) or 0.0 for response in responses)
    return counters
