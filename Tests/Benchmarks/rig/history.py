"""Four old situations, replayed with injected latency and bandwidth, beside the figures that were published for them."""

import shutil
from dataclasses import dataclass
from math import ceil

from . import DATA, contenders, measure, workloads
from .sink import Sink
from .verdicts import Verdict


@dataclass
class Situation:
    what: str
    published: str
    work: callable
    spec: str
    latency: int = 0
    rate: int = 0
    """Bytes a second that one connection carries, 0 for any."""
    trips: int = 1
    """Answers that have to be waited for one after another, besides the moves."""

    def ideal(self, work, spec):
        """Round trips that follow each other, or what the bandwidth of the connections forces."""
        if self.rate:
            part = spec.part_mib << 20
            at_once = min(spec.concurrency, ceil(work.bytes / part))
            return max(part, work.bytes / at_once) / self.rate
        return (self.trips - 1 + ceil(work.objects / spec.concurrency)) * self.latency / 1000


def situations(sizes):
    part = sizes.get("HISTORY_PERCENT", 100) / 100
    return [
        Situation("10 tiny objects, 130 ms each", "1.3 s one by one, 0.3 s with a pool of threads",
                  lambda: workloads.small_files(10, 4096, 1), "longshore@64", latency=130),
        Situation(f"{int(2000 * part):,} copies, 77 ms each", "155 s one by one, 24 s in threads, 52 s with asyncio; 900 MB",
                  lambda: workloads.copies(int(2000 * part)), "longshore@256", latency=77, trips=2),
        Situation("20 MB in 700 files, 500 ms each", "390 s one by one, 39 s, 2.6 s",
                  lambda: workloads.small_files(700, 28_571, 7), "longshore@1024", latency=500),
        Situation(f"one object of {130 * part:.0f} MB, 1 MB/s a connection", "130 s by one stream, 43 s by ranges",
                  lambda: workloads.download(int(130_000_000 * part)), "longshore@32/5", rate=1_000_000),
    ]


class History:
    name = "history"

    def run(self, settings):
        lines = ["| situation | published | ideal s | longshore s | at once | connections | peak RSS MiB |",
                 "|---|---|---|---|---|---|---|"]
        verdicts = []
        for situation in situations(settings.sizes):
            work, spec = situation.work(), contenders.Spec.parse(situation.spec)
            with Sink(latency=situation.latency, rate=situation.rate) as sink:
                service = contenders.start(spec, sink, tls=False)
                runs = []
                try:
                    for _ in range(settings.repeats):
                        runs.append(measure.one(service, work, sink, settings))
                        measure.tell(self.name, runs[-1], settings, situation=situation.what, latency=situation.latency)
                finally:
                    service.close()
            shutil.rmtree(DATA / "arrivals", ignore_errors=True)
            figures = measure.Figures(spec, runs)
            ideal = situation.ideal(work, spec)
            if not figures.good:
                verdicts.append(Verdict(situation.what, f"FAILED: {runs[0]['complaints']}"[:300], "", False, is_failure=True))
                continue
            wall = figures.spread(lambda run: run["wall"])
            lines.append(f"| {situation.what} | {situation.published} | {ideal:.2f} | {wall} | {spec.concurrency} "
                         f"| {figures.median(lambda run: run['counters']['conns']):.0f} | {figures.peak:.0f} |")
            # A tenth of the ideal and 0.1 s: connecting, the walk or the listing, the journal.
            verdicts.append(Verdict(f"{situation.what}: wall, s", f"{figures.wall:.2f}", f"at most {1.1 * ideal + 0.1:.2f}",
                                    figures.wall <= 1.1 * ideal + 0.1))
        print("\n".join(lines) + "\n")
        return verdicts
