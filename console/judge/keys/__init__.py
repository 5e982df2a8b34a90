"""The two-keys judge: whether the canary is worse, and worse by more than is tolerated.

If the versions are alike, the bad requests fall to the canary with the canary's share of all requests,
whatever the requests went through together. Two bets are laid against that, block after block, and never
called off: key 1 on "worse at all", key 2 on "worse by more than the tolerance". A healthy release makes a
bettor rich with a chance of at most one in his winnings, however often one looks (Ville's inequality), so a
release is rolled back where key 1 has won 100:1 and key 2 10:1, in two consecutive blocks.

`judge` composes the parts and is what callers need:

    channels = choose_channels(bounds_ms=history.bounds_ms, history=total_counts(history))
    profile = profile_of(history, channels=channels, half_life_s=settings.half_life_s)
    state = begin(settings=settings, channels=channels, profile=profile, planned_blocks=160, stages=4)
    state = observe(state, block)                       # or `take(state, tick)` where ticks come in
    said = verdict(state, at_s=now)                     # keys, limits, culprit, and what to do

Beside it: `gate` says whether a stage has shown enough, `rehearsal` whether the service can be judged at
all, `usage` watches CPU and memory, and `words` writes an operator's line.

Every state is a frozen record and every step a function of the state before it: a replay gives the same
numbers bit for bit. The standard library is enough.
"""
