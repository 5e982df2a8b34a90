"""What is done with a router: one module a kind, each with its `KIND`.

Only `console.traffic.registry` imports them, by the names in `console.plan.routers`; none imports another.
"""
