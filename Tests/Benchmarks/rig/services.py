"""The services among the contenders: measured over the span of a job, from its submission to its end."""

import datetime
import http.client
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness.processes import Service

from . import ACCESS_KEY, DATA, HOME, MIB, PEERS, REGION, SECRET_KEY, processes
from .programs import program
from .reading import Readers


class ServiceContender:
    """A service: measured from the submission of a job to its end, CPU and memory those of its process."""

    pid: int

    def submit_and_wait(self, work, timeout):
        """Hands in a job and returns when it has ended well; raises RuntimeError else."""
        raise NotImplementedError

    def prepare(self):
        """What belongs to no measurement."""

    def run(self, work, timeout):
        self.prepare()
        processes.reset_peak(self.pid)
        before, own, began = processes.cpu(self.pid), time.process_time(), time.monotonic()
        complaints, more = [], {}
        try:
            more = self.submit_and_wait(work, timeout) or {}
        except (RuntimeError, OSError) as error:
            complaints = [str(error)[:600]]
        wall, after = time.monotonic() - began, processes.cpu(self.pid)
        return {"wall": wall, "user": after[0] - before[0], "sys": after[1] - before[1],
                "rss_mib": processes.resident(self.pid, "VmHWM"), "driver_cpu": time.process_time() - own,
                "complaints": complaints, **more}


class Longshore(ServiceContender):
    """`longshore serve` on a fresh state directory on disk. Flavours: `tail` samples the permits in use, `readersN` has
    N filtered streams and more read while it moves."""

    def __init__(self, spec, sink, tls, **settings):
        self.spec = spec
        self.folder = Path(tempfile.mkdtemp(prefix="longshore-", dir=HOME))
        DATA.mkdir(parents=True, exist_ok=True)
        self.syncs = self.folder / "syncs"
        environment = {"LD_PRELOAD": program("syncs.so"), "SYNCS_FILE": self.syncs, "SYNCS_STATE": self.folder / "state",
                       "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                       "AWS_CA_BUNDLE": sink.authority if tls else None}
        config = {"plan_seconds": 600, "max_running_jobs": 100_000, **settings}
        self.service = Service(self.folder, roots=[DATA], endpoint=sink.endpoint, concurrency=spec.concurrency,
                               environment=environment, config=config, wrapper=["setpriv", "--pdeathsig", "TERM"])
        self.pid, self.address = self.service.pid, self.service.url.partition("//")[2]
        self.connection = http.client.HTTPConnection(self.address, timeout=600)

    def call(self, method, target, body=None, connection=None, **headers):
        connection = connection or self.connection
        connection.request(method, target, None if body is None else json.dumps(body),
                           {"Content-Type": "application/json",
                            **{name.replace("_", "-"): value for name, value in headers.items()}})
        reply = connection.getresponse()
        told = json.loads(reply.read() or b"{}")
        if reply.status not in (200, 202):
            raise RuntimeError(f"{method} {target}: {reply.status} {told}")
        return told

    def job_spec(self, work):
        part = self.spec.part_mib * MIB
        spec = {"bucket": work.bucket, "concurrency": self.spec.concurrency, "part_size": part, "multipart_threshold": part}
        if self.spec.variant:
            spec["checksum"] = self.spec.variant
        if work.operation == "upload-tree":
            return spec | {"source": str(work.source), "prefix": work.prefix}
        if work.operation == "upload-file":
            return spec | {"source": str(work.source), "key": work.key}
        if work.operation == "copy-prefix":
            return spec | {"kind": "copy", "source_bucket": work.bucket, "source_prefix": work.prefix + "/",
                           "prefix": work.destination}
        return spec | {"kind": "download", "key": work.key, "destination": str(self.arrivals)}

    @property
    def arrivals(self):
        return DATA / "arrivals"

    def synced(self):
        """(calls, seconds) of the journal's syncs and of all others, since the start."""
        numbers = struct.unpack("4Q", self.syncs.read_bytes())
        return numbers[0], numbers[1] / 1e9, numbers[2], numbers[3] / 1e9

    def prepare(self):
        flavour, readers = self.spec.flavour, self.spec.flavour.removeprefix("readers")
        self.watcher = (Tail(self.address, self.spec.concurrency) if flavour == "tail" else
                        Readers(self.address, int(readers)) if flavour != readers else None)
        self.connection.close()  # the service may have closed it while others were measured; the next call opens it

    def submit_and_wait(self, work, timeout):
        before, more, end = self.synced(), {}, time.monotonic() + timeout
        began, watcher = time.monotonic(), self.watcher
        self.watcher = None
        try:
            job = self.call("POST", "/v1/jobs", self.job_spec(work))
            if watcher:
                watcher.watch(job["id"])
            while not job["done"]:
                if time.monotonic() > end:
                    self.call("POST", f"/v1/jobs/{job['id']}/cancel")
                    raise RuntimeError(f"not done in {timeout} s")
                job = self.call("GET", f"/v1/jobs/{job['id']}", Prefer="wait=60")
            more["wall"] = time.monotonic() - began
        finally:
            if watcher:
                more |= watcher.finish()
        if job["state"] != "succeeded":
            raise RuntimeError(f"{job['state']} {job['error']} {job['errors'][:3]}")
        if work.operation == "download-file":
            os.replace(self.arrivals / work.key, work.destination)
        more["own_wall"] = own_seconds(job)
        syncs = [after - start for start, after in zip(before, self.synced())]
        return more | dict(zip(("journal_syncs", "journal_sync_s", "file_syncs", "file_sync_s"), syncs))

    def close(self):
        self.connection.close()
        self.service.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def own_seconds(job):
    """From acceptance to end by the service's own clock: what a client waits beyond that, it waits for the news."""
    times = [datetime.datetime.fromisoformat(job[name]) for name in ("create_time", "end_time")]
    return (times[1] - times[0]).total_seconds()


class Tail:
    """Samples the permits in use every 10 ms, for their share in the last 5 % of a job's time."""

    def __init__(self, address, permits):
        self.address, self.permits, self.samples = address, permits, []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._sample)

    def watch(self, _job):
        self.thread.start()

    def _sample(self):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        while not self.stop.wait(0.01):
            connection.request("GET", "/v1/limits")
            told = json.loads(connection.getresponse().read())
            self.samples.append((time.monotonic(), told["in_flight"]))
        connection.close()

    def finish(self):
        ended = time.monotonic()
        self.stop.set()
        if self.thread.is_alive():
            self.thread.join()
        if not self.samples:
            return {}
        began = self.samples[0][0]
        last = [count for at, count in self.samples if ended - 0.05 * (ended - began) <= at <= ended]
        return {"permits_at_end": sum(last) / len(last) / self.permits if last else 0.0,
                "permits": sum(count for _, count in self.samples) / len(self.samples) / self.permits}


class RcloneDaemon(ServiceContender):
    """`rclone rcd`, the nearest thing to a job service among the peers."""

    def __init__(self, spec, sink, tls):
        self.spec, self.sink = spec, sink
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        command = [PEERS / "rclone" / "bin" / "rclone", "rcd", "--config", "/dev/null", "--rc-no-auth", "--rc-addr",
                   self.address, "--log-level", "ERROR", *(["--ca-cert", sink.authority] if tls else [])]
        with open(HOME / "rclone-rcd.log", "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=processes.end_with_parent)
        self.pid = self.process.pid
        for _ in range(400):
            try:
                self.call("rc/noop")
                break
            except OSError:
                time.sleep(0.05)

    def call(self, path, **body):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request("POST", "/" + path, json.dumps(body), {"Content-Type": "application/json"})
        reply = connection.getresponse()
        told = json.loads(reply.read())
        connection.close()
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status} {told.get('error')}")
        return told

    def submit_and_wait(self, work, timeout):
        count, part = self.spec.concurrency, f"{self.spec.part_mib}M"
        one = work.operation in ("upload-file", "download-file")
        remote = (f":s3,provider=Other,endpoint='{self.sink.endpoint}',access_key_id={ACCESS_KEY},"
                  f"secret_access_key={SECRET_KEY},region={REGION},force_path_style=true,no_check_bucket=true,no_head=true,"
                  f"upload_cutoff={part},chunk_size={part},upload_concurrency={count if one else 4}:")
        settings = {"Transfers": count, "Checkers": count, "NoCheckDest": True, "UseListR": True, "Retries": 1,
                    "LowLevelRetries": 1, "MultiThreadStreams": count, "MultiThreadChunkSize": part,
                    "MultiThreadCutoff": "64M", "IgnoreChecksum": True}
        common = {"_async": True, "_config": settings}
        there = f"{remote}{work.bucket}"
        if work.operation == "upload-tree":
            job = self.call("sync/copy", srcFs=str(work.source), dstFs=f"{there}/{work.prefix}", **common)
        elif work.operation == "copy-prefix":
            job = self.call("sync/copy", srcFs=f"{there}/{work.prefix}", dstFs=f"{there}/{work.destination}", **common)
        elif work.operation == "upload-file":
            job = self.call("operations/copyfile", srcFs=str(work.source.parent), srcRemote=work.source.name, dstFs=there,
                            dstRemote=work.key, **common)
        else:
            job = self.call("operations/copyfile", srcFs=there, srcRemote=work.key, dstFs=str(work.destination.parent),
                            dstRemote=work.destination.name, **common)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            told = self.call("job/status", jobid=job["jobid"])
            if told["finished"]:
                if not told["success"]:
                    raise RuntimeError(told["error"])
                return
            time.sleep(0.02)
        raise RuntimeError(f"not done in {timeout} s")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
