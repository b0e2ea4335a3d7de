"""Measures contenders against the sink, paired: A B C, B C A, ... in one run, each run checked."""

import json
import statistics
import sys
import time

from . import GIB, HOME, MIB, contenders, processes, workloads
from .sink import Sink


class Settings:
    """How a row is measured, whichever it is."""

    repeats = 5
    smoke = False
    timeout = 600
    out = HOME / "results.jsonl"


def one(contender, work, sink, settings):
    """One run's figures. Runs with complaints never enter a median."""
    work.clear()
    if not settings.smoke:
        fresh = work.bytes // MIB if work.operation == "download-file" else 0
        processes.touch(2048 + fresh)
        processes.settle()
    seen, sink_cpu, machine = sink.counters(), sink.cpu_seconds(), processes.machine()
    run = contender.run(work, settings.timeout)
    after = processes.machine()
    run["sink_cpu"] = sink.cpu_seconds() - sink_cpu
    run["counters"] = {name: count - seen[name] for name, count in sink.counters().items()}
    run["complaints"] += work.complaints(run["counters"], contender.spec.reference)
    work.clear()
    run["spec"], run["cpu"] = contender.spec.text, run["user"] + run["sys"]
    run["objects"], run["bytes"] = work.objects, work.bytes
    run["busy"] = (after[0] - machine[0]) / max(0.01, after[1] - machine[1])
    known = run["sink_cpu"] + run["cpu"] + run.get("driver_cpu", 0) + run.get("readers", {}).get("cpu", 0)
    disturbed = max(0, after[0] - machine[0] - known) + after[2] - machine[2]
    run["noisy"] = disturbed > 0.05 + 0.08 * run["wall"]
    return run


def paired(name, specs, work, settings, latency=0, tls=False, workers=1, rate=0):
    """Runs of every contender, interleaved, by spec."""
    specs = [contenders.Spec.parse(spec) for spec in specs]
    runs = {spec: [] for spec in specs}
    with Sink(latency=latency, tls=tls, workers=workers, rate=rate) as sink:
        started = {}
        try:
            for turn in range(settings.repeats):
                first = turn % len(specs)
                for spec in specs[first:] + specs[:first]:
                    if spec not in started:
                        started[spec] = contenders.start(spec, sink, tls)
                    for _ in range(1 if settings.smoke else 3):  # what something else disturbed is measured again
                        run = one(started[spec], work, sink, settings)
                        if not run["noisy"]:
                            break
                    runs[spec].append(run)
                    tell(name, run, settings, tls=tls, latency=latency)
        finally:
            for contender in started.values():
                contender.close()
    return {spec: Figures(spec, those) for spec, those in runs.items()}


def tell(name, run, settings, **more):
    """One line for who waits, and one in the file of all runs."""
    wrong = "; ".join(run["complaints"])
    print(f"  {name} {run['spec']:28} wall {run['wall']:8.3f} s  CPU {run['cpu']:7.2f} s  peak {run['rss_mib']:6.0f} MiB  "
          f"sink {100 * run['sink_cpu'] / max(0.001, run['wall']):3.0f} %{'  noisy' if run['noisy'] else ''}"
          f"  {'FAILED: ' + wrong if wrong else 'verified'}", file=sys.stderr, flush=True)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    with open(settings.out, "a") as file:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        file.write(json.dumps({"row": name, "at": at, **more, **run}) + "\n")


class Figures:
    """One contender's runs and their medians."""

    def __init__(self, spec, runs):
        self.spec, self.runs = spec, runs
        self.good = [run for run in runs if not run["complaints"]]

    def median(self, value):
        return statistics.median(value(run) for run in self.good)

    @property
    def wall(self):
        return self.median(lambda run: run["wall"])

    @property
    def rate(self):
        return self.median(lambda run: run["objects"] / run["wall"])

    @property
    def cpu_per_object(self):
        return self.median(lambda run: run["cpu"] / run["objects"])

    @property
    def cpu_per_gib(self):
        return self.median(lambda run: run["cpu"] / run["bytes"] * GIB)

    @property
    def peak(self):
        return max(run["rss_mib"] for run in self.good)

    def spread(self, value, form="{:.2f}"):
        values = [value(run) for run in self.good]
        middle = form.format(statistics.median(values))
        return middle if len(values) == 1 else f"{middle} ({form.format(min(values))}–{form.format(max(values))})"


def table(work, figures):
    """Markdown, fastest first."""
    many, large = work.objects > 1, work.bytes >= GIB / 20
    head = (["contender", "runs", "wall s (min–max)"] + ["objects/s"] * many + ["GiB/s"] * large + ["CPU s"]
            + ["CPU-ms/object"] * many + ["CPU-s/GiB"] * large
            + ["peak RSS MiB", "sink CPU %", "busy %", "requests", "connections", "noisy"])
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for figure in sorted(figures, key=lambda figure: figure.wall if figure.good else 1e9):
        if not figure.good:
            wrong = "; ".join(figure.runs[0]["complaints"])[:200].replace("|", "/").replace("\n", " ")
            lines.append(f"| {figure.spec.text} | 0/{len(figure.runs)} | FAILED: {wrong} |" + " |" * (len(head) - 3))
            continue
        cells = [figure.spec.text, f"{len(figure.good)}/{len(figure.runs)}", figure.spread(lambda run: run["wall"], "{:.3f}")]
        if many:
            cells.append(f"{figure.rate:,.0f}")
        if large:
            cells.append(f"{figure.median(lambda run: run['bytes'] / GIB / run['wall']):.2f}")
        cells.append(figure.spread(lambda run: run["cpu"]))
        if many:
            cells.append(f"{1000 * figure.cpu_per_object:.3f}")
        if large:
            cells.append(f"{figure.cpu_per_gib:.2f}")
        cells += [f"{figure.peak:.0f}", f"{figure.median(lambda run: 100 * run['sink_cpu'] / run['wall']):.0f}",
                  f"{figure.median(lambda run: 100 * run['busy']):.0f}",
                  f"{figure.median(lambda run: run['counters']['requests']):.0f}",
                  f"{figure.median(lambda run: run['counters']['conns']):.0f}",
                  str(sum(run["noisy"] for run in figure.good))]
        lines.append("| " + " | ".join(cells) + " |")
    return f"{workloads.in_words(work)}\n\n" + "\n".join(lines)
