"""What a model request is going to send, told before its node runs and without running anything of the user's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.run import AgentRun


@dataclass(frozen=True)
class SentParts:
    """The parts of a request that are mostly the same from one to the next."""

    instructions: str | None
    settings: object
    tools: list[Any]
    output_tools: list[Any]
    native_tools: list[Any]
    output_mode: str
    allow_text_output: bool
    output_schema: object
    """JSON schema of structured output that comes as text."""


def planned_messages(agent_run: AgentRun[Any, Any], node: Any) -> list[ModelMessage]:
    """The history with the request that is about to be added to it."""
    history = agent_run.ctx.state.message_history
    request = getattr(node, 'request', None)
    return [*history] if request is None or (history and history[-1] is request) else [*history, request]


def fixed_parts(agent_run: AgentRun[Any, Any], agent: Any) -> SentParts:
    """What is fixed before the first request; what functions make is not in it."""
    schema = agent_run.ctx.deps.output_schema
    mode = str(getattr(schema, 'mode', ''))
    settings = {**_plain_settings(agent_run.ctx.deps.model), **_plain_settings(agent)}
    return SentParts(
        instructions=_fixed_instructions(agent),
        settings=settings or None,
        tools=list(_fixed_tools(agent)),
        output_tools=list(getattr(getattr(schema, 'toolset', None), '_tool_defs', ())),
        native_tools=[],
        output_mode=mode,
        allow_text_output=bool(getattr(schema, 'allows_text', True)),
        output_schema=text_schema(mode, getattr(schema, 'object_def', None)),
    )


def text_schema(output_mode: str, output_object: object) -> object:
    """The JSON schema of structured output that comes as text; None where it comes otherwise."""
    return getattr(output_object, 'json_schema', None) if output_mode in ('native', 'prompted') else None


def _fixed_instructions(agent: Any) -> str | None:
    texts = [
        text
        for instruction in getattr(agent, '_instructions', ())
        if isinstance(text := getattr(instruction, 'instruction', instruction), str)
    ]
    return '\n\n'.join(texts) or None


def _fixed_tools(agent: Any) -> Iterator[Any]:
    for toolset in getattr(agent, 'toolsets', ()):
        tools = getattr(toolset, 'tools', None)
        if isinstance(tools, dict):
            for tool in cast('dict[str, Any]', tools).values():
                yield tool.tool_def


def _plain_settings(owner: Any) -> dict[str, Any]:
    """Settings of an agent or a model, where they are no function."""
    settings = getattr(owner, 'model_settings', None) or getattr(owner, 'settings', None)
    return dict(cast('dict[str, Any]', settings)) if isinstance(settings, dict) else {}
