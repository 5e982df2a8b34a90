"""Where the release stands: its weight, its pods, its traffic; between the blocks and what they make."""

from __future__ import annotations

import math

from msgspec import Struct

from console.judge.keys.blocks import Block
from console.judge.keys.settings import Settings
from console.judge.keys.split_check import SETTLED_S
from console.plan.exposure import Exposure


class Course(Struct, frozen=True, kw_only=True):
    """What the blocks so far say of the release itself."""

    at_s: float = -math.inf
    """The end of the latest block."""
    weight: int = 0
    weight_since_s: float = -math.inf
    grew_at_s: float = -math.inf
    """When the canary's weight grew last."""
    cold_until_s: float = -math.inf
    """Until then the canary has new pods, and its latency is not judged."""
    canary_pods: int = 0
    requests: float = 0.0
    """Both versions', fading like stable's past."""
    seconds: float = 0.0
    """The time they took, fading alike."""
    cold: bool = False
    """Whether the latest block began while the canary was cold."""
    settled: bool = False
    """Whether the latest block holds requests of its own weight only."""

    @property
    def exposure(self) -> Exposure:
        """What part of the traffic met the canary in the latest block."""
        return Exposure(weight=self.weight)

    @property
    def rps(self) -> float:
        """Requests per second of both versions together."""
        return self.requests / self.seconds if self.seconds > 0 else 0.0


def follow(course: Course, block: Block, *, settings: Settings) -> Course:
    """Take the next block in.

    A canary is cold from its first requests on, and again whenever it has more pods than before. Counts
    come by version, not by pod, so then all its latency waits, not only the new pods'.
    """
    began_s = block.at_s - block.span_s
    traffic = block.judged[0].stable + block.judged[0].canary
    # Without requests nothing warms up: the clock of a canary at 0% starts with its first ones.
    warmed = block.judged[0].canary > 0 and block.canary_pods > course.canary_pods
    cold_until_s = began_s + settings.warmup_s if warmed else course.cold_until_s
    since_s = began_s if block.weight != course.weight else course.weight_since_s
    # The traffic of now decides how long a damage stays hidden: the night's must not shorten the morning's
    # horizon.
    kept = math.exp2(-block.span_s / settings.half_life_s)
    return Course(
        at_s=block.at_s,
        weight=block.weight,
        weight_since_s=since_s,
        # Only growth: a step back takes load away, and is no cause of an outage that follows.
        grew_at_s=began_s if block.weight > course.weight else course.grew_at_s,
        cold_until_s=cold_until_s,
        canary_pods=block.canary_pods if block.judged[0].canary > 0 else course.canary_pods,
        requests=course.requests * kept + traffic,
        seconds=course.seconds * kept + block.span_s,
        cold=began_s < cold_until_s,
        settled=began_s >= since_s + SETTLED_S,
    )
