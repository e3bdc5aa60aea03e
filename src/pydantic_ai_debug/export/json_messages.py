"""The messages of a run as JSON that `pydantic_ai.messages.ModelMessagesTypeAdapter.validate_json` takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pydantic_ai_debug.model.json_tokens import editable_json

from .errors import ExportError
from .transcript import Transcript

_SURROGATE = re.compile('[\ud800-\udfff]')


def json_messages(transcript: Transcript) -> Iterator[str]:
    """The history of the last run that no other run started, or of the one that is wanted.

    Raises:
        ExportError: where there is no run.
    """
    if not transcript.roots:
        raise ExportError('there is no agent run whose messages could be written')
    history = transcript.history(transcript.roots[-1])
    yield '['
    for number, message in enumerate(history):
        text = json.dumps(message, indent=2, ensure_ascii=False)
        # Lone surrogates are no text to a strict reader; what cannot be seen is written so that it can.
        text = editable_json(_SURROGATE.sub('\ufffd', text))
        yield f'{"," if number else ""}\n{text}'
    yield '\n]\n'
