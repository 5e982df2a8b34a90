"""A recorded release told again under another plan: the same evidence, other guards."""
