"""The worker: the process that drives one release, and everything that it alone holds."""
