"""Two runs that fail.

`python failing.py` ends in a tool that raises: nobody knows the rate of a currency. Repaired in the debugger, it gets to
its invoice. `python failing.py output` ends in a model that gives a wrong date again and again, until its retries are
used up.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterable
from datetime import date

from pydantic import BaseModel
from pydantic_ai import Agent, AgentStreamEvent, RunContext
from scripted_model import Call, Say, ScriptedModel, Think, pause

ORDERS = {'A-1041': [('Espresso machine', 249.0, 'EUR'), ('Cow bell', 80.0, 'CHF')]}
EUROS_PER = {'EUR': 1.0, 'USD': 0.85, 'GBP': 1.15}

LOOK_UP = [
    Think('The order has to be totalled before I can write an invoice.'),
    Say('I add up the order.'),
    Call('total_of_order', order='A-1041'),
]
INVOICE = [Call('final_result', order='A-1041', total_eur=333, due='2026-03-02')]
WRONG_DATE = [
    Think('30 days from the end of January: that must be the 30th of February.'),
    Call('final_result', order='A-1041', total_eur=329, due='2026-02-30'),
]


class Invoice(BaseModel):
    order: str
    total_eur: float
    due: date


billing = Agent(output_type=Invoice, instructions='You write invoices in euros, due in 30 days.', retries=2)


@billing.tool_plain
async def total_of_order(order: str) -> float:
    """Add up what an order costs, in euros."""
    await pause(0.4)
    return sum_in_euros(ORDERS[order])


def sum_in_euros(items: list[tuple[str, float, str]]) -> float:
    return sum(in_euros(price, currency) for _, price, currency in items)


def in_euros(price: float, currency: str) -> float:
    return price * EUROS_PER[currency]


async def follow(ctx: RunContext[object], events: AsyncIterable[AgentStreamEvent]) -> None:
    """Take the response as a stream, so that it can be watched while it is written."""
    async for _ in events:
        pass


if __name__ == '__main__':
    fails_in_output = sys.argv[1:] == ['output']
    model = ScriptedModel('gpt-5.2', [WRONG_DATE] if fails_in_output else [LOOK_UP, INVOICE])
    print('Writing the invoice for order A-1041')
    invoice = billing.run_sync('Please invoice order A-1041.', model=model, event_stream_handler=follow)
    print(f'{invoice.output.total_eur} euros, due {invoice.output.due}')
