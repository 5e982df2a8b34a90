"""The parts of the main screen, one a file: each turns a scene into rows of inked text."""
