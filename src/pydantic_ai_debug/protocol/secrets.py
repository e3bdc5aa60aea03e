"""What stands for a secret in the event stream, and how a screen that may show secrets gets them back.

A child that is asked to numbers its masks and tells the value of each once, in a line of its own that is no event: the
parent keeps it in memory and in no file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .codec import ProtocolError, dump_json
from .frozen import Frozen

MASK = '••••••••'

_DIGITS = str.maketrans('0123456789', '₀₁₂₃₄₅₆₇₈₉')
_NUMBERED = re.compile(f'{MASK}[₀-₉]+')
_MASK_BYTES = MASK.encode()


class SecretValue(Frozen):
    """What a numbered mask stands for."""

    number: int
    value: str


SECRET_VALUE = 'secret_value'
"""Its name on the wire."""


def numbered_mask(number: int) -> str:
    """A mask that is told apart from others, as `••••••••₃`."""
    return MASK + str(number).translate(_DIGITS)


def encode_secret(secret: SecretValue) -> str:
    """The line that tells a value."""
    return dump_json({'event': SECRET_VALUE, 'time': 0.0, 'number': secret.number, 'value': secret.value}) + '\n'


def decode_secret(line: str) -> SecretValue:
    """Read such a line.

    Raises:
        ProtocolError: where it is none.
    """
    try:
        fields = json.loads(line)
        return SecretValue(int(fields['number']), str(fields['value']))
    except (ValueError, KeyError, TypeError) as error:
        raise ProtocolError(f'not the value of a secret: {error!r}') from None


def with_values(line: bytes, values: Mapping[str, str]) -> bytes:
    """A line of the event stream with the values of the masks that are known."""
    if not values or _MASK_BYTES not in line:
        return line

    def value_of(mask: re.Match[str]) -> str:
        value = values.get(mask[0])
        return mask[0] if value is None else json.dumps(value)[1:-1]

    return _NUMBERED.sub(value_of, line.decode()).encode()
