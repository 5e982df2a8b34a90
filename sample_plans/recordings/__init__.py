"""Recordings of real releases in the laboratory, one a scenario: to look at on the first day, offline."""
