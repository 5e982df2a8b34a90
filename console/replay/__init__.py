"""A journal played back: the state of a release at any instant, by the same fold that made it live."""
