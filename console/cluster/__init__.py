"""The Kubernetes API: reached as kubectl reaches it, spoken as raw JSON; the pods as it counts them."""
