"""State of a release, command, fault: each cell moves the right object or says what to do next."""
