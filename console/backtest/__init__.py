"""What a plan would have done: healthy releases drawn from stable's past, and releases that Prometheus saw.

Nothing here is part of a release that runs. Chance is always seeded, so that the same question has the same
answer tomorrow.
"""
