"""The parent without a screen: starts the script, keeps what it reports, and passes on what it is told.

Knows the protocol and the recording: no screen, no pydantic-ai.
"""

from __future__ import annotations

from .plan import LaunchError, LaunchPlan
from .session import Session

__all__ = ['LaunchError', 'LaunchPlan', 'Session']
