"""Nothing of an object's own code is run to draw it, wherever in a run it is met, and nothing is used up."""

from __future__ import annotations

import json

import pytest

pytest.importorskip('pydantic_ai')

from pydantic_ai.messages import FunctionToolResultEvent, ModelRequest, ToolReturnPart

from pydantic_ai_debug.debuggee.captures import Capture
from pydantic_ai_debug.debuggee.snapshot import picture
from pydantic_ai_debug.debuggee.wire import (
    jsonable,
    masked_json_text,
    message_text,
    messages_json,
    stream_event_text,
)
from pydantic_ai_debug.protocol.codec import dump_json, to_json
from pydantic_ai_debug.protocol.events import Fault, Messages, RunFinished, ToolFinished
from tests.debuggee.conftest import StartChild

from . import hostile


@pytest.mark.parametrize('name', hostile.OBJECTS)
def test_no_code_of_an_object_is_run(name: str) -> None:
    value = hostile.OBJECTS[name]()
    hostile.ran.clear()
    part = ToolReturnPart('tool', value, 'c1')
    written = (
        to_json(picture(value)),
        to_json(picture({'deep': [value]})),
        jsonable(value),
        jsonable({'deep': [value]}),
        messages_json([ModelRequest([part])]),
    )
    captures = (
        Capture(ModelRequest([part]), message_text),
        Capture(value, masked_json_text),
        Capture({'deep': [value]}, masked_json_text),
        Capture(FunctionToolResultEvent(part), stream_event_text),
    )
    assert all(isinstance(capture.still_is(value), bool) for capture in captures)
    assert hostile.ran == []
    for one in written:
        dump_json(one)
    for capture in captures:
        json.loads(capture.text)
    assert hostile.ran == []


def test_what_can_be_iterated_once_is_not_used_up() -> None:
    iterators = [iter([1, 2]), (item for item in [1, 2]), filter(None, [1, 2])]
    for iterator in iterators:
        part = ToolReturnPart('tool', {'rows': iterator}, 'c1')
        picture(iterator)
        jsonable(iterator)
        messages_json([ModelRequest([part])])
        assert list(iterator) == [1, 2]


def test_models_and_dataclasses_are_written_as_pydantic_writes_them() -> None:
    import dataclasses
    import datetime
    import enum

    import pydantic

    class Colour(enum.Enum):
        RED = 'red'

    class Inner(pydantic.BaseModel):
        when: datetime.date = datetime.date(2025, 1, 2)
        colour: Colour = Colour.RED

    @dataclasses.dataclass
    class Row:
        inner: Inner
        size: float = 1.5

    class Outer(pydantic.BaseModel):
        rows: list[Row]
        by_name: dict[str, Inner]
        hidden: str = pydantic.Field('x', exclude=True)

    class Root(pydantic.RootModel[list[Inner]]):
        pass

    outer = Outer(rows=[Row(Inner())], by_name={'a': Inner()})
    assert jsonable(outer) == outer.model_dump(mode='json')
    root = Root([Inner()])
    assert jsonable(root) == root.model_dump(mode='json')
    assert jsonable({1: {2.5}, None: (b'a', True)}) == {'1': [2.5], 'None': ['YQ==', True]}


def test_numbers_that_json_has_no_form_for_are_written_as_text() -> None:
    numbers = {'a': [float('nan'), float('inf'), -float('inf')], 'b': (10**100, 10**5000)}
    written = json.loads(dump_json(jsonable(numbers)), parse_constant=pytest.fail)
    assert written == {'a': ['NaN', 'Infinity', '-Infinity'], 'b': [10**100, 'an integer of 16610 bits']}


def test_a_cycle_and_what_is_nested_too_deeply_end_somewhere() -> None:
    cycle: list[object] = [1]
    cycle.append({'again': cycle})
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (cycle, deep, [cycle, object()], [deep, object()]):
        dump_json(jsonable(value))
        dump_json(to_json(picture(value)))
    while deep:
        deep = deep.pop()  # type: ignore[assignment]


def test_objects_beyond_a_limit_are_counted() -> None:
    rows = [hostile.Initialised(1, 2) for _ in range(50_000)]
    written = jsonable({'rows': rows})
    assert isinstance(written, dict)
    *shown, rest = written['rows']
    assert shown[0] == {'a': 1}
    assert rest == f'… {50_000 - len(shown)} more'


WAYS = """
import sys
from pydantic_ai import Agent, RunContext, ToolOutput
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel

def rows():
    print('first row is asked for')
    yield from [1, 2, 3]

class Deps:
    def __getattribute__(self, name):
        print('asked for', name)
        return object.__getattribute__(self, name)
    def __repr__(self):
        print('printed')
        return 'deps'

def answer(messages, info):
    if not any(message.kind == 'response' for message in messages):
        return ModelResponse(parts=[ToolCallPart('rows', {'huge': 10**200}, tool_call_id='c1')])
    print('the model sees', messages[-1].parts[0].model_response_str())
    return ModelResponse(parts=[TextPart('done')])

agent = Agent(FunctionModel(answer), deps_type=Deps, name='hostile')

@agent.tool_plain(name='rows')
def all_rows(huge: int):
    return rows()

result = agent.run_sync('x', deps=Deps())
print(result.output, [len(m.parts) for m in result.all_messages()])
"""


def test_a_run_sees_the_same_as_without_a_debugger(start_child: StartChild, tmp_path: object) -> None:
    import subprocess
    import sys
    from pathlib import Path

    script = Path(str(tmp_path)) / 'plain.py'
    script.write_text(WAYS)
    plain = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True)
    child = start_child(WAYS)
    events = child.finish()
    assert child.stdout == plain.stdout
    assert '1' in plain.stdout
    assert not [event for event in events if isinstance(event, Fault)]
    (finished,) = child.all(ToolFinished)
    assert 'generator' in json.dumps(finished.result)
    assert child.all(RunFinished)
    assert 'generator' in json.dumps([event.added for event in child.all(Messages)])
