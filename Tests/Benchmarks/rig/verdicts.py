"""What a figure is compared with, and whether that is enough. Ratios within one run, since figures differ by machine."""

from dataclasses import dataclass


@dataclass
class Verdict:
    """One line under a row's table."""

    what: str
    reached: str
    wanted: str
    met: bool | None
    """None where no goal is set, or nothing was there to compare with."""
    is_failure: bool = False
    """Something did not work at all, so that the row says nothing."""


def best(figures):
    """The fastest of those that moved everything."""
    return min((one for one in figures if one.good), key=lambda one: one.wall, default=None)


def quotient(what, mine, than, value, other_value, at_least=None, at_most=None, below=None, other=None):
    """`value` over that of the best peer or of the ideal."""
    name = f"{mine.spec.text}: {what} / {other or (than.spec.text if than else 'best peer')}"
    wanted = (f"at least {at_least}" if at_least else f"at most {at_most}" if at_most else f"below {below}" if below else "")
    if other_value is None:
        return Verdict(name, "no peer measured", wanted, None)
    ratio = value / other_value if other_value else float("inf")
    met = None
    if wanted:
        met = ratio >= at_least if at_least else ratio <= at_most if at_most else ratio < below
    return Verdict(name, f"{ratio:.2f}", wanted, met)


def faster(mine, peer, or_equal=False, note=""):
    limits = {"at_most": 1} if or_equal else {"below": 1}
    return quotient("wall" + note, mine, peer, mine.wall, peer and peer.wall, **limits)


def bound(what, mine, value, limit, at_least=False):
    """`value` against a fixed limit."""
    return Verdict(f"{mine.spec.text}: {what}", f"{value:.2f}" if limit < 10 else f"{value:.1f}",
                   f"at least {limit}" if at_least else f"under {limit}", value >= limit if at_least else value < limit)


def table(verdicts):
    lines = ["| what | reached | wanted | met |", "|---|---|---|---|"]
    lines += [f"| {one.what} | {one.reached} | {one.wanted} | {'' if one.met is None else 'yes' if one.met else '**no**'} |"
              for one in verdicts]
    return "\n".join(lines)
