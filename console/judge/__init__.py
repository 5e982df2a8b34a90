"""Evidence becomes verdicts: pure, so that a recording is judged again with the same numbers."""
