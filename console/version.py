"""The version of pithead: one place, read by the package's metadata too."""

VERSION = "0.1.0"
