"""An agent with two tools and a structured output: it looks up the weather, then the forecast, then gives advice."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_ai import Agent, AgentStreamEvent, FunctionToolCallEvent, RunContext
from scripted_model import Call, Say, ScriptedModel, Think, pause

SCRIPT = [
    [Say('Let me look out of the window in Paris.'), Call('get_weather', city='Paris')],
    [Think('It is dry now. A weekend takes a forecast too.'), Call('forecast', city='Paris', days=3)],
    [Call('final_result', summary='Sunny at first, showers by Sunday.', pack=['sunglasses', 'a coat', 'an umbrella'])],
]


class Advice(BaseModel):
    summary: str
    pack: list[str]


@dataclass
class WeatherStation:
    """Where the tools get their numbers; counts how often it was asked."""

    url: str
    calls: int = 0


weather_agent = Agent(
    ScriptedModel('gpt-5.2', SCRIPT),
    deps_type=WeatherStation,
    output_type=Advice,
    instructions='Answer briefly. Never guess the weather, look it up.',
)


@weather_agent.tool
async def get_weather(ctx: RunContext[WeatherStation], city: str) -> str:
    """Say what the weather is like now."""
    ctx.deps.calls += 1
    await pause(0.3)
    return f'{city}: 21 °C, sunny, wind 12 km/h from the west'


@weather_agent.tool
async def forecast(ctx: RunContext[WeatherStation], city: str, days: int) -> list[str]:
    """Forecast the weather of the next days."""
    ctx.deps.calls += 1
    await pause(0.6)
    return ['Friday: sunny, 22 °C', 'Saturday: cloudy, 19 °C', 'Sunday: showers, 16 °C'][:days]


async def report_calls(ctx: RunContext[WeatherStation], events: AsyncIterable[AgentStreamEvent]) -> None:
    async for event in events:
        if isinstance(event, FunctionToolCallEvent):
            print(f'asking {event.part.tool_name} ...')


if __name__ == '__main__':
    station = WeatherStation('https://weather.example')
    question = 'What should I pack for a weekend in Paris?'
    answer = weather_agent.run_sync(question, deps=station, event_stream_handler=report_calls)
    print(answer.output.summary)
    print('Pack', ', '.join(answer.output.pack))
