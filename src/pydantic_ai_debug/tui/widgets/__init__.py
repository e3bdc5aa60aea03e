"""Widgets that know how to show something but not what: no events, no session, no pydantic-ai."""
