"""A small Kubernetes API for the lab: true to the real one in what pithead and kubectl ask of it.

The same expectations run against this server and against a real kube-apiserver
(`tests/traffic/test_conformance.py`, `test_istio_expectations.py`); what is not in them is not promised here.
"""
