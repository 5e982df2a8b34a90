"""The parts of the main screen, one a file: each turns a state into rows of inked text."""
