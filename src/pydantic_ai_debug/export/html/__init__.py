"""A session as a page: one file that any browser opens, without a network, and that looks like the screen."""
