"""An ordinary program: agents with tools, deps, structured output and an agent inside a tool."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, RunContext


class Basket(BaseModel):
    items: list[str]
    total: int


@dataclass
class Shop:
    prices: dict[str, int] = field(default_factory=lambda: {'apple': 3, 'pear': 4})
    sold: list[str] = field(default_factory=list)


seller = Agent('test', deps_type=Shop, name='seller', instructions='Sell fruit.')
cashier = Agent('test', deps_type=Shop, output_type=Basket, name='cashier')
clerk = Agent('test', name='clerk')


@seller.tool
async def price(ctx: RunContext[Shop], fruit: str) -> int:
    """The price of a fruit."""
    if fruit not in ctx.deps.prices:
        raise ModelRetry(f'no {fruit} here, only {sorted(ctx.deps.prices)}')
    return ctx.deps.prices[fruit]


@seller.tool
def sell(ctx: RunContext[Shop], fruit: str) -> str:
    """Sell a fruit."""
    ctx.deps.sold.append(fruit)
    return f'sold {fruit}'


@seller.tool
async def ask_clerk(ctx: RunContext[Shop], question: str) -> str:
    """Ask the clerk."""
    return (await clerk.run(question, usage=ctx.usage)).output


@cashier.output_validator
def add_up(basket: Basket) -> Basket:
    if basket.total < 0:
        raise ModelRetry('a total is not negative')
    return basket
