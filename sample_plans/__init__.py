"""Plans that people copy."""
