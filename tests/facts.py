"""A measured fact is kept for the summary (pytest -s or --facts prints it), and held to its limits."""

import math

measured_facts = []


def tell(line):
    """Keep a line for the summary of the test that runs."""
    measured_facts.append(("fact", line))


def check_fact(name, measured, low, high=None):
    """Tell a fact, and hold it to `low` ... `high`, or to `low` as an upper limit."""
    low, high = (-math.inf, low) if high is None else (low, high)
    required = f"<= {high:.12g}" if low == -math.inf else f"{low:.12g} ... {high:.12g}"
    tell(f"{name} | measured {measured:.16g} | required {required}")
    assert low <= measured <= high
