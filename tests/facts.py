"""A measured fact is printed, and held to its limits."""

import math


def check_fact(name, measured, low, high=None):
    """Print a fact, and hold it to `low` ... `high`, or to `low` as an upper limit."""
    low, high = (-math.inf, low) if high is None else (low, high)
    required = f"<= {high:.12g}" if low == -math.inf else f"{low:.12g} ... {high:.12g}"
    print(f"\n{name} | measured {measured:.16g} | required {required}", end="")
    assert low <= measured <= high
