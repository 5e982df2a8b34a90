"""The object of each kind of router, as the lab's Kubernetes API serves it."""
