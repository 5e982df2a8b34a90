"""The engine of pithead: it knows no screen, and it can run without one."""
