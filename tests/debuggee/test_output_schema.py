"""The schema of structured output that comes as text is told with the request."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.protocol.commands import Continue, StepOver
from pydantic_ai_debug.protocol.events import Request, RequestPlanned, Stopped

from .conftest import StartChild

PROGRAM = """
    from pydantic import BaseModel
    from pydantic_ai import Agent, ModelResponse, NativeOutput, PromptedOutput, TextPart, ToolOutput
    from pydantic_ai.models.function import FunctionModel
    from pydantic_ai.profiles import ModelProfile

    class City(BaseModel):
        name: str

    def answer(messages, info):
        return ModelResponse(parts=[TextPart('{{"name": "Paris"}}')])

    profile = ModelProfile(supports_json_schema_output=True, supports_json_object_output=True)
    agent = Agent(FunctionModel(answer, profile=profile), output_type={output})
    print(agent.run_sync('Where?').output)
    """


@pytest.mark.parametrize('output', ['NativeOutput', 'PromptedOutput'])
def test_the_request_says_what_text_is_to_be(start_child: StartChild, output: str) -> None:
    child = start_child(PROGRAM.format(output=f'{output}(City)'), stop_on_entry=True)
    child.send(StepOver(child.wait_for(Stopped).run))
    planned = child.wait_for(RequestPlanned)
    child.send(Continue())
    request = child.wait_for(Request)
    child.finish()
    assert "name='Paris'" in child.stdout
    assert request.output_mode == output.removesuffix('Output').lower()
    assert request.output_schema['properties'] == {'name': {'type': 'string'}}
    assert planned.output_schema == request.output_schema
