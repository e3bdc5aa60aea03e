"""What a model raised, written down and made anew: the same class with the same in it, and nothing run for it."""

from __future__ import annotations

import asyncio
import builtins
import json
import sys
from typing import Any

import pytest
from pydantic_ai.exceptions import ModelHTTPError, UnexpectedModelBehavior

from pydantic_ai_debug.debuggee.raised_errors import described_error, raised_anew
from pydantic_ai_debug.protocol.codec import decode_record, encode_event, numbered
from pydantic_ai_debug.protocol.events import RaisedError, RequestFailed


class OverloadedError(OSError):
    """Takes what it keeps by name."""

    def __init__(self, server: str, *, seconds: float) -> None:
        super().__init__(f'{server} is overloaded')
        self.server, self.seconds = server, seconds


class Outer:
    class InnerError(Exception):
        pass


class HostileError(Exception):
    def __str__(self) -> str:
        raise ValueError('no')

    def __getattribute__(self, name: str) -> Any:
        raise ValueError(name)


class UnwillingError(Exception):
    def __new__(cls, first: str, second: str) -> Any:
        return super().__new__(cls, first)


def again(error: BaseException) -> Exception | None:
    """An exception that went through a line of the event stream."""
    line = numbered(encode_event(RequestFailed('r1', 1, described_error(error)), 0.0), 0)
    event = decode_record(line).event
    assert isinstance(event, RequestFailed)
    return raised_anew(event.error)


@pytest.mark.parametrize(
    'error',
    [
        ValueError('no'),
        KeyError('name'),
        OSError(104, 'reset'),
        TimeoutError(),
        asyncio.TimeoutError('late'),
        ModelHTTPError(529, 'gpt', {'error': ['overloaded', None, 1.5]}),
        UnexpectedModelBehavior('odd', '{"a": 1}'),
        OverloadedError('eu-1', seconds=3.0),
        Outer.InnerError('in', 'side'),
        json.JSONDecodeError('bad', '{', 1),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_of_plain_values_is_made_anew(error: Exception) -> None:
    made = again(error)

    assert type(made) is type(error)
    assert made.args == error.args
    assert made.__dict__ == error.__dict__
    assert str(made) == str(error)


def test_notes_are_kept() -> None:
    error = ValueError('no')
    error.__notes__ = ['while asking']  # type: ignore[attr-defined]

    assert again(error).__notes__ == ['while asking']  # type: ignore[union-attr]


def test_a_group_is_made_of_its_exceptions() -> None:
    group: Any = pytest.importorskip('builtins').__dict__.get('ExceptionGroup')
    if group is None:
        pytest.skip('groups are newer than this Python')

    made: Any = again(group('all failed', [OverloadedError('eu-1', seconds=1), group('in', [KeyError('k')])]))

    assert (type(made), made.message) == (group, 'all failed')
    assert [type(one) for one in made.exceptions] == [OverloadedError, group]
    assert made.exceptions[0].server == 'eu-1'
    assert repr(made.exceptions[1].exceptions) == repr((KeyError('k'),))


@pytest.mark.skipif(sys.version_info < (3, 11), reason='there are no groups')
def test_a_group_whose_message_is_very_long_is_described_with_its_exceptions() -> None:
    group = builtins.ExceptionGroup('x' * 200_000, [KeyError('k')])  # type: ignore[attr-defined]

    described = described_error(group)

    assert described.args == [described.message]
    assert [one.name for one in described.group] == ['KeyError']


def test_what_is_no_plain_value_is_left_out_and_makes_the_message_the_argument() -> None:
    error = OSError(object, 'gone')
    error.request, error.status, error.nan = object(), 503, float('nan')  # type: ignore[attr-defined]

    made = again(error)

    assert made is not None
    assert str(made) == str(error)
    assert made.__dict__ == {'status': 503}


def test_a_hostile_exception_is_described_without_running_its_code() -> None:
    error = HostileError('as it is')

    described = described_error(error)

    assert described.args == ['as it is']
    assert described.message == '(cannot be printed: ValueError)'


def test_secrets_are_masked() -> None:
    error = OverloadedError('api_key=sk-hunter2hunter2', seconds=1)
    error.token = 'hunter2'  # type: ignore[attr-defined]

    assert 'hunter2' not in json.dumps([described_error(error).args, described_error(error).fields])


def test_a_very_long_text_is_no_plain_value() -> None:
    assert described_error(OverloadedError('eu', seconds=1)).fields == {'server': 'eu', 'seconds': 1}
    assert described_error(OverloadedError('e' * 200_000, seconds=1)).fields == {'seconds': 1}


@pytest.mark.parametrize(
    'described',
    [
        RaisedError('no_such_module', 'Error', '', [], {}),
        RaisedError('builtins', 'NoSuchError', '', [], {}),
        RaisedError('builtins', 'KeyboardInterrupt', '', [], {}),
        RaisedError('builtins', 'print', '', ['hello'], {}),
        RaisedError('os', 'path', '', [], {}),
        RaisedError(__name__, 'UnwillingError', '', ['one'], {}),
        RaisedError(__name__, 'Outer.InnerError.Deeper', '', [], {}),
    ],
    ids=lambda described: f'{described.module}.{described.name}',
)
def test_nothing_but_an_exception_class_that_is_there_is_called(
    described: RaisedError, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raised_anew(described) is None
    assert capsys.readouterr().out == ''
