"""Streams a number of deltas, at a rate or as fast as they come."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.function import AgentInfo, FunctionModel

WORDS = ['The ', 'quick ', 'brown ', 'fox ', 'jumps ', 'over ', 'the ', 'lazy ', 'dog.\n']
BURSTS_PER_SECOND = 100

deltas, rate = int(sys.argv[1]), float(sys.argv[2])
"""How many, and how many a second; 0 for as fast as they come."""


async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
    started = time.monotonic()
    for number in range(deltas):
        if rate and number % max(int(rate / BURSTS_PER_SECOND), 1) == 0:
            await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
        yield WORDS[number % len(WORDS)]


async def follow(context: object, events: object) -> None:
    async for _ in events:  # type: ignore[attr-defined]
        pass


agent = Agent(FunctionModel(stream_function=stream, model_name='scripted'))
agent.run_sync('Talk.', event_stream_handler=follow)
