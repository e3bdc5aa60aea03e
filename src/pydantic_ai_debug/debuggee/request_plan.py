"""What the user changed of the next model request, put in place at the moment it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse


class Asked(NamedTuple):
    """What a model is asked."""

    messages: Sequence[ModelMessage]
    settings: Any
    parameters: Any


@dataclass(frozen=True)
class RequestPlan:
    """Changes of one request; what is None stays as the program has it."""

    instructions: str | None = None
    settings: Any = None
    tools_off: frozenset[str] = frozenset()
    answer: ModelResponse | None = None
    """What is answered in place of the model."""

    @property
    def changes_nothing(self) -> bool:
        return self is NO_CHANGES or self == NO_CHANGES

    def applied(self, asked: Asked) -> Asked:
        """What the model is asked instead."""
        messages, settings, parameters = asked
        if self.instructions is not None:
            parameters = self._instruct(messages, parameters)
        if self.settings is not None:
            settings = self.settings
        if self.tools_off:
            kept = [tool for tool in parameters.function_tools if tool.name not in self.tools_off]
            parameters = replace(parameters, function_tools=kept)
        return Asked(messages, settings, parameters)

    def _instruct(self, messages: Sequence[ModelMessage], parameters: Any) -> Any:
        text = self.instructions or None
        for message in reversed(messages):
            if isinstance(message, ModelRequest):
                # The same object is in the run's history, which tells what was sent.
                message.instructions = text
                break
        if getattr(parameters, 'instruction_parts', None) is None:
            return parameters
        from pydantic_ai.messages import InstructionPart

        return replace(parameters, instruction_parts=[InstructionPart(content=text)] if text else [])


NO_CHANGES = RequestPlan()
