"""The session as the parent knows it: state, the fold that makes it from events, and what panes ask of it.

Pure: no I/O, no clock, no Textual. State is an index over the event stream: it holds what rows and headers show, and
the places (`seq`) of the events that hold the rest, so its size does not grow with the messages.
"""
