"""What crosses the wire between the debugged script and the debugger: events, commands, values, and their JSON.

Knows neither side: no sockets, no files, no pydantic-ai, no screen. Standard library only, since the child loads it
into the user's program.
"""
