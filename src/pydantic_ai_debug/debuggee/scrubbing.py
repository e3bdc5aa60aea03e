"""Secrets told by what they are, whatever they are called: values of environment variables, and keys of known shapes.

Applied where events become lines, so that no kind of event can be forgotten. Nearly all lines hold no secret, and to see
that is cheap; one that may hold one is taken apart, so that nothing but the contents of its strings can change.
"""

from __future__ import annotations

import binascii
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from pydantic_ai_debug.protocol.codec import dump_json
from pydantic_ai_debug.protocol.secrets import encode_secret

from .secrets import is_secret_name, mask, masked_assignments, take_untold

LONGEST = 512
"""How far a text is read beyond the place where it is cut, so that no part of a secret is left of it."""

_SHORTEST = 8
"""Characters of a variable's value that is looked for; shorter ones occur by chance."""
_SHORTEST_WORD = 10
"""The same for plain words, such as `postgres` or `password`."""
_MOST_VALUES = 64
"""How many values are looked for: the newest ones."""

_DIRECTORIES = frozenset({'PWD', 'OLDPWD'})
_WORD = re.compile(r'[a-z]+|[A-Z]+')
_NUMBER = re.compile(r'[0-9.eE+-]+')
_LITERAL_RUN = re.compile(r'[^\x00-\x1f"\'\\\x7f-\x9f\ud800-\udfff]+')
"""What JSON and `repr` write as it is, however they are nested."""

_OWN_KEY = re.compile(r'[a-z_]+')
"""Keys as the protocol and pydantic-ai have them."""
_OWN_WORDS = frozenset({'event', 'kind', 'part_kind', 'event_kind', 'part_delta_kind', 'at', 'next', 'outcome', 'run'})
"""Keys whose values are words of the protocol."""


def _key(prefix: str, rest: str) -> tuple[str, re.Pattern[str]]:
    # What stands before it may be an escaped line break.
    return prefix, re.compile(rf'(?P<secret>{prefix}(?:(?<![A-Za-z0-9_-]{prefix})|(?<=\\[nrt]{prefix})){rest})')


_URL_PASSWORD = re.compile(r'://[^\s:/@"\'<>]*:(?P<secret>[^\s/"\'<>]+)@(?=[\w\[.-])')
_BASIC = re.compile(r'asic (?P<secret>[A-Za-z0-9+/]{8,}={0,2})')
_WITH_A_DIGIT = r'(?P<secret>(?=[\w.~+/-]*[0-9])[\w.~+/-]{8,}=*)'
"""What a header holds, and a sentence hardly ever."""
_KEYS = (
    _key('sk-', r'(?=[\w-]*[0-9])[\w-]{16,}'),
    _key('ghp_', r'[A-Za-z0-9]{30,}'),
    _key('github_pat_', r'\w{22,}'),
    _key('xox', r'[abeoprs]-[\w-]{10,}'),
    _key('AKIA', r'[0-9A-Z]{16}(?![0-9A-Z])'),
    _key('AIza', r'[\w-]{35}'),
)
_SHAPES = (
    *_KEYS,
    # What stands before the dot is short, and looked at from each `eyJ` that it may begin with.
    ('.eyJ', re.compile(r'(?P<secret>eyJ[\w-]{8,1000}\.eyJ[\w-]{8,}\.[\w-]+)')),
    ('earer ', re.compile(r'earer (?P<secret>(?=[\w.~+/-]*(?:[0-9_~+/-]|\.\w))[\w.~+/-]{8,}=*)')),
    ('asic ', _BASIC),
    ('uthorization: ', re.compile(rf'uthorization: [A-Za-z][\w-]{{1,20}} {_WITH_A_DIGIT}')),
    ('ey: ', re.compile(rf'-[Kk]ey: {_WITH_A_DIGIT}')),
    ('oken: ', re.compile(rf'-[Tt]oken: {_WITH_A_DIGIT}')),
    ('ookie: ', re.compile(r'ookie: (?P<secret>[\w.-]+=[^\s"\'\\;]+(?:; ?[\w.-]+=[^\s"\'\\;]+)*)')),
    ('@', _URL_PASSWORD),
    (
        'PRIVATE KEY-----',
        re.compile(r'PRIVATE KEY-----(?P<secret>(?:[A-Za-z0-9+/=\\\s,:]|-(?!----)){16,}?)(?=-----END|"|…|\Z)'),
    ),
)
"""Shapes of secrets, each with a text that is in all of its kind and rare."""

_LONGEST_KEY = 200
_NO_KEY = re.compile(r'[^\w-]+')


@dataclass(frozen=True)
class _Known:
    """A value that is looked for."""

    probe: str
    """A piece of it that every way of writing it has."""
    forms: tuple[str, ...]
    """The ways of writing it."""


class _Environment:
    """The values of environment variables that are secrets by their names. A program may set some while it runs."""

    def __init__(self) -> None:
        self.known: tuple[_Known, ...] = ()
        self._seen: list[object] = []
        self._values: dict[str, _Known] = {}

    def refresh(self) -> None:
        """Look whether there are new ones; where nothing was set, this compares a list of the same objects."""
        stored: object = getattr(os.environ, '_data', None)
        if type(stored) is not dict:
            return
        now = list(cast('dict[object, object]', stored).values())
        if now == self._seen:
            return
        self._seen = now
        for value in _secret_values(dict(os.environ)):
            if value not in self._values:
                self._values[value] = _known(value)
        for value in list(self._values)[:-_MOST_VALUES]:
            del self._values[value]
        # One may be a part of another.
        self.known = tuple(self._values[value] for value in sorted(self._values, key=len, reverse=True))


_environment = _Environment()
"""One for the process, as the environment is."""


def _secret_values(environment: Mapping[str, str]) -> Iterator[str]:
    for name, text in environment.items():
        if (password := _url_password(text)) is not None and _is_looked_for(password):
            yield password
        value = text.strip()
        # A name such as GOOGLE_APPLICATION_CREDENTIALS is also used for a file.
        if is_secret_name(name) and name not in _DIRECTORIES and _is_looked_for(value) and not os.path.exists(value):
            yield value


def _url_password(text: str) -> str | None:
    found = _URL_PASSWORD.search(text)
    return found['secret'] if found is not None else None


def _is_looked_for(value: str) -> bool:
    shortest = _SHORTEST_WORD if _WORD.fullmatch(value) else _SHORTEST
    return len(value) >= shortest and _NUMBER.fullmatch(value) is None


def _known(value: str) -> _Known:
    once = json.dumps(value, ensure_ascii=False)[1:-1]
    forms = (
        value,
        once,
        json.dumps(once, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        quote(value, safe='', errors='surrogateescape'),
    )
    return _Known(max(_LITERAL_RUN.findall(value) or [''], key=len), tuple(dict.fromkeys(forms)))


def scrubbed(text: str) -> str:
    """A text without secrets."""
    for known in _environment.known:
        if known.probe in text:
            for form in known.forms:
                if form in text:
                    text = text.replace(form, mask(form))
    for hint, shape in _SHAPES:
        if hint in text:
            text = shape.sub(_masked_shape, text)
    return text


def _masked_shape(found: re.Match[str]) -> str:
    secret = found['secret']
    if found.re is _BASIC and not _is_basic_auth(secret):
        return found[0]
    start, end = found.start('secret') - found.start(), found.end('secret') - found.start()
    return found[0][:start] + mask(secret) + found[0][end:]


def _is_basic_auth(text: str) -> bool:
    try:
        decoded = binascii.a2b_base64(text).decode()
    except ValueError:
        return False
    return ':' in decoded and decoded.isprintable()


def scrubbed_json(value: Any) -> Any:
    """A JSON value without secrets in its strings; its keys stay."""
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {key: scrubbed_json(item) for key, item in cast('dict[str, Any]', value).items()}
    if isinstance(value, list):
        return [scrubbed_json(item) for item in cast('list[Any]', value)]
    return value


def unfinished_at(text: str) -> int:
    """Where a secret may begin that goes on in the text after this one; its length where none does.

    Known values and keys are thought of, not what is told by the words around it.
    """
    begin = len(text)
    for known in _environment.known:
        value = known.forms[0]
        at = text.find(value[0], max(0, len(text) - len(value) + 1))
        while at != -1 and not value.startswith(text[at:]):
            at = text.find(value[0], at + 1)
        begin = begin if at == -1 else min(begin, at)
    word = _NO_KEY.split(text[-_LONGEST_KEY:])[-1]
    if word and any(prefix.startswith(word) or word.startswith(prefix) for prefix, _ in _KEYS):
        begin = min(begin, len(text) - len(word))
    return begin


def shown_text(text: str, limit: int) -> str:
    """A text of the program's as it is shown, or the beginning of a longer one, where no secret is cut in two."""
    beginning = masked_assignments(text[: limit + LONGEST])
    if len(text) <= limit:
        return beginning
    _environment.refresh()
    return scrubbed(beginning)[:limit] + '…'


def shown_bytes(data: bytes, limit: int) -> str:
    """The same for bytes, of which at least `limit + LONGEST` are given where there are so many."""
    if len(data) <= limit:
        return repr(data)
    _environment.refresh()
    text = scrubbed(whole := repr(data))
    return (repr(data[:limit]) if text == whole else text) + '…'


def scrubbed_lines(lines: list[str]) -> list[str]:
    """Lines of `encode_event` without secrets, after the values of masks that the parent is to be told.

    Raises:
        ValueError, RecursionError: where a line that may hold a secret cannot be looked through.
    """
    _environment.refresh()
    if _is_suspect(''.join(lines)):
        lines = [f'{_scrubbed(line)}\n' if _is_suspect(line) else line for line in lines]
    return [*map(encode_secret, take_untold()), *lines]


def scrubbed_line(line: str) -> str:
    """One such line, for use in this process."""
    _environment.refresh()
    return _scrubbed(line) if _is_suspect(line) else line


def _scrubbed(line: str) -> str:
    return dump_json(_scrubbed_json(json.loads(line)))


def _is_suspect(text: str) -> bool:
    return any(known.probe in text for known in _environment.known) or any(
        hint in text and shape.search(text) is not None for hint, shape in _SHAPES
    )


def _scrubbed_json(value: Any) -> Any:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {
            key if _OWN_KEY.fullmatch(key) else scrubbed(key): item if key in _OWN_WORDS else _scrubbed_json(item)
            for key, item in cast('dict[str, Any]', value).items()
        }
    if isinstance(value, list):
        return [_scrubbed_json(item) for item in cast('list[Any]', value)]
    return value
