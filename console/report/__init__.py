"""The account of a release for people who were not there: what happened, why, and whom it hurt."""
