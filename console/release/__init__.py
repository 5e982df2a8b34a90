"""What has happened: the events, and the fold that makes a Release of them. Pure."""
