"""A script that runs agents in many ways: at once, streamed, left early, on a history, with secrets in what they give."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from pydantic import BaseModel, SecretStr
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.test import TestModel


class Sky(Enum):
    SUNNY = 'sunny'


@dataclass
class Forecast:
    sky: Sky
    price: Decimal


class Report(BaseModel):
    forecast: Forecast
    tags: set[str]
    key: SecretStr = SecretStr('a-secret-of-the-program')


async def answer(messages, info):
    return ModelResponse([TextPart(f'you said {messages[-1].parts[-1].content}')])


async def stream(messages, info):
    yield 'you '
    yield f'said {messages[-1].parts[-1].content}'


def shout(text: str) -> str:
    return text.upper()


reporter = Agent(
    TestModel(custom_output_args={'forecast': {'sky': 'sunny', 'price': '1.50'}, 'tags': ['x']}),
    name='reporter',
    output_type=Report,
)
native = Agent(
    FunctionModel(lambda messages, info: ModelResponse([TextPart('{"sky": "sunny", "price": "2"}')])),
    name='native',
    output_type=NativeOutput(Forecast),
)
shouter = Agent(TestModel(custom_output_args={'text': 'hello'}), name='shouter', output_type=shout)
parrot = Agent(FunctionModel(answer, stream_function=stream), name='parrot')


@reporter.tool_plain
def look_up(number: int) -> int:
    return number + 1


async def main() -> None:
    for agent in (reporter, native, shouter):
        print((await agent.run('Go')).output)
    print([done.output for done in await asyncio.gather(*(parrot.run(f'part {number}') for number in range(4)))])
    async with parrot.run_stream('slowly') as result:
        print([text async for text in result.stream_text(delta=True)])
    first = await parrot.run('first')
    print((await parrot.run('second', message_history=first.all_messages())).output)
    async with parrot.iter('never mind') as run:
        async for node in run:
            if Agent.is_model_request_node(node):
                break


if __name__ == '__main__':
    asyncio.run(main())
    with parrot.override(model=TestModel(custom_output_text='somebody else')):
        print(parrot.run_sync('who is it').output)
