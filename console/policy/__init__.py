"""What to do next, and the one line that says why. Pure: no clock, no I/O, no randomness."""
