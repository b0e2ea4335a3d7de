"""Memory over the number of files: moved and planned, each on a service that was just started."""

import time

from . import contenders, data, measure, processes, workloads
from .sink import Sink
from .verdicts import Verdict


class Flat:
    name = "W6-flat"

    def run(self, settings):
        sizes = settings.sizes
        moved, planned = sizes.get("COUNT", 200_000), sizes.get("PLANNED", 1_000_000)
        lines, peaks = ["| files | | wall s | files/s | CPU-us/file | peak RSS MiB |", "|---|---|---|---|---|---|"], {}
        for kind, count in (("moved", moved // 20), ("moved", moved), ("planned", planned // 100), ("planned", planned)):
            run = self._moved(count, settings) if kind == "moved" else self._planned(count)
            peaks[kind, count] = run["rss_mib"]
            lines.append(f"| {count:,} | {kind} | {run['wall']:.2f} | {count / run['wall']:,.0f} "
                         f"| {1e6 * run['cpu'] / count:.1f} | {run['rss_mib']:.1f} |")
        print("\n".join(lines) + "\n")
        told = [Verdict(f"peak RSS, {kind} {count:,} files, MiB", f"{peak:.1f}", "under 96", peak < 96)
                for (kind, count), peak in peaks.items()]
        for kind, few, many in (("moved", moved // 20, moved), ("planned", planned // 100, planned)):
            ratio = peaks[kind, many] / peaks[kind, few]
            told.append(Verdict(f"peak RSS {kind} {many:,} / {few:,} files", f"{ratio:.2f}", "at most 1.15", ratio <= 1.15))
        return told

    @staticmethod
    def _moved(count, settings):
        work = workloads.small_files(count, 1, max(100, count // 1000))
        with Sink() as sink:
            service = contenders.start(contenders.Spec.parse("longshore@64"), sink, tls=False)
            try:
                run = measure.one(service, work, sink, settings)
            finally:
                service.close()
        if run["complaints"]:
            raise SystemExit(f"W6-flat: {run['complaints']}")
        return run

    @staticmethod
    def _planned(count):
        tree = data.tree(count, 0, max(100, count // 1000))
        with Sink() as sink:
            service = contenders.start(contenders.Spec.parse("longshore@64"), sink, tls=False)
            try:
                before, began = sum(processes.cpu(service.pid)), time.monotonic()
                plan = service.call("POST", "/v1/jobs", {"source": str(tree), "bucket": "b", "validate_only": True})
                run = {"wall": time.monotonic() - began, "cpu": sum(processes.cpu(service.pid)) - before,
                       "rss_mib": processes.resident(service.pid, "VmHWM")}
            finally:
                service.close()
        if plan["files"] != count or not plan["scan_complete"]:
            raise SystemExit(f"W6-flat: {plan['files']} of {count} files were planned")
        return run
