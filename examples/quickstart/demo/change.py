"""When did a change of weights reach the requests? Read from the answers themselves."""

import math

from traffic import Answer

FLOOR = 1e-4
# Twice this is the 95 % quantile of chi-squared with one degree of freedom.
NEARLY = 1.92


def log_likelihood(ones: int, total: int, share: float) -> float:
    share = min(max(share, FLOOR), 1 - FLOOR)
    return ones * math.log(share) + (total - ones) * math.log(1 - share)


def first_routed(
    answers: list[Answer], applied: float, before: float, after: float
) -> tuple[Answer, float]:
    """The first request that the new weights routed, by maximum likelihood, and how sure that is.

    `before` and `after` are the shares of version 2. Each point of the sequence is tried as the
    change; the one under which the answers are likeliest wins. The seconds returned span the points
    that are nearly as likely. Where one share is 0 or 1, an answer that the weights forbid rules a
    point out, which makes this sharp.
    """
    ordered = [a for a in sorted(answers, key=lambda a: a.sent) if a.sent >= applied]
    twos = [a.version == "v2" for a in ordered]
    total, seen, likelihoods = sum(twos), 0, []
    for index, is_two in enumerate(twos):
        before_change = log_likelihood(seen, index, before)
        rest = log_likelihood(total - seen, len(twos) - index, after)
        likelihoods.append(before_change + rest)
        seen += is_two
    best = max(likelihoods)
    near = [i for i, value in enumerate(likelihoods) if value > best - NEARLY]
    first = ordered[likelihoods.index(best)]
    return first, (ordered[near[-1]].sent - ordered[near[0]].sent) / 2
