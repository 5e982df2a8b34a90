"""Where evidence comes from: Prometheus, with query presets for each mesh."""
