"""Jobs of one small file: how long one takes from POST to `succeeded`, and how many a second go on for seconds."""

import http.client
import json
import selectors
import statistics
import threading
import time

from . import contenders, measure, workloads
from .reading import Connection
from .services import own_seconds
from .sink import Sink
from .verdicts import Verdict, best

SIZE = 4096
PEERS = ["s5cmd@1", "rclone:tuned@1", "rclone-rcd@1", "obstore@1", "crt@1"]


class SmallJobs:
    name = "small-jobs"

    def run(self, settings):
        work = workloads.one_file(SIZE)
        sizes = settings.sizes
        verdicts = []
        with Sink() as sink:
            service = contenders.start(contenders.Spec.parse("longshore@64"), sink, tls=False)
            try:
                body = service.job_spec(work)
                for _ in range(20):
                    self._one(service, body)
                if not settings.smoke:
                    measure.processes.settle()
                median = self._one_after_another(service, body, sizes.get("JOBS", 500), verdicts)
                verdicts += Sustained(service, body, sink, sizes.get("RATE", 1000), sizes.get("SECONDS", 10)).run()
            finally:
                service.close()
        if settings.peers:
            figures = measure.paired(self.name, PEERS, work, settings).values()
            print(measure.table(work, figures) + "\n")
            peer = best(figures)
            if peer:
                verdicts.insert(1, Verdict(f"... median / {peer.spec.text}", f"{median / peer.wall:.2f}", "", None))
        return verdicts

    @staticmethod
    def _one(service, body):
        began = time.monotonic()
        job = service.call("POST", "/v1/jobs", body)
        while not job["done"]:
            job = service.call("GET", f"/v1/jobs/{job['id']}", Prefer="wait=60")
        if job["state"] != "succeeded":
            raise SystemExit(f"small-jobs: {job['state']} {job['error']} {job['errors']}")
        return time.monotonic() - began, own_seconds(job)

    def _one_after_another(self, service, body, count, verdicts):
        """The median in seconds."""
        before, calls = measure.processes.cpu(service.pid), service.synced()
        both = [self._one(service, body) for _ in range(count)]
        times, own = sorted(seconds for seconds, _ in both), statistics.median(seconds for _, seconds in both)
        cpu = sum(measure.processes.cpu(service.pid)) - sum(before)
        syncs = [after - start for start, after in zip(calls, service.synced())]
        median = statistics.median(times)
        verdicts += [
            Verdict(f"{count} jobs one after another: median, ms", f"{1000 * median:.1f}", "under 15", median < 0.015),
            Verdict("... median of end_time - create_time, ms", f"{1000 * own:.1f}", "", None),
            Verdict("... 99th percentile, ms", f"{1000 * times[int(count * 0.99)]:.1f}", "", None),
            Verdict("... CPU a job, ms", f"{1000 * cpu / count:.2f}", "", None),
            Verdict("... syncs of the journal a job, and ms in them",
                    f"{syncs[0] / count:.1f}, {1000 * syncs[1] / count:.2f}", "", None)]
        return median


class Sustained:
    """Submits at a fixed rate, however long the replies take; a stream of all jobs' ends tells when each was done."""

    def __init__(self, service, body, sink, rate, seconds):
        self.service, self.body, self.sink, self.rate, self.count = service, body, sink, rate, rate * seconds
        self.connections = [Connection(service.address, status=202) for _ in range(64)]
        self.ended, self.failed, self.done = 0, 0, threading.Event()
        self.last_end, self.replies = 0.0, []

    def run(self):
        stored, cpu = self.sink.counters()["puts"], sum(measure.processes.cpu(self.service.pid))
        stream = http.client.HTTPConnection(self.service.address, timeout=60)
        stream.request("GET", "/v1/events?types=job.succeeded,job.failed,job.partially_succeeded",
                       headers={"Accept": "application/x-ndjson"})
        reply = stream.getresponse()
        reader = threading.Thread(target=self._read, args=(reply,), daemon=True)
        reader.start()
        began = time.monotonic()
        submitted = self._submit(began)
        self.done.wait(30)
        seconds = max(0.001, (self.last_end or time.monotonic()) - began)
        stored = self.sink.counters()["puts"] - stored
        cpu = sum(measure.processes.cpu(self.service.pid)) - cpu
        rate, ordered = self.ended / seconds, sorted(self.replies)
        # The last job may take as long as one job takes.
        wanted = self.count / (self.count / self.rate + 0.25)
        return [
            Verdict(f"{self.count} jobs offered at {self.rate} a second: ended a second", f"{rate:.0f}",
                    f"at least {wanted:.0f}", rate >= wanted and self.ended == stored == self.count and not self.failed),
            Verdict("... submitted within, s; ended within, s", f"{submitted:.2f}; {seconds:.2f}", "", None),
            Verdict("... ended, failed, objects at the store", f"{self.ended}, {self.failed}, {stored}", "", None),
            Verdict("... reply to POST: median and 99th percentile, ms",
                    f"{1000 * ordered[len(ordered) // 2]:.1f}, {1000 * ordered[int(len(ordered) * 0.99)]:.1f}", "", None),
            Verdict("... CPU a job, ms", f"{1000 * cpu / self.count:.2f}", "", None)]

    def _read(self, reply):
        while self.ended + self.failed < self.count:
            line = reply.readline()
            if not line:
                break
            if b'"event":"job.' in line:
                if b'"event":"job.succeeded"' in line:
                    self.ended += 1
                else:
                    self.failed += 1
                self.last_end = time.monotonic()
        self.done.set()

    def _submit(self, began):
        selector, free = selectors.DefaultSelector(), list(self.connections)
        for connection in self.connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        sent = 0
        while sent < self.count or len(free) < len(self.connections):
            due = began + sent / self.rate - time.monotonic()
            if sent < self.count and due <= 0 and free:
                free.pop().call(self._request(sent))
                sent += 1
                continue
            for key, _ in selector.select(max(0, due) if sent < self.count and free else 1):
                latency = key.data.read()
                if latency is not None:
                    self.replies.append(latency)
                    free.append(key.data)
        for connection in self.connections:
            connection.socket.close()
        return time.monotonic() - began

    def _request(self, index):
        body = json.dumps({**self.body, "key": f"small/{index}"}).encode()
        return (f"POST /v1/jobs HTTP/1.1\r\nHost: {self.service.address}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body
