"""Real data planes: what a router of theirs writes is proven by the requests that they serve."""
