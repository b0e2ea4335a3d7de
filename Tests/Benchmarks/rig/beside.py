"""W1 with and without readers: what 200 status calls a second, many filtered and 5 unfiltered streams take from it."""

import statistics

from . import measure, workloads
from .reading import UNFILTERED
from .verdicts import Verdict, bound


class Reading:
    def __init__(self, filtered, limits=False):
        """`limits`: the status calls and the memory have goals, too."""
        self.name, self.filtered, self.limits = f"reading-{filtered}", filtered, limits

    def run(self, settings):
        work = workloads.small_files(settings.sizes.get("COUNT", 200_000))
        alone, read = measure.paired(self.name, ["longshore@64", f"longshore@64+readers{self.filtered}"], work, settings).values()
        print(measure.table(work, [alone, read]) + "\n")
        if not alone.good or not read.good:
            return [Verdict("W1 with readers moves everything", "no", "yes", False, is_failure=True)]
        told = read.good[-1]["readers"]
        slowest = max(run["readers"]["p99_ms"] for run in read.good)
        # Of each run and the one beside it: the machine may be another one by the end.
        kept = statistics.median(without["wall"] / beside["wall"] for without, beside in zip(alone.good, read.good))
        begun = told["streams_begun"]
        asked = told["status_calls"] + told["not_made"]
        return [
            bound("rate with readers / rate without, median of the pairs", read, kept, 0.9, at_least=True),
            Verdict("... of the medians", f"{read.rate / alone.rate:.2f}", "", None),
            Verdict("streams begun", str(begun), str(self.filtered + UNFILTERED), begun == self.filtered + UNFILTERED),
            Verdict("status calls answered, not made for want of a connection",
                    f"{told['status_calls']}, {told['not_made']} of {asked}", "", None),
            Verdict("status calls: median and 99th percentile of the slowest run, ms",
                    f"{told['median_ms']:.1f}, {slowest:.1f}", "under 50" if self.limits else "",
                    slowest < 50 if self.limits else None),
            Verdict("peak memory, MiB", f"{read.peak:.0f}", "under 192" if self.limits else "",
                    read.peak < 192 if self.limits else None),
            Verdict("read from the streams, MiB", f"{told['stream_bytes'] / (1 << 20):.1f}", "", None),
            Verdict("CPU of the reader itself, share of a core", f"{told['cpu'] / told['seconds']:.2f}", "", None)]
