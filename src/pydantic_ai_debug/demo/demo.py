"""The built-in demo: a trip planner that calls tools in parallel, asks a second agent, and gives a typed itinerary.

An ordinary pydantic-ai script: `python demo.py` runs it without the debugger. Only its models are not ordinary: they
play a script, so that it needs no key and no network.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from lisbon import GUIDE_SCRIPT, PLANNER_SCRIPT, PROMPT
from pydantic import BaseModel
from pydantic_ai import Agent, AgentStreamEvent, FunctionToolCallEvent, ModelRetry, RunContext
from scripted_model import ScriptedModel, pause

logger = logging.getLogger('trip')


class Forecast(BaseModel):
    day: date
    sky: str
    high_celsius: int


class Train(BaseModel):
    name: str
    departs: str
    arrives: str
    return_eur: float


class Sight(BaseModel):
    name: str
    why: str
    price_eur: float = 0
    indoors: bool = True


class Sights(BaseModel):
    sights: list[Sight]
    avoid: list[str]


class Stop(BaseModel):
    at: str
    place: str
    note: str
    eur: float = 0


class Day(BaseModel):
    day: date
    theme: str
    stops: list[Stop]


class Itinerary(BaseModel):
    """A plan that fits the budget."""

    title: str
    train: Train
    days: list[Day]
    warnings: list[str]

    def total_eur(self) -> float:
        return self.train.return_eur + sum(stop.eur for day in self.days for stop in day.stops)


@dataclass
class TravelDesk:
    """What the tools share: who travels, and what was found out so far."""

    travellers: list[str]
    leaves: date
    budget_eur: float
    rail_api_key: str
    forecasts: dict[str, list[Forecast]] = field(default_factory=dict[str, list[Forecast]])
    shortlist: list[Sight] = field(default_factory=list[Sight])
    lookups: Counter[str] = field(default_factory=Counter[str])


guide = Agent(
    ScriptedModel('gpt-5-mini', GUIDE_SCRIPT),
    deps_type=TravelDesk,
    output_type=Sights,
    instructions='You know Lisbon by heart. Suggest at most five sights, and never one that is closed.',
)

planner = Agent(
    ScriptedModel('gpt-5.2', PLANNER_SCRIPT),
    deps_type=TravelDesk,
    output_type=Itinerary,
    instructions='You plan short trips by train. Put what needs a clear sky on the sunny day, and mind the budget.',
)


@planner.instructions
def describe_party(ctx: RunContext[TravelDesk]) -> str:
    desk = ctx.deps
    return f'You plan for {" and ".join(desk.travellers)}, who leave on {desk.leaves} with {desk.budget_eur:.0f} euros.'


@planner.tool
async def get_weather(ctx: RunContext[TravelDesk], city: str, days: int) -> list[Forecast]:
    """Forecast the weather from the day of departure on.

    Args:
        city: Name of the city.
        days: How many days, the first included.
    """
    desk = ctx.deps
    desk.lookups['weather'] += 1
    await pause(0.5)
    skies = [('sunny', 24), ('rain from noon', 19)]
    desk.forecasts[city] = [
        Forecast(day=desk.leaves + timedelta(days=n), sky=sky, high_celsius=high)
        for n, (sky, high) in enumerate(skies[:days])
    ]
    return desk.forecasts[city]


@planner.tool
async def search_trains(
    ctx: RunContext[TravelDesk], origin: str, destination: str, day: date, passengers: int = 1
) -> list[Train]:
    """Find trains that still have seats."""
    ctx.deps.lookups['trains'] += 1
    await pause(1.4)
    return [
        Train(name='Alfa Pendular', departs='08:40', arrives='11:20', return_eur=75 * passengers),
        Train(name='Intercidades', departs='09:30', arrives='12:50', return_eur=54 * passengers),
    ]


@planner.tool
async def research_sights(ctx: RunContext[TravelDesk], city: str, interests: list[str]) -> Sights:
    """Ask a local guide what is worth seeing."""
    question = f'What should we see in {city}? We like {", ".join(interests)}.'
    found = await guide.run(question, deps=ctx.deps, usage=ctx.usage, event_stream_handler=report_calls)
    ctx.deps.shortlist.extend(found.output.sights)
    return found.output


@guide.tool
async def opening_hours(ctx: RunContext[TravelDesk], place: str) -> str:
    """Say when a sight is open on the days of the trip."""
    ctx.deps.lookups['opening hours'] += 1
    await pause(0.3 + 0.02 * len(place))
    if place == 'National Tile Museum':
        logger.warning('%s is closed for restoration', place)
        return 'closed for restoration'
    return 'daily 10:00-18:00'


@planner.output_validator
def check_budget(ctx: RunContext[TravelDesk], itinerary: Itinerary) -> Itinerary:
    if itinerary.total_eur() > ctx.deps.budget_eur:
        raise ModelRetry(f'{itinerary.total_eur():.0f} euros are too much, the budget is {ctx.deps.budget_eur:.0f}.')
    return itinerary


async def report_calls(ctx: RunContext[TravelDesk], events: AsyncIterable[AgentStreamEvent]) -> None:
    """Print each tool call of a run as the model makes it."""
    async for event in events:
        if isinstance(event, FunctionToolCallEvent):
            args = ', '.join(f'{name}={value!r}' for name, value in event.part.args_as_dict().items())
            print(f'  {event.part.tool_name}({args})')


def show(itinerary: Itinerary) -> None:
    train = itinerary.train
    print(f'\n{itinerary.title}\n{train.name}, {train.departs} to {train.arrives}')
    for day in itinerary.days:
        print(f'\n{day.day:%A}: {day.theme}')
        for stop in day.stops:
            print(f'  {stop.at}  {stop.place}: {stop.note}')
    print(f'\n{itinerary.total_eur():.0f} euros. Mind: {"; ".join(itinerary.warnings)}.')


async def main() -> None:
    logging.basicConfig(format='%(levelname)s %(name)s: %(message)s')
    desk = TravelDesk(['Inês', 'Tomás'], date(2026, 5, 16), budget_eur=300, rail_api_key='not-a-real-key-4711')
    print('Planning two days in Lisbon')
    planned = await planner.run(PROMPT, deps=desk, event_stream_handler=report_calls)
    show(planned.output)


if __name__ == '__main__':
    asyncio.run(main())
