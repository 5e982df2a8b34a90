"""The judge's benchmark: simulated releases, the rules in use today, ours, and the bars it is held to."""
