"""The exported messages are those that the script had, to pydantic-ai itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic_ai.messages import ModelMessagesTypeAdapter
from sessions import RECORDINGS, Play, Record

from pydantic_ai_debug.export import ExportError, exported
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.recording import EventLog

SCRIPT = """\
import sys
from pathlib import Path
from pydantic_ai import Agent, BinaryContent
from pydantic_ai.models.test import TestModel

agent = Agent(TestModel(), name='planner', instructions='Be brief. ☂')

@agent.tool_plain
def get_weather(city: str) -> dict:
    return {'sky': 'sunny\\x9b', 'high': 24}

first = agent.run_sync(['Look at this', BinaryContent(b'\\xff\\x00picture', media_type='image/png')])
second = agent.run_sync('And tomorrow?', message_history=first.all_messages())
Path(sys.argv[1]).write_bytes(first.all_messages_json())
Path(sys.argv[2]).write_bytes(second.all_messages_json())
"""


def test_they_are_what_the_script_had_at_the_end(record: Record, tmp_path: Path) -> None:
    script, first, second = tmp_path / 'planner.py', tmp_path / 'first.json', tmp_path / 'second.json'
    script.write_text(SCRIPT)
    log = EventLog.open(record(str(script), str(first), str(second)))

    def messages(run: str | None) -> object:
        return ModelMessagesTypeAdapter.validate_json(''.join(exported(log, 'json', run=run)))

    assert messages('r1') == ModelMessagesTypeAdapter.validate_json(first.read_bytes())
    assert messages('r2') == ModelMessagesTypeAdapter.validate_json(second.read_bytes())
    # Without a name it is the last run.
    assert messages(None) == messages('r2')


@pytest.mark.parametrize('name', ['trip', 'paused', 'streaming', 'failed'])
def test_the_messages_of_a_run_that_has_not_ended_are_those_so_far(name: str) -> None:
    text = ''.join(exported(EventLog.open(RECORDINGS / f'{name}.jsonl'), 'json'))

    assert ModelMessagesTypeAdapter.validate_json(text)


def test_what_no_reader_takes_or_nobody_sees_is_written_so_that_they_do(play: Play) -> None:
    part = {'part_kind': 'text', 'content': 'a\ud800b\u202ec\x9b'}
    log = play(
        ev.Hello(1, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
        ev.Messages('r1', 0, [{'kind': 'response', 'parts': [part]}], False, 0),
    )

    text = ''.join(exported(log, 'json'))

    assert '\\u202e' in text
    assert '\\u009b' in text
    assert json.loads(text)[0]['parts'][0]['content'] == 'a\ufffdb\u202ec\x9b'
    assert ModelMessagesTypeAdapter.validate_json(text)


def test_a_session_without_a_run_has_no_messages(play: Play) -> None:
    with pytest.raises(ExportError, match='no agent run'):
        list(exported(play(ev.Hello(1, '', '', 'x.py', ())), 'json'))
