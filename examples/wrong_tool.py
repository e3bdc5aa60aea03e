"""A support agent that takes the wrong tool: a customer asks where an order is, and it is about to be cancelled.

The description of `cancel_order` is to blame: it is meant for customers who do not want to wait, and this one writes
that she does not want to wait. Told to try again, the model finds the right tool.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from pydantic_ai import Agent, AgentStreamEvent, ModelMessage, RunContext
from scripted_model import Call, Say, ScriptedModel, Think, Turn, pause

QUESTION = 'I do not want to wait any longer without a word from you. Where is my order A-1041?'

WRONG_TOOL = [
    Think('She does not want to wait any longer. There is a tool for just that.'),
    Call('cancel_order', order='A-1041'),
]


def go_on(messages: list[ModelMessage]) -> Turn:
    """Answer with what the tool said, or take the right tool where the wrong one was refused."""
    said = messages[-1].parts[-1]
    if said.part_kind == 'retry-prompt' or getattr(said, 'outcome', None) == 'retried':
        return [Think('Not to be cancelled, then. She asks where it is.'), Call('find_order', order='A-1041')]
    return [Say(f'Sorry for the silence! {getattr(said, "content", "")}')]


@dataclass
class Order:
    item: str
    eur: float
    status: str


@dataclass
class Shop:
    """What the tools work on."""

    orders: dict[str, Order]
    refunds: list[float] = field(default_factory=list[float])


support = Agent(
    ScriptedModel('gpt-5.2', [WRONG_TOOL, go_on]),
    deps_type=Shop,
    instructions='You answer the customers of a coffee shop. Be kind, be brief, and act at once.',
)


@support.tool
async def find_order(ctx: RunContext[Shop], order: str) -> str:
    """Search the orders."""
    await pause(0.4)
    found = ctx.deps.orders[order]
    return f'Your {found.item} is {found.status}.'


@support.tool
async def cancel_order(ctx: RunContext[Shop], order: str) -> str:
    """For customers who do not want to wait any longer for an order."""
    await pause(0.4)
    cancelled = ctx.deps.orders[order]
    cancelled.status = 'cancelled'
    ctx.deps.refunds.append(cancelled.eur)
    return f'Your {cancelled.item} is cancelled, and you get {cancelled.eur:.0f} euros back.'


async def follow(ctx: RunContext[Shop], events: AsyncIterable[AgentStreamEvent]) -> None:
    """Take the response as a stream, so that it can be watched while it is written."""
    async for _ in events:
        pass


if __name__ == '__main__':
    shop = Shop({'A-1041': Order('espresso machine', 249, 'on its way and arrives on Friday')})
    print(f'Customer: {QUESTION}')
    answer = support.run_sync(QUESTION, deps=shop, event_stream_handler=follow)
    print(f'Support: {answer.output}')
    print(f'Refunds: {sum(shop.refunds):.0f} euros')
