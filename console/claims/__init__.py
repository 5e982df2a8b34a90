"""Claims about a recorded release, so that a recording can be a regression test of a plan. Pure."""
