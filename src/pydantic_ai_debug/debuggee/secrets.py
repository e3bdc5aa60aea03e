"""Which values never leave the child as they are, told by the names they go by, and what is written in their place.

What is secret whatever it is called is the matter of `scrubbing`.
"""

from __future__ import annotations

import binascii
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, cast

from pydantic_ai_debug.protocol.secrets import MASK, SecretValue, numbered_mask

_SECRET_NAME = re.compile(
    r'((^|_)(auth_header|bearer|cookies?|jwt|pwd|(access|account|encryption|master|private|signing)_?keys?'
    r'|(access|api|auth|bearer|id|refresh|session)_?tokens)'
    # Secrets at the end of any word, as in `PGPASSWORD`.
    r'|(^|_)(db|database|email|ftp|login|mail|mysql|pg|postgres|redis|root|smtp|user)_?pass'
    r'|api_?keys?|secrets?(_?keys?|_access_keys?)?|token|passw(or)?ds?|passcodes?|passphrases?|credentials?|authorization)'
    r'(_?v?[0-9]+|_value|_hash|_pem)?$'
)
_WORD_BREAK = re.compile(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[-\s.]+')
_LONGEST_NAME = 64
LONGEST_OPENING = _LONGEST_NAME + 32
"""Characters of a name and what stands between it and its quoted value."""

VALUE = 'value'
NAMING = ('name', 'key', 'header')
"""Fields that say what the field `VALUE` beside them is: `{"name": "api_key", "value": ...}`."""

_SCHEMA_NAMES = 'properties'
"""The key under which a JSON schema names what it describes: the names there have no values."""

_QUOTED_VALUE = re.compile(r'[=:]\s?[bBrRfFuU]{0,2}(\\*["\'])')
"""Where a text may give something a value, as in JSON, literals, keyword arguments and `repr` of objects."""
_QUERY_VALUE = re.compile(r'[?&]([\w.-]{1,64})=([^\s\'"()\[\]{}<>,;&#\\]+)')
"""What a URL gives a value, without quotes as well."""
_BARE_VALUE = re.compile(r'=([^\s\'"()\[\]{}<>,;&=]+)(?![\w(\[{<=])')
"""The same without quotes; no call or subscript, which is code that stands for a value."""
_BARE_NAME = re.compile(r'[A-Za-z_][\w-]*$')
"""What such a value belongs to. It is looked for from there: tried at each letter, a text without a break takes hours."""
_NO_SECRETS = frozenset({'None', 'True', 'False', 'null', 'true', 'false', '...', '…', MASK})
_NO_NAME = re.compile(r'[^\w.-]+')
_ENDINGS = (
    *(
        'arer',
        'kie',
        'kies',
        'tial',
        'tials',
        'ader',
        'jwt',
        'key',
        'keys',
        'rase',
        'rases',
        'pass',
        'scode',
        'codes',
        'pwd',
        'ret',
        'rets',
    ),
    *('ken', 'kens', 'ord', 'ords', 'swd', 'swds', 'tion', 'lue', 'ash', 'pem', *'0123456789'),
)
"""How names of secrets end."""


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a field, key or header of this name holds a secret: `api_key`, `accessToken`, `X-Api-Key`."""
    if len(name) > _LONGEST_NAME:
        return False
    return _SECRET_NAME.search(_WORD_BREAK.sub('_', name).lower()) is not None


class _Masks:
    """What is written for secrets: the same mask for all, or numbered ones whose values are told to the parent."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] | None = None
        self._count = itertools.count(1)
        self._untold: list[SecretValue] = []

    def tell_values(self) -> None:
        self._numbers = {}

    def mask(self, value: str) -> str:
        if value.startswith(MASK):
            return value
        if self._numbers is None:
            return MASK
        # Runs in any thread come by, and none may wait for another: each step is one that Python does not divide.
        number = self._numbers.get(value)
        if number is None:
            fresh = next(self._count)
            number = self._numbers.setdefault(value, fresh)
            if number == fresh:
                self._untold.append(SecretValue(number, value))
        return numbered_mask(number)

    def take_untold(self) -> list[SecretValue]:
        taken: list[SecretValue] = []
        while self._untold:
            taken.append(self._untold.pop(0))
        return taken


_masks = _Masks()
"""One for the process, as is the channel: masks are written wherever an object is described."""

tell_values = _masks.tell_values
"""From now on number the masks and keep what they stand for, for `take_untold`."""

mask = _masks.mask
"""What is written for a secret."""

take_untold = _masks.take_untold
"""The values of masks that the parent was not told yet. They go before the lines that hold the masks."""


def masked(value: Any) -> Any:
    """A JSON value with the values of secret names replaced, at any depth, below such a name everything but numbers.

    Headers may be pairs in a list, and a string may hold JSON or Python literals of its own. The value that is given
    is not changed. Numbers stay: a token count is no token.
    """
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, dict):
        return _masked_dict(cast('dict[object, Any]', value))
    if isinstance(value, (list, tuple)):
        items = cast('list[Any]', value)
        if items and all(_is_pair(item) for item in items):
            return [[item[0], _hidden(item[1])] if _names_secret(item[0]) else masked(item) for item in items]
        return [masked(item) for item in items]
    return value


def _masked_dict(value: dict[object, Any]) -> dict[object, Any]:
    changed: dict[object, Any] = {}
    if VALUE in value and names_secret_beside(value.get(key) for key in NAMING):
        value = {**value, VALUE: _hidden(value[VALUE])}
    for key, item in value.items():
        if key == _SCHEMA_NAMES and isinstance(item, dict):
            schemas = cast('dict[object, Any]', item)
            changed[key] = {name: masked(schema) for name, schema in schemas.items()}
        elif type(key) is str and is_secret_name(key):
            changed[key] = _hidden(item)
        else:
            # Most values of most objects, of which there are many.
            changed[key] = item if item is None or type(item) is int else masked(item)
    return changed


def names_secret_beside(names: Iterable[object]) -> bool:
    """Whether one of the fields beside a `VALUE` says that it is a secret."""
    return any(type(name) is str and is_secret_name(name) for name in names)


def _hidden(value: Any) -> Any:
    """What has a secret name: every string inside is part of the secret."""
    if isinstance(value, str):
        return mask(value) if value else value
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in cast('dict[object, Any]', value).items()}
    if isinstance(value, (list, tuple)):
        return [_hidden(item) for item in cast('list[Any]', value)]
    return value


def _is_pair(item: Any) -> bool:
    return isinstance(item, (list, tuple)) and len(cast('Sequence[Any]', item)) == 2 and isinstance(item[0], str)


def _names_secret(name: str) -> bool:
    """Whether the first of a pair is such a name, in base64 too, which is how bytes are written in JSON."""
    if is_secret_name(name):
        return True
    if len(name) % 4 or len(name) > 2 * _LONGEST_NAME:
        return False
    try:
        return is_secret_name(binascii.a2b_base64(name).decode('ascii'))
    except ValueError:
        return False


_PIECES = ('key', 'pass', 'secret', 'credential', 'authorization', 'cookie', 'jwt', 'pwd', 'bearer', 'header')
_TOKEN = re.compile(r'token(?!s":[0-9])')
"""Names of counts have no secrets."""
_LIST_OF_TEXTS = '["'
"""Where pairs may begin, whose names may be in base64."""


def may_name_secret(text: str) -> bool:
    """Whether a secret may be named in JSON: `masked` changes nothing of what is told to have none here.

    A name is of several words, but each is there as it is, in letters of either case.
    """
    lowered = text.lower()
    for piece in _PIECES:
        if piece in lowered:
            return True
    return _LIST_OF_TEXTS in text or _TOKEN.search(lowered) is not None


def masked_text(text: str) -> str:
    """A text with the quoted values of secret names replaced, and those in URLs: `{"token": "..."}`, `?api_key=...`."""
    spans = value_spans(text)
    return with_masks(text, spans) if spans else text


def with_masks(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with what lies between these places replaced."""
    pieces: list[str] = []
    done = 0
    for begin, end in spans:
        pieces += [text[done:begin], mask(text[begin:end])]
        done = end
    return ''.join([*pieces, text[done:]])


def value_spans(text: str) -> list[tuple[int, int]]:
    """Where the values of secret names that `masked_text` replaces begin and end; what ends with the text may go on."""
    quoted = list(_quoted_spans(text)) if '"' in text or "'" in text else []
    if '?' not in text or '=' not in text:
        return quoted
    in_urls = (
        (found.start(2), found.end()) for found in _QUERY_VALUE.finditer(text) if _is_secret_value(*found.groups())
    )
    spans: list[tuple[int, int]] = []
    for begin, end in sorted([*quoted, *in_urls]):
        # A URL in a quoted value goes with it: none holds a quote.
        if not spans or begin >= spans[-1][1]:
            spans.append((begin, end))
    return spans


def _quoted_spans(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for opening in _QUOTED_VALUE.finditer(text):
        if not _follows_secret_name(text, opening.start()) or opening.start() < done:
            continue
        begin, quote = opening.end(), opening[1]
        end = text.find(quote, begin)
        while end > begin and text[end - 1] == '\\':
            end = text.find(quote, end + 1)
        # A text may be cut off before the value ends, or what looked like a quote is none.
        line_end = text.find('\n', begin, None if end == -1 else end)
        end = line_end if line_end != -1 else len(text) if end == -1 else end
        if end > begin:
            yield begin, end
            done = end


def _is_secret_value(name: str, value: str) -> bool:
    """Whether a value that is not quoted is a secret, and not a word of a language or a number."""
    return value not in _NO_SECRETS and not value.isdigit() and is_secret_name(name)


def masked_assignments(text: str) -> str:
    """A text where also values that are not quoted are masked: `password=hunter2`.

    Only where nothing stands between the name, the `=` and the value, as in connection strings and in what libraries
    say of their arguments; a sentence about a password has spaces there. For what exceptions say and for texts among
    the program's own objects; what models write may be code.
    """
    return _BARE_VALUE.sub(_masked_bare_value, masked_text(text))


def _masked_bare_value(found: re.Match[str]) -> str:
    value = found[1]
    name = _BARE_NAME.search(found.string[max(0, found.start() - _LONGEST_NAME - 1) : found.start()])
    return f'={mask(value)}' if name is not None and _is_secret_value(name[0], value) else found[0]


def _follows_secret_name(text: str, at: int) -> bool:
    before = text[max(0, at - _LONGEST_NAME) : at].rstrip(' ]"\'\\')
    # Most do not, and a text may have a hundred thousand.
    return before[-5:].lower().endswith(_ENDINGS) and is_secret_name(_NO_NAME.split(before)[-1])


def masked_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """Arguments of a command line with the values of options of secret names replaced: `--token x`, `--api-key=x`."""
    shown: list[str] = []
    hidden = False
    for argument in arguments:
        option, equals, value = argument.partition('=')
        names_secret = option.startswith('-') and is_secret_name(option.lstrip('-'))
        if hidden and not argument.startswith('-'):
            argument = mask(argument)
        elif names_secret and value:
            argument = f'{option}={mask(value)}'
        hidden = names_secret and not equals
        shown.append(argument)
    return tuple(shown)
