"""Pure drawing: what a thing looks like, as text with named styles. No widgets, no session state, no I/O."""
