"""What is secret by its name, by its type, by its shape, or as the value of an environment variable."""

from __future__ import annotations

import base64
import builtins
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, Secret, SecretBytes, SecretStr
from pydantic_ai.messages import (
    FinalResultEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)

from pydantic_ai_debug.debuggee import deltas, errors, scrubbing, secrets
from pydantic_ai_debug.debuggee.deltas import StreamItem
from pydantic_ai_debug.debuggee.scrubbing import scrubbed, scrubbed_lines, unfinished_at
from pydantic_ai_debug.debuggee.secrets import is_secret_name, masked, masked_arguments, masked_text, may_name_secret
from pydantic_ai_debug.debuggee.snapshot import picture, picture_at
from pydantic_ai_debug.debuggee.wire import masked_json
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import dump_json, encode_event, to_json
from pydantic_ai_debug.protocol.secrets import MASK, with_values

from .conftest import StartChild
from .outbox import KeptOutbox

SECRET = 'Open-Sesame-42'


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment whose secrets are forgotten with the test."""
    monkeypatch.setattr(scrubbing, '_environment', scrubbing._Environment())
    monkeypatch.setattr(deltas, '_held', {})
    monkeypatch.setattr(deltas, '_sent', {})
    monkeypatch.setenv('CAVE_API_KEY', SECRET)
    scrubbed_lines([])
    return monkeypatch


# By name


SECRET_NAMES = [
    'api_key',
    'apiKey',
    'APIKey',
    'API-KEY',
    'openai_api_key',
    'OPENAI_API_KEY',
    'x-api-key',
    'api_keys',
    '_Client__api_key',
    'token',
    'accessToken',
    'refresh_token',
    'access_tokens',
    'PGPASSWORD',
    'password',
    'passwd',
    'password2',
    'password_hash',
    'passphrase',
    'secret',
    'secrets',
    'clientSecret',
    'secret_key',
    'AWS_SECRET_ACCESS_KEY',
    'access_key',
    'private_key',
    'signing_key',
    'Authorization',
    'Proxy-Authorization',
    'cookie',
    'Set-Cookie',
    'cookies',
    'credentials',
    'credential',
    'bearer',
    'pwd',
    'passcode',
    'DB_PASS',
    'smtpPass',
    'auth_token_v2',
]


@pytest.mark.parametrize('name', SECRET_NAMES)
def test_a_name_of_a_secret_is_known_in_every_spelling(name: str) -> None:
    assert is_secret_name(name)
    assert masked_text(f"f({name}='x')") == f"f({name}='{MASK}')"


@pytest.mark.parametrize('name', [*SECRET_NAMES, 'AuthHeader', 'id tokens', 'bearer_tokens', 'Jwt'])
def test_json_that_may_name_a_secret_is_looked_through(name: str) -> None:
    values: list[object] = [
        {name: 'x'},
        [{'deep': {name: ['x']}}],
        {'headers': [[name, 'x']]},
        {'name': name, 'value': 'x'},
        [[base64.b64encode(name.encode()).decode(), 'x']],
        json.dumps({name: 'x'}),
        json.dumps(json.dumps({name: 'x'})),
        f"call({name}='x')",
        f'https://host/?{name}=x'.replace(' ', '_'),
    ]
    for value in values:
        if masked(value) != value:
            assert may_name_secret(dump_json(value)), value
    assert masked(values[0]) != values[0]


def test_the_counts_of_a_response_name_no_secret() -> None:
    assert not may_name_secret('{"usage":{"input_tokens":50,"output_tokens":8},"kind":"response"}')


@pytest.mark.parametrize(
    'name',
    [
        'tokens',
        'input_tokens',
        'max_tokens',
        'token_count',
        'tokenizer',
        'key',
        'keyboard',
        'monkey',
        'primary_key',
        'author',
        'authors',
        'secretary',
        'password_field',
        'secret_name',
        'cookie_policy',
        'bypass',
        'first_pass',
        'x',
    ],
)
def test_a_name_that_only_looks_like_one_is_not(name: str) -> None:
    assert not is_secret_name(name)
    assert masked_text(f"f({name}='x')") == f"f({name}='x')"


def test_what_has_a_secret_name_is_masked_wherever_it_lies() -> None:
    before = {
        'headers': [['Authorization', 'Bearer x'], ['Accept', 'json']],
        'raw': [[base64.b64encode(b'cookie').decode(), 'eA=='], [base64.b64encode(b'accept').decode(), 'eA==']],
        'credentials': {'user': 'ann', 'keys': ['k'], 'port': 22},
        'max_tokens': 7,
        'token': 5,
        'password': '',
        'words': ['token', 'city'],
        'schema': {'properties': {'api_key': {'type': 'string'}}, 'required': ['api_key', 'city']},
        'arguments': '{"api_key": "x\\"y", "city": "Rome"}',
    }
    kept = json.dumps(before)
    after = masked(before)
    assert json.dumps(before) == kept, 'what is masked is a copy'
    assert after == {
        **before,
        'headers': [['Authorization', MASK], ['Accept', 'json']],
        'raw': [[before['raw'][0][0], MASK], before['raw'][1]],
        'credentials': {'user': MASK, 'keys': [MASK], 'port': 22},
        'arguments': f'{{"api_key": "{MASK}", "city": "Rome"}}',
    }


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ("Client(api_key='a b', url='u')", f"Client(api_key='{MASK}', url='u')"),
        ("{'token': 'x', 'n': 'y'}", f"{{'token': '{MASK}', 'n': 'y'}}"),
        ('headers["Authorization"] = "x"', f'headers["Authorization"] = "{MASK}"'),
        (r'{\"password\":\"x\",\"n\":\"y\"}', rf'{{\"password\":\"{MASK}\",\"n\":\"y\"}}'),
        ('{"token": "cut o', f'{{"token": "{MASK}'),
        ('the password: "x"', f'the password: "{MASK}"'),
        (
            'GET https://x.example/v1?q=tea&api_key=a-b%20c&n=1#top',
            f'GET https://x.example/v1?q=tea&api_key={MASK}&n=1#top',
        ),
        (
            "open('https://x/?token=a.b') or {'token': '?token=c'}",
            f"open('https://x/?token={MASK}') or {{'token': '{MASK}'}}",
        ),
        ('/v1?token={token}&secret=5&password=<yours>&q=x', '/v1?token={token}&secret=5&password=<yours>&q=x'),
        ("It's the token: 5, the 'key': 'x'", "It's the token: 5, the 'key': 'x'"),
    ],
)
def test_a_quoted_value_of_a_secret_name_in_a_text_is_masked(text: str, shown: str) -> None:
    assert masked_text(text) == shown


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('login failed: password=hunter2', f'login failed: password={MASK}'),
        ('host=db user=ann password=hunter2 port=5432', f'host=db user=ann password={MASK} port=5432'),
        ('Client(api_key=k-1, url=u)', f'Client(api_key={MASK}, url=u)'),
        ('GET /?q=tea&access_token=abc.def&n=1', f'GET /?q=tea&access_token={MASK}&n=1'),
        ("password='a b' token=x", f"password='{MASK}' token={MASK}"),
    ],
)
def test_a_bare_value_of_a_secret_name_in_what_an_exception_says_is_masked(text: str, shown: str) -> None:
    assert errors.describe(ValueError(text)).message == shown
    assert errors.summary(ValueError(text)) == f'ValueError: {shown}'


@pytest.mark.parametrize(
    'text',
    [
        'the password = the name of your cat',
        'wrong password: it has to have 8 characters',
        'token=None, password=..., secret=True, token=5',
        'max_tokens=500 tokens=many key=value',
        'Client(api_key=get_key()) or token=settings["token"]',
        'a==b, token==other',
        f'{"long_" * 20}token=other',
    ],
)
def test_what_an_exception_says_stays_as_it_is_where_it_gives_no_secret_away(text: str) -> None:
    assert errors.describe(ValueError(text)).message == text


def test_what_exceptions_say_is_masked_in_a_traceback_and_its_lines_of_code_stay() -> None:
    settings = SimpleNamespace(password='hidden-1')

    def connect(password: str) -> None:
        raise OSError(f'no login:\npassword={password}')

    try:
        try:
            connect(password=settings.password)
        except OSError as error:
            raise RuntimeError('token=hidden-2') from error
    except RuntimeError as error:
        described = errors.describe(error)
    assert 'hidden' not in described.traceback
    assert f'password={MASK}' in described.traceback
    assert described.traceback.endswith(f'RuntimeError: token={MASK}\n')
    assert 'connect(password=settings.password)' in described.traceback


@pytest.mark.skipif(sys.version_info < (3, 11), reason='there are no groups')
def test_what_the_members_of_a_group_say_is_masked() -> None:
    group = builtins.ExceptionGroup  # type: ignore[attr-defined]
    raised = group('two', [ValueError('token=hidden-1'), group('in', [OSError('pwd=hidden-2')])])
    described = errors.describe(raised)
    assert 'hidden' not in described.traceback
    assert described.traceback.count(MASK) == 2


def test_options_of_a_command_line_are_masked() -> None:
    arguments = ('--token', 'x', '--api-key=y', '--verbose', 'z', '--password', '--token-count', '3')
    assert masked_arguments(arguments) == ('--token', MASK, f'--api-key={MASK}', *arguments[3:])


# By type


class ApiKey(SecretStr):
    pass


@dataclass
class Login:
    name: str
    first: SecretStr
    second: SecretBytes
    third: ApiKey
    fourth: Secret[str]


LOGIN = Login('ann', SecretStr('hidden1'), SecretBytes(b'hidden2'), ApiKey('hidden3'), Secret('hidden4'))


class Headers:
    """Stores headers as `httpx.Headers` does."""

    def __init__(self) -> None:
        self._list = [(b'Authorization', b'authorization', b'hidden6'), (b'Accept', b'accept', b'json')]


class Account(BaseModel):
    logins: list[Login] = [LOGIN]
    by_name: dict[str, SecretStr] = {'a': SecretStr('hidden5')}


@dataclass
class Deps:
    account: Account = field(default_factory=Account)
    headers: Headers = field(default_factory=Headers)
    pairs: tuple[object, ...] = ((b'cookie', b'hidden7'), ('X-Api-Key', 'hidden8'))
    credentials: dict[str, list[str]] = field(default_factory=lambda: {'users': ['hidden9']})


def test_secret_types_and_headers_show_in_no_picture_and_no_json() -> None:
    pages = [
        picture_at(Deps(), path) for path in ([], [0], [0, 0], [0, 0, 0], [1], [1, 0], [2], [3], [3, 0], [3, 0, 0])
    ]
    text = json.dumps([to_json(page) for page in pages])
    assert 'hidden' not in text
    assert 'json' in text
    assert 'hidden' not in json.dumps(masked_json({'deps': Deps(), 'bare': SecretStr('hidden')}))


def test_what_is_opened_below_a_secret_name_is_as_hidden_as_from_above() -> None:
    deps = {'credentials': [{'user': 'ann', 'port': 5}], 'name': 'ann', 'ok': ('accept', 'json')}
    assert picture_at(deps, [0, 0, 0]).text == MASK
    assert picture_at(deps, [0, 0, 1]).text == '5'
    assert picture_at(deps, [1]).text == 'ann'
    assert picture_at(deps, [2, 1]).text == 'json'


@dataclass
class Setting:
    name: str
    value: object


def test_a_field_that_another_field_says_is_a_secret_is_hidden() -> None:
    settings = [Setting('api_key', ['hidden1']), {'key': 'X-Api-Key', 'value': 'hidden2'}, Setting('size', 'large')]
    written = json.dumps(to_json(picture(settings)))
    assert 'hidden' not in written
    assert 'large' in written
    assert picture_at(settings, [0, 1, 0]).text == MASK

    assert masked([{'name': 'api_key', 'value': ['x', 5]}, {'header': 'cookie', 'value': 'y', 'is': 'on'}]) == [
        {'name': 'api_key', 'value': [MASK, 5]},
        {'header': 'cookie', 'value': MASK, 'is': 'on'},
    ]
    other = {'name': ['api_key'], 'value': 'x', 'title': 'token'}
    assert masked(other) == other


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('host=db password=hunter2', f'host=db password={MASK}'),
        ('Server=db;Password=hunter2;User Id=ann', f'Server=db;Password={MASK};User Id=ann'),
        ('key=value and total_tokens=5', 'key=value and total_tokens=5'),
    ],
)
def test_a_bare_value_of_a_secret_name_in_a_text_of_the_programs_is_hidden(text: str, shown: str) -> None:
    assert picture(text).text == shown
    assert picture_at({'dsn': text}, [0]).text == shown


# By shape


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('Authorization: Bearer abc.def-123', f'Authorization: Bearer {MASK}'),
        (f'Basic {base64.b64encode(b"ann:pass word").decode()}', f'Basic {MASK}'),
        ('postgres://ann:p@ss@db.example/x', f'postgres://ann:{MASK}@db.example/x'),
        ('redis://:pw@localhost', f'redis://:{MASK}@localhost'),
        ('curl -H "Authorization: Token a1b2c3d4e5"', f'curl -H "Authorization: Token {MASK}"'),
        ('X-Api-Key: a1b2c3d4e5, ok', f'X-Api-Key: {MASK}, ok'),
        ('x-auth-token: a1b2c3d4e5', f'x-auth-token: {MASK}'),
        ('Cookie: session=abcdefgh1; id=2', f'Cookie: {MASK}'),
        ('key sk-proj-abcdefgh1234567890, ok', f'key {MASK}, ok'),
        (f'ghp_{"a1" * 18}', MASK),
        (f'github_pat_{"a1" * 18}', MASK),
        ('AKIAIOSFODNN7EXAMPLE.', f'{MASK}.'),
        ('xoxb-123456789012-abc', MASK),
        (f'AIza{"a-_B1" * 7}', MASK),
        ('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', MASK),
        (
            '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\nafter',
            f'-----BEGIN PRIVATE KEY-----{MASK}-----END PRIVATE KEY-----\nafter',
        ),
    ],
)
def test_a_key_of_a_known_shape_is_masked_in_any_text(text: str, shown: str) -> None:
    assert scrubbed(text) == shown
    line = encode_event(ev.RunFinished('r1', {'a': [f'{text}']}, {}, None), 1.5) + '\n'
    (written,) = scrubbed_lines([line])
    assert json.loads(written) == {**json.loads(line), 'output': {'a': [shown]}}


@pytest.mark.parametrize(
    'text',
    [
        'Basic understanding of bearer authentication. The bearer of bad news.',
        'a task-management-tool-for-2024-teams, risk-free-since-1999-or-so',
        'https://example.com:8080/a@b and mail ann@example.com, ratio 1:2@3',
        'Authorization: needs administrator rights. Cookie: none. primary-key: identifier, X-Api-Key: required',
        'sk-short, ghp_short, AKIA, xox, desk-1234567890123456789',
        'the -----BEGIN PRIVATE KEY----- line',
        'data:image/png;base64,' + base64.b64encode(bytes(range(256)) * 40).decode(),
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert scrubbed(masked_text(text)) == text


@pytest.mark.parametrize(
    'text',
    [
        "'a' * 2_000_000",
        "'a=' * 1_000_000",
        "'?' * 1_000_000 + '?token=a' * 100_000",
        "'ookie: a=bcdefghijk; ' * 100_000",
        "'eyJ' * 300_000 + '.eyJ'",
        "'PRIVATE KEY-----' * 100_000 + '!'",
        "'://u:p ' * 300_000 + '@'",
        """'?token=a "token": "b" ' * 100_000""",
    ],
)
def test_a_long_text_without_a_break_is_looked_through_at_once(text: str) -> None:
    """Where each letter has all that follow it looked at, this takes hours: the deadline is no measure."""
    look = f'secrets.masked_assignments({text}); scrubbing.scrubbed({text})'
    code = f'from pydantic_ai_debug.debuggee import scrubbing, secrets; {look}'
    subprocess.run([sys.executable, '-c', code], check=True, timeout=60)


# Values of environment variables


def line_with(output: object) -> str:
    return encode_event(ev.RunFinished('r1', output, {}, None), 0.0) + '\n'


def output_of(line: str) -> Any:
    return json.loads(line)['output']


@pytest.mark.parametrize(
    'value', ['Open-Sesame-42', 'quo"te\\d\nand more', 'Sésame-ouvre-toi', "it's/100%", 'opensesame']
)
def test_the_value_of_a_variable_is_found_however_it_is_written(value: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv('DOOR_PASSWORD', value)
    texts = [value, json.dumps(value)[1:-1], repr(value)[1:-1], json.dumps({'a': value}), repr([value])]
    (line,) = scrubbed_lines([line_with({'texts': texts, f'<{value}>': 1})])
    assert MASK in line
    written = json.dumps(output_of(line), ensure_ascii=False)
    assert not any(piece in written for piece in (value, json.dumps(value)[1:-1], 'esame', '/100', 'and more'))


def test_a_variable_that_is_no_text_is_found_too(environment: pytest.MonkeyPatch) -> None:
    value = os.fsdecode(b'Caf\xe9-sesame-42')
    environment.setenv('DOOR_PASSWORD', value)
    (line,) = scrubbed_lines([line_with(f'say {value}')])
    assert output_of(line) == f'say {MASK}'


def test_nothing_but_the_contents_of_strings_changes(environment: pytest.MonkeyPatch) -> None:
    environment.setenv('A_TOKEN', 'run_finished')
    environment.setenv('B_TOKEN', '123456789')
    environment.setenv('C_TOKEN', 'instructions')
    line = line_with({'number': 123456789, 'text': 'in run_finished', 'instructions': 'the instructions', 'f': 1.5})
    (written,) = scrubbed_lines([line])
    assert json.loads(written) == {
        **json.loads(line),
        'output': {'number': 123456789, 'text': f'in {MASK}', 'instructions': f'the {MASK}', 'f': 1.5},
    }


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('A_TOKEN', 'short'),
        ('A_PASSWORD', 'postgres'),
        ('MAX_TOKENS', 'Twelve-Thousand'),
        ('EDITOR', 'Visual-Studio-1'),
        ('GOOGLE_APPLICATION_CREDENTIALS', __file__),
        ('A_SECRET', '31415926535'),
    ],
)
def test_values_that_are_no_secrets_stay(name: str, value: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(name, value)
    assert scrubbed_lines([line_with(f'say {value}')]) == [line_with(f'say {value}')]


def test_the_password_in_a_variable_with_a_url_is_one(environment: pytest.MonkeyPatch) -> None:
    environment.setenv('DATABASE_URL', 'postgres://ann:Xyzzy-1234@db/x')
    assert output_of(scrubbed_lines([line_with('it is Xyzzy-1234')])[0]) == f'it is {MASK}'


def test_no_piece_of_a_secret_is_left_where_a_text_is_cut() -> None:
    for filler in range(980, 1000):
        assert 'Open' not in picture(' ' * filler + SECRET + ' ' * 100).text[: 1000 - len('Open')].strip('O')
        assert not picture(' ' * filler + SECRET + ' ' * 100).text.strip(' …•')
    for filler in range(40, 64):
        assert 'O' not in picture(b' ' * filler + SECRET.encode() + b' ' * 100).text
    for filler in range(60, 80):
        assert 'O' not in picture({' ' * filler + SECRET + ' ' * 100: 1}).children[0].name  # type: ignore[index]


# Deltas


def arguments_delta(content: str) -> StreamItem:
    return StreamItem('r1', 1, PartDeltaEvent(index=0, delta=ToolCallPartDelta(args_delta=content)))


def delta(content: str, run: str = 'r1', index: int = 0) -> StreamItem:
    return StreamItem(run, 1, PartDeltaEvent(index=index, delta=TextPartDelta(content_delta=content)))


def rendered(*items: object) -> list[str]:
    """What is sent of the texts of some events that come together."""
    outbox = KeptOutbox()
    for item in items:
        outbox.receive(item)
    events = deltas.render(outbox.take())
    lines = scrubbed_lines([f'{encode_event(event, at)}\n' for at, event in events])
    data = [json.loads(line).get('data', {}) for line in lines]
    texts = [item['delta'] if 'delta' in item else item['part'] for item in data if item]
    return [text.get('content_delta', text.get('args_delta', text.get('content'))) for text in texts]


@pytest.mark.parametrize('secret', [SECRET, 'sk-proj-abcdefgh1234567890'])
def test_a_secret_that_streams_in_pieces_is_sent_in_none(secret: str) -> None:
    sent: list[str] = rendered(StreamItem('r1', 1, PartStartEvent(index=0, part=TextPart(f'say {secret[:5]}'))))
    assert list(deltas.render([(0.0, StreamItem('r1', 1, FinalResultEvent(tool_name=None, tool_call_id=None)))]))
    for character in secret[5:]:
        # Another run streams at the same time.
        sent += rendered(delta(character), delta('.', run='r2'))
    sent += rendered(delta(' and so on'), delta('', run='r2'))
    assert ''.join(sent).replace('.', '') == f'say {MASK} and so on'


ARGUMENTS = '{"city": "Rome", "password": "hid\\"den", "body": "{\\"token\\": \\"hidden\\"}", "n": 1}'
SHOWN_ARGUMENTS = f'{{"city": "Rome", "password": "{MASK}", "body": "{{\\"token\\": \\"{MASK}\\"}}", "n": 1}}'


@pytest.mark.parametrize('size', [1, 2, 3, 7, 40])
def test_the_value_of_a_secret_name_that_streams_in_pieces_is_sent_in_none(size: int) -> None:
    pieces = [ARGUMENTS[at : at + size] for at in range(0, len(ARGUMENTS), size)]
    sent = [text for piece in pieces for text in rendered(arguments_delta(piece))]
    assert ''.join(sent) == SHOWN_ARGUMENTS
    assert rendered(delta('at /x?to'), delta('ken=hid'), delta('den&n=1')) == [f'at /x?token={MASK}&n=1']
    assert rendered(delta("Client(api_key='"), delta('hidden'), delta("')")) == [f"Client(api_key='{MASK}')"]


def test_the_value_of_a_secret_name_is_masked_from_the_start_of_its_part_on() -> None:
    start = StreamItem('r1', 1, PartStartEvent(index=0, part=ToolCallPart('login', '{"password": "hid')))
    (started,) = deltas.render([(0.0, start)])
    assert 'hid' not in encode_event(started[1], 0.0)
    assert rendered(arguments_delta('den", ')) + rendered(arguments_delta('"n": 1}')) == [f'{MASK}", ', '"n": 1}']


def test_the_value_of_a_secret_name_stays_masked_where_a_stop_lies_in_its_middle() -> None:
    stop = ev.Stopped('r1', 1, 'stream', 'ModelRequestNode')
    assert rendered(arguments_delta('{"password": "hid'), stop) == [f'{{"password": "{MASK}']
    assert rendered(arguments_delta('den", "n": 1}')) == [f'{MASK}", "n": 1}}']


def test_a_delta_of_another_kind_goes_on_with_a_secret_too() -> None:
    named = ToolCallPartDelta(tool_name_delta='login', args_delta='{"password": "hid')
    first = StreamItem('r1', 1, PartDeltaEvent(index=0, delta=named))
    assert rendered(first, arguments_delta('den"}')) == [f'{{"password": "{MASK}', f'{MASK}"}}']


def test_a_part_does_not_go_on_with_that_of_an_earlier_request() -> None:
    assert rendered(arguments_delta('{"password":')) == ['{"password":']
    rendered(ev.NodeFinished('r1', 1, 'ModelRequestNode', 1.0, None))
    assert rendered(arguments_delta(' "shown"')) == [' "shown"']
    assert deltas._held == {}


def test_what_only_began_like_a_secret_goes_out_with_the_next_event_of_its_run() -> None:
    assert rendered(delta('It is '), delta('Open')) == ['It is ']
    assert rendered(ev.NodeStarted('r2', 2, 'CallToolsNode')) == []
    assert rendered(ev.NodeFinished('r1', 2, 'ModelRequestNode', 1.0, None)) == ['Open']
    assert rendered(delta('Open')) == []
    assert rendered(delta(' door')) == ['Open door']


def test_times_and_lengths_stay_with_what_is_held_back() -> None:
    outbox = KeptOutbox([1.0, 2.0, 3.0, 4.0])
    for text in ('It ', 'is Op', 'en'):
        outbox.receive(delta(text))
    first = list(deltas.render(outbox.take()))
    outbox.receive(delta(' door'))
    rest = list(deltas.render(outbox.take()))
    lines = [json.loads(encode_event(event, at)) for at, event in first + rest]
    assert [(tuple(line['times']), tuple(line['lengths'])) for line in lines] == [
        ((1.0,), (3,)),
        ((2.0, 3.0, 4.0), (5, 2, 5)),
    ]


def test_ordinary_text_is_not_held_back() -> None:
    for text in ('Hello', 'the task', 'all of it.', '', 'it is Open '):
        assert unfinished_at(text) == len(text)


# Numbered masks


def test_numbered_masks_are_told_once_before_their_line_and_can_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    masks = secrets._Masks()
    masks.tell_values()
    monkeypatch.setattr(secrets, 'mask', masks.mask)
    monkeypatch.setattr(scrubbing, 'mask', masks.mask)
    monkeypatch.setattr(scrubbing, 'take_untold', masks.take_untold)
    output = masked({'token': 'quo"te', 'text': f'{SECRET} {SECRET}'})
    told, again, line = scrubbed_lines([line_with(output)])
    values = {}
    for text in (told, again):
        secret = json.loads(text)
        assert secret['event'] == 'secret_value'
        values[f'{MASK}{"₀₁₂"[secret["number"]]}'] = secret['value']
    assert set(values.values()) == {'quo"te', SECRET}
    assert SECRET not in line
    assert output_of(with_values(line.encode(), values).decode()) == {'token': 'quo"te', 'text': f'{SECRET} {SECRET}'}
    assert scrubbed_lines([line_with(output)]) == [line], 'known values are not told again'


# Real children

SCRIPT = """
import asyncio, os
from dataclasses import dataclass
from pydantic import SecretStr
from pydantic_ai import Agent, RunContext
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import DeltaToolCall, FunctionModel

ENV = os.environ['CAVE_API_KEY']
os.environ['LATE_TOKEN'] = late = 'hidden-late-1'

@dataclass
class Deps:
    api_key: str = 'hidden-deps'
    login: SecretStr = SecretStr('hidden-login')

def answer(messages, info):
    if len(messages) == 1:
        call = {'password': 'hidden-args', 'note': ENV}
        return ModelResponse(parts=[ToolCallPart('look', call, tool_call_id='c1')])
    return ModelResponse(parts=[TextPart(f'done {ENV} {late}')])

async def stream(messages, info):
    if messages[-1].parts[0].part_kind == 'user-prompt':
        yield {0: DeltaToolCall(name='look', json_args='{"password": "hidden-args", "note": ""}', tool_call_id='c2')}
        return
    for character in f'so: {ENV}!':
        yield character
        await asyncio.sleep(0.02)

agent = Agent(FunctionModel(answer, stream_function=stream), deps_type=Deps, instructions=f'use {ENV}')

@agent.tool
def look(ctx: RunContext[Deps], password: str, note: str) -> dict:
    assert (password, ctx.deps.api_key) == ('hidden-args', 'hidden-deps')
    return {'set-cookie': 'hidden-cookie', 'login': ctx.deps.login, 'headers': [('authorization', 'hidden-header')]}

async def main():
    settings = {'extra_headers': {'X-Api-Key': 'hidden-settings'}}
    result = await agent.run(f'try {ENV}', deps=Deps(), model_settings=settings)
    assert result.output == f'done {ENV} {late}', 'the program sees what it always does'
    async with agent.run_stream('again', deps=Deps()) as streamed:
        assert ''.join([text async for text in streamed.stream_text(delta=True)]) == f'so: {ENV}!'
    print('printed', ENV)
    raise RuntimeError(f"Client(api_key='hidden-error') {ENV}")

asyncio.run(main())
"""


def test_no_secret_leaves_the_child_but_in_what_the_script_prints(start_child: StartChild) -> None:
    child = start_child(SCRIPT, '--token', 'hidden-option', SECRET)
    child.finish()
    told = [
        line for line in b''.join(child.session.log.blocks()).decode().splitlines() if '"event":"output"' not in line
    ]
    assert [line for line in told if 'hidden-' in line or 'Sesame' in line] == []
    pieces = [event.data['delta']['content_delta'] for event in child.all(ev.Stream) if 'delta' in event.data]  # type: ignore[index]
    assert MASK in ''.join(pieces)
    assert child.all(ev.Fault) == []
    assert child.session.log.secrets == {}, 'no value is told that nobody asked for'
    finished, _ = child.all(ev.ToolFinished)
    assert finished.result['headers'] == [['authorization', MASK]]  # type: ignore[index]
    assert f'printed {SECRET}\n' in child.stdout
    assert 'hidden-error' in child.stderr, "the traceback that Python prints is the script's own"
    assert len(child.all(ev.RunFinished)) == 2
