"""What the benchmarks share: a store and a service of one measurement, and how figures are told."""

import http.client
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))
from harness.processes import ACCESS_KEY, REGION, SECRET_KEY, DevStore, Service  # noqa: E402


class Bench:
    """A store and a service of one measurement."""

    def __init__(self, folder, data, options):
        self.options = options
        self.store = DevStore(folder / "store", "--discard", *(["--latency-ms", options.latency_ms] if options.latency_ms else []))
        self.service = Service(folder, roots=[data], endpoint=self.store.url, concurrency=options.concurrency)
        self.connection = http.client.HTTPConnection(urlsplit(self.service.url).netloc, timeout=1800)
        nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        subprocess.run(
            ["curl", "-fsS", "-o", "/dev/null", "-X", "PUT", "--aws-sigv4", f"aws:amz:{REGION}:s3", "--user",
             f"{ACCESS_KEY}:{SECRET_KEY}", "-H", f"x-amz-content-sha256: {nothing}", self.store.url + "/bench"], check=True)

    def restart(self):
        """A new process on the same state: its memory is what is measured, not what the preparation left."""
        self.connection.close()
        self.service.stop()
        self.service = self.service.again()
        self.connection = http.client.HTTPConnection(urlsplit(self.service.url).netloc, timeout=1800)

    def close(self):
        self.connection.close()
        self.service.close()
        self.store.close()

    def latency(self, milliseconds):
        """Of the store's answers, from now on."""
        request = urllib.request.Request(
            self.store.url + "/__devstore/faults", data=json.dumps({"latency_ms": milliseconds}).encode(), method="POST")
        with urllib.request.urlopen(request):
            pass

    def call(self, method, target, body=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, target, json.dumps(body) if body else None,
                                {"Content-Type": "application/json", **names})
        reply = self.connection.getresponse()
        told = json.loads(reply.read())
        if reply.status not in (200, 202):
            sys.exit(f"{method} {target}: {reply.status} {told}")
        return told

    def job(self, **spec):
        """Runs one job to its end; its figures."""
        self.service.reset_peak()
        cpu, began = self.service.cpu_seconds(), time.monotonic()
        job = self.call("POST", "/v1/jobs", {"bucket": "bench", "concurrency": self.options.concurrency, **spec})
        while not job["done"]:
            job = self.call("GET", f"/v1/jobs/{job['id']}", Prefer="wait=60")
        wall = time.monotonic() - began
        if job["state"] != "succeeded":
            sys.exit(f"the job is {job['state']}: {job['error']} {job['errors'][:3]}")
        return {"wall": wall, "cpu": self.service.cpu_seconds() - cpu, "peak": self.service.status("VmHWM") / 1024,
                "files": job["progress"]["files"]["total"], "bytes": job["progress"]["bytes"]["total"]}


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def told(name, runs, *more):
    figures = [f"{median(runs, 'wall'):.2f} s", *more, f"peak memory {max(run['peak'] for run in runs):.1f} MiB"]
    print(f"{name:<9}", "   ".join(figures), flush=True)


def fresh(folder, turn):
    path = folder / f"run{turn}"
    path.mkdir()
    return path
