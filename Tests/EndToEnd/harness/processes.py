"""The programs under test and around them, on free loopback ports, stopped whatever happens."""

import collections
import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from . import REPOSITORY

BINARY = Path(os.environ.get("LONGSHORE_BIN", REPOSITORY / ".build" / "release" / "longshore"))
ACCESS_KEY = "AKIDLONGSHORETEST"
SECRET_KEY = "secret/of+the=tests"
REGION = "us-east-1"


def clean_environment(**extra):
    """No AWS or LONGSHORE variable of the machine reaches a program under test, and no file of its home."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "LONGSHORE_")) and "proxy" not in name.lower()}
    kept["AWS_EC2_METADATA_DISABLED"] = "true"
    kept.update({name: str(value) for name, value in extra.items() if value is not None})
    return kept


class Daemon:
    """A child process that tells where it listens in its first line, one JSON object."""

    def __init__(self, arguments, log, environment=None, directory=None):
        self.arguments = [str(argument) for argument in arguments]
        self.log_path = Path(log)
        with open(self.log_path, "ab") as log_file:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log_file,
                env=environment or clean_environment(), cwd=directory)
        self._lines = queue.Queue()
        threading.Thread(target=self._drain, daemon=True).start()
        try:
            self.first = json.loads(self._first_line())
        except BaseException:
            self.kill()
            raise
        self.url = self.first["url"]
        self.pid = self.first["pid"]

    def _drain(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _first_line(self):
        line = self._lines.get(timeout=60)
        assert line is not None, f"{self.arguments} ended with {self.process.wait()}: {self.log[-3000:]}"
        return line

    @property
    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    @property
    def alive(self):
        return self.process.poll() is None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self, timeout=60):
        """SIGTERM; the exit code."""
        if self.alive:
            self.terminate()
        return self.process.wait(timeout)

    def kill(self):
        """SIGKILL, at once."""
        self.process.kill()
        self.process.wait(30)

    def close(self):
        """For clean-up: as gentle as it can, as hard as it must."""
        if self.alive:
            self.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()

    # What /proc says

    def status(self, name):
        """A figure of /proc/PID/status in KiB, such as VmRSS or VmHWM (the peak)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise KeyError(name)

    def reset_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def open_files(self):
        """What the descriptors are, for a failed assertion: kind or path -> how many."""
        kinds = collections.Counter()
        for name in os.listdir(f"/proc/{self.process.pid}/fd"):
            with contextlib.suppress(OSError):
                kinds[os.readlink(f"/proc/{self.process.pid}/fd/{name}").split(":[")[0]] += 1
        return dict(kinds)


class Service(Daemon):
    """`longshore serve`."""

    def __init__(self, directory, *, roots=(), endpoint=None, token=None, concurrency=None, config=None,
                 environment=None, arguments=(), wrapper=()):
        """`config`: a mapping that becomes the settings file (JSON is YAML). `wrapper`: a program that execs the rest."""
        self.directory = Path(directory)
        self.state = self.directory / "state"
        command = [*wrapper, BINARY, "serve", "--listen", "127.0.0.1:0", "--state-dir", self.state]
        for root in roots:
            command += ["--root", root]
        if concurrency is not None:
            command += ["--concurrency", concurrency]
        if config is not None:
            path = self.directory / "longshore.yaml"
            path.write_text(json.dumps(config))
            command += ["--config", path]
        variables = {
            "AWS_ENDPOINT_URL_S3": endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "LONGSHORE_TOKEN": token, "HOME": self.directory,
        }
        variables.update(environment or {})
        super().__init__(command + list(arguments), self.directory / "longshore.log", clean_environment(**variables),
                         self.directory)
        assert self.first["event"] == "listening" and self.pid == self.process.pid, self.first
        self._again = dict(roots=roots, endpoint=endpoint, token=token, concurrency=concurrency, config=config,
                           environment=environment, arguments=arguments, wrapper=wrapper)

    def again(self, **changed):
        """A new process on the same state directory."""
        assert not self.alive
        return Service(self.directory, **{**self._again, **changed})


class DevStore(Daemon):
    """`longshore dev-store`, with its own counters and faults."""

    def __init__(self, directory, *arguments):
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.access_key, self.secret_key, self.region = ACCESS_KEY, SECRET_KEY, REGION
        super().__init__(
            [BINARY, "dev-store", "--listen", "127.0.0.1:0", "--directory", directory / "objects",
             "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY, *arguments], directory / "dev-store.log")

    def stats(self, reset=False):
        """Requests by operation, bytes, and what was in flight now, at most and on average, since the last reset."""
        with urllib.request.urlopen(self.url + "/__devstore/stats" + ("?reset" if reset else ""), timeout=30) as reply:
            told = json.load(reply)
        if isinstance(told.get("in_flight"), dict):
            flight = told["in_flight"]
            told |= {"in_flight": flight["now"], "max_in_flight": flight["highest"],
                     "average_in_flight": flight["average"]}
        return told

    def puts(self):
        """Objects that were sent whole, so far."""
        return self.stats()["requests"].get("PutObject", 0)

    def faults(self, *rules):
        """Replaces the fault script; no rules end all faults."""
        request = urllib.request.Request(
            self.url + "/__devstore/faults", data=json.dumps({"rules": rules}).encode(), method="PUT",
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30):
            pass

    def held(self):
        """How many requests are held by the fault script now."""
        with urllib.request.urlopen(self.url + "/__devstore/faults", timeout=30) as reply:
            return json.load(reply)["held"]

    def release(self):
        """Lets go of every request that is held; the script stays."""
        with urllib.request.urlopen(self.url + "/__devstore/release", data=b"", timeout=30):
            pass


class Rclone:
    """`rclone serve s3` of a folder: it verifies signatures. Buckets are its sub-folders."""

    def __init__(self, directory):
        directory = Path(directory)
        self.folder = directory / "rclone"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.access_key, self.secret_key, self.region = ACCESS_KEY, SECRET_KEY, REGION
        program = Path(os.sys.executable).parent / "rclone"
        self.process = subprocess.Popen(
            [program, "serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}",
             "--vfs-cache-mode", "off", "--config", directory / "rclone.conf", self.folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=clean_environment(HOME=directory))
        self.lines = []
        self.url = self._address()
        threading.Thread(target=self._drain, daemon=True).start()

    def _address(self):
        for line in self.process.stderr:
            self.lines.append(line)
            if "http://" in line:
                return "http://" + line.split("http://")[1].split("/")[0].strip("]\n ")
        raise AssertionError(f"rclone ended: {self.lines}")

    def _drain(self):
        self.lines.extend(self.process.stderr)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Moto:
    """moto's server in this process: it verifies no signature and keeps everything in memory."""

    def __init__(self):
        from moto.server import ThreadedMotoServer
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.access_key, self.secret_key, self.region = ACCESS_KEY, SECRET_KEY, REGION
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"

    def close(self):
        self._server.stop()


class Machine:
    """How much of all processors others take while something is measured: what a figure of time is worth."""

    def __init__(self, *daemons):
        self._daemons = daemons
        self._began = self._read()

    def _read(self):
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        idle = fields[3] + fields[4]
        own = sum(daemon.cpu_seconds() for daemon in self._daemons) + sum(os.times()[:2])
        return sum(fields), idle, own * os.sysconf("SC_CLK_TCK")

    def others(self):
        """From 0 to 1, since this was made."""
        whole, idle, own = (now - then for now, then in zip(self._read(), self._began))
        return max(0.0, (whole - idle - own) / whole) if whole else 0.0


def eventually(holds, timeout=30, told=None):
    """Waits until `holds()` is true by asking again and again; for what no stream or long poll can tell."""
    deadline = time.monotonic() + timeout
    while True:
        value = holds()
        if value:
            return value
        assert time.monotonic() < deadline, told() if callable(told) else told or f"not within {timeout} s"
        time.sleep(0.02)


@contextlib.contextmanager
def closing(*things):
    try:
        yield things
    finally:
        for thing in things:
            thing.close()
