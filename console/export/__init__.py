"""A recording in the formats of other tools."""
