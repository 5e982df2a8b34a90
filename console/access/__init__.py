"""How a server is reached and who we are there: what a cluster and a Prometheus have in common."""
