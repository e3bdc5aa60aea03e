"""A model response that nobody has to ask for: it streams as if a model had sent it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_ai.messages import ModelResponse, ModelResponseStreamEvent
from pydantic_ai.models import ModelRequestParameters, StreamedResponse


@dataclass
class PlayedResponse(StreamedResponse):
    """Streams the parts of a response, each whole."""

    response: ModelResponse

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        self._usage = self.response.usage
        self.finish_reason = self.response.finish_reason
        manager: Any = self._parts_manager
        for index, part in enumerate(self.response.parts):
            yield manager.handle_part(vendor_part_id=index, part=part)

    @property
    def model_name(self) -> str:
        return self.response.model_name or ''

    @property
    def provider_name(self) -> str | None:
        return self.response.provider_name

    @property
    def provider_url(self) -> str | None:
        return getattr(self.response, 'provider_url', None)

    @property
    def timestamp(self) -> datetime:
        return self.response.timestamp


@asynccontextmanager
async def played(response: ModelResponse, parameters: ModelRequestParameters) -> AsyncGenerator[PlayedResponse]:
    """A streamed request that is answered by a response."""
    yield PlayedResponse(parameters, response)
