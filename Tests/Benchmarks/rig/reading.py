"""Reads a job while it runs: status calls at a fixed rate, filtered streams, unfiltered streams.

A process of its own, so that what reading costs its reader is not taken for the service's: it is told the job on standard
input, reads until that is closed, and prints its figures as one JSON object.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import time

STATUS_CALLS_PER_SECOND, UNFILTERED = 200, 5


class Readers:
    """The process, as its parent sees it."""

    def __init__(self, address, filtered):
        self.process = subprocess.Popen([sys.executable, __file__, address, str(filtered)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.process.stdout.readline()  # connected

    def watch(self, job):
        self.process.stdin.write(job.encode() + b"\n")
        self.process.stdin.flush()

    def finish(self):
        """Its figures; a reader that was never told a job has none."""
        told, _ = self.process.communicate(timeout=60)
        if self.process.returncode:
            raise RuntimeError("the reader has failed: its fault stands above")
        return {"readers": json.loads(told)} if told else {}


class Connection:
    """One request at a time, without the cost of an HTTP library: replies have a Content-Length and this status."""

    def __init__(self, address, status=200):
        host, _, port = address.partition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.status, self.sent_at, self.received = f"HTTP/1.1 {status}".encode(), 0.0, b""

    def call(self, request):
        self.sent_at, self.received = time.monotonic(), b""
        self.socket.sendall(request)

    def read(self):
        """The latency in seconds once the reply is whole, else None."""
        self.received += self.socket.recv(1 << 16)
        head, _, body = self.received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not length or len(body) < int(length):
            return None
        latency, self.sent_at = time.monotonic() - self.sent_at, 0.0
        if not head.startswith(self.status):
            raise RuntimeError(f"answered with {head[:60]!r}")
        return latency


class Reading:
    """The loop."""

    def __init__(self, address, filtered):
        host, _, port = address.partition(":")
        self.host, self.filtered = address, filtered
        self.streams = [socket.create_connection((host, int(port))) for _ in range(filtered + UNFILTERED)]
        self.status = [Connection(address) for _ in range(16)]
        self.latencies, self.late, self.begun, self.ended, self.bytes = [], 0, 0, 0, 0
        self.buffer = bytearray(1 << 18)
        self.selector = selectors.DefaultSelector()

    def request(self, target):
        return f"GET {target} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode()

    def run(self):
        print("connected", flush=True)
        job = sys.stdin.readline().strip()
        if not job:
            sys.exit(0)
        for index, stream in enumerate(self.streams):
            stream.sendall(self.request(f"/v1/jobs/{job}/events" + ("?types=job.*" if index < self.filtered else "")))
            self.selector.register(stream, selectors.EVENT_READ, None)
        for connection in self.status:
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        self.selector.register(sys.stdin, selectors.EVENT_READ, sys.stdin)
        call, began, calls = self.request(f"/v1/jobs/{job}"), time.monotonic(), 0
        while True:
            due = began + calls / STATUS_CALLS_PER_SECOND - time.monotonic()
            if due <= 0:
                calls += 1
                free = next((one for one in self.status if not one.sent_at), None)
                if free:
                    free.call(call)
                else:
                    self.late += 1
                continue
            for key, _ in self.selector.select(due):
                if key.data is sys.stdin:
                    return time.monotonic() - began
                if key.data:
                    latency = key.data.read()
                    if latency is not None:
                        self.latencies.append(latency)
                else:
                    self.drain(key.fileobj)

    def drain(self, stream):
        count = stream.recv_into(self.buffer)
        if count == 0:
            self.ended += 1
            self.selector.unregister(stream)
        elif self.buffer.startswith(b"HTTP/1.1 "):
            if not self.buffer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"a stream was answered with {bytes(self.buffer[:60])!r}")
            self.begun += 1
            self.buffer[:9] = bytes(9)
        self.bytes += count

    def figures(self, seconds):
        ordered = sorted(self.latencies) or [0.0]
        return {"seconds": seconds, "status_calls": len(self.latencies), "not_made": self.late,
                "median_ms": 1000 * ordered[len(ordered) // 2], "p99_ms": 1000 * ordered[int(len(ordered) * 0.99)],
                "streams_begun": self.begun, "streams_ended": self.ended, "stream_bytes": self.bytes,
                "cpu": time.process_time()}


if __name__ == "__main__":
    reading = Reading(sys.argv[1], int(sys.argv[2]))
    print(json.dumps(reading.figures(reading.run())))
    sys.stdout.flush()
    os._exit(0)
