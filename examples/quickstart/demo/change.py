"""When did a change of weights reach the requests? Read from the answers themselves."""

import math

from traffic import Answer

FLOOR = 1e-4


def log_likelihood(ones: int, total: int, share: float) -> float:
    share = min(max(share, FLOOR), 1 - FLOOR)
    return ones * math.log(share) + (total - ones) * math.log(1 - share)


def first_routed(answers: list[Answer], applied: float, before: float, after: float) -> Answer:
    """The first request that the new weights routed, by maximum likelihood.

    `before` and `after` are the shares of version 2. Each point of the sequence is tried as the
    change; the one under which the answers are likeliest wins. A share of 0 or 1 makes this exact:
    an answer that the weights forbid rules a point out.
    """
    ordered = sorted(answers, key=lambda a: a.sent)
    start = next(i for i, a in enumerate(ordered) if a.sent >= applied)
    twos = [a.version == "v2" for a in ordered[start:]]
    best, where, seen = -math.inf, 0, 0
    for index, is_two in enumerate([*twos, False]):
        rest = sum(twos) - seen
        likelihood = log_likelihood(seen, index, before)
        likelihood += log_likelihood(rest, len(twos) - index, after)
        if likelihood > best:
            best, where = likelihood, index
        seen += is_two
    return ordered[min(start + where, len(ordered) - 1)]
