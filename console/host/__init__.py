"""This host's releases: where each lies, whether its worker lives, and how one is started and reached."""
