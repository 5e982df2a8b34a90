"""The laboratory: small real stand-ins for a cluster, reached over HTTP like any other."""
