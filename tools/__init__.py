"""What the Makefile calls; no part of what is installed."""
