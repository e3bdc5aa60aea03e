"""A module that scripts import: a model that says what a script gives it, whole or in pieces."""

from __future__ import annotations

import copy
import re
import warnings

from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall, FunctionModel

warnings.simplefilter('ignore', DeprecationWarning)


def speaker(*turns, **options):
    """A model whose nth response is the nth of these lists of parts; the last one is said again and again."""

    def turn(messages):
        said = sum(message.kind == 'response' for message in messages)
        return turns[min(said, len(turns) - 1)]

    def answer(messages, info):
        return ModelResponse(parts=copy.deepcopy(turn(messages)))

    async def stream(messages, info):
        for index, part in enumerate(turn(messages)):
            if isinstance(part, ToolCallPart):
                text = part.args_as_json_str()
                yield {index: DeltaToolCall(name=part.tool_name, json_args='', tool_call_id=part.tool_call_id)}
                for start in range(0, len(text), 8):
                    yield {index: DeltaToolCall(json_args=text[start : start + 8])}
            elif isinstance(part, ThinkingPart):
                yield {index: DeltaThinkingPart(content=part.content)}
            else:
                for word in re.findall(r'\S+\s*', part.content):
                    yield word

    return FunctionModel(answer, stream_function=stream, **{'model_name': 'speaker', **options})


def text(content):
    return [TextPart(content)]


def call(name, args, call_id='c1'):
    return ToolCallPart(name, args, tool_call_id=call_id)
