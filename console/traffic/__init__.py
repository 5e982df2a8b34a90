"""Where weights are written: one small module a router, all behind one protocol."""
