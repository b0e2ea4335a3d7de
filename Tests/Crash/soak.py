"""Kills the service at random moments of one job and proves from the store's log that nothing recorded is sent again.

For each kill the state directory tells what was recorded, and the store's log what it was sent before and after. What is
sent again must be what the store had not answered (at most the job's concurrency), or had answered within one commit
interval before the kill (20 ms or 500 rows) and which was thus not recorded.
"""

import argparse
import contextlib
import http.client
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "EndToEnd"))

from harness.processes import eventually  # noqa: E402
from harness.stores import listing, open_uploads  # noqa: E402
from harness.trees import big, many  # noqa: E402
from harness.world import World  # noqa: E402
from requestlog import RequestLog  # noqa: E402

MIB = 1 << 20
# Of `WriteQueue`. A commit begins 20 ms after its first record, and a busy machine is late: the time is told, the rows
# are a bound.
GROUP_ROWS = 500
GROUP_SECONDS = 0.020


def size(text):
    for unit, bytes_ in (("GiB", 1 << 30), ("MiB", MIB), ("KiB", 1 << 10)):
        if text.endswith(unit):
            return int(float(text[: -len(unit)]) * bytes_)
    return int(text)


@dataclass
class Kill:
    """One kill: what it cut off, and what of it was sent again."""

    number: int
    moment: float
    recorded: set
    unanswered: list
    unrecorded: list
    again: dict = field(default_factory=dict)  # part -> bytes that had come before the kill

    @property
    def cut(self):
        """Part -> bytes that had come."""
        return {request.part: request.bytes for request in self.unanswered + self.unrecorded}

    @property
    def bytes_again(self):
        return sum(self.again.values())

    def bound(self, in_flight):
        """Bytes of as many requests as may be in flight, and of one commit interval."""
        return in_flight + sum(request.bytes for request in self.unrecorded)

    @property
    def age(self):
        """Of the oldest answer that was not recorded, in seconds."""
        return max([self.moment - request.ended for request in self.unrecorded], default=0.0)

    def told(self):
        return (f"kill {self.number}: {len(self.unanswered)} unanswered, {len(self.unrecorded)} not recorded "
                f"(oldest {self.age * 1000:.0f} ms)")


def is_recorded(request, recorded):
    key, part = request.part
    path = key.partition("/")[2]
    return path in recorded or (path, part) in recorded


class Soak:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.folder = Path(tempfile.mkdtemp(prefix="crash-soak-", dir=arguments.directory))
        self.world = World(self.folder)
        self.kills = []
        self.jobs = 0
        self.attempted = set()  # parts and files of which the store has had bytes
        self.life = arguments.life

    # The stage

    def run(self):
        try:
            self._begin()
            while len(self.kills) < self.arguments.kills:
                self._one_job()
            self._tell()
        finally:
            self.world.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _begin(self):
        arguments = self.arguments
        print(f"seed {arguments.seed}: {arguments.kills} kills, {arguments.files} files of {arguments.size} bytes and "
              f"{arguments.large} of {arguments.large_size}, {arguments.concurrency} requests in flight, parts of "
              f"{arguments.part_size}", flush=True)
        self.expected = dict(many(self.world.root, arguments.files, size=arguments.size))
        for index in range(arguments.large):
            big(self.world.root / f"large{index}", arguments.large_size, seed=index)
            self.expected[f"large{index}"] = arguments.large_size
        log = self.folder / "requests.log"
        self.world.start_store("--anonymous-read", "--log", log)
        self.log = RequestLog(log)
        self.world.start()

    def _one_job(self):
        """Kills until the job has ended or all kills are done, then lets it end, and compares."""
        self.jobs += 1
        prefix = f"job{self.jobs}"
        job = self.world.client.submit(self.world.spec(
            prefix=prefix, concurrency=self.arguments.concurrency, part_size=self.arguments.part_size))
        began = len(self.kills)
        while len(self.kills) < self.arguments.kills:
            time.sleep(self.random.uniform(0, 2 * self.life))
            now = self.world.client.job(job["id"])
            if now["done"]:
                break
            self._kill()
            self._adapt(now, began)
        ended = self.world.client.wait(job["id"], timeout=1800)
        self._take(self.log.read())
        self._assert_end(ended, prefix)

    def _kill(self):
        number = len(self.kills) + 1
        service = self.world.service
        service.process.kill()
        moment = time.time()
        service.kill()
        # What the dead process had sent is done with before the next one begins.
        eventually(lambda: self.world.store.stats()["in_flight"] == 0)
        recorded = self._recorded()
        requests = self.log.read()
        self._take(requests)
        lost = [request for request in requests if not is_recorded(request, recorded)]
        kill = Kill(number, moment, recorded, unanswered=[request for request in lost if request.ended >= moment],
                    unrecorded=[request for request in lost if request.ended < moment])
        self.kills.append(kill)
        assert len(kill.unanswered) <= self.arguments.concurrency, kill.told()
        assert len(kill.unrecorded) <= GROUP_ROWS, kill.told()
        assert kill.age < self.arguments.late, kill.told()
        if self.arguments.verbose:
            print(kill.told(), flush=True)
        self.world.restart()

    def _take(self, requests):
        """Counts what was sent again, by the kill that is to blame: the last that had cut it off."""
        for request in requests:
            if request.part in self.attempted:
                assert self.kills, f"{request} was sent twice without a kill"
                assert not is_recorded(request, self.kills[-1].recorded), f"{request} was recorded before its kill"
                blamed = next((kill for kill in reversed(self.kills) if request.part in kill.cut), None)
                assert blamed, f"{request} was sent again, and no kill had cut it off"
                blamed.again[request.part] = blamed.cut[request.part]
            self.attempted.add(request.part)

    # What is recorded

    def _recorded(self):
        """Files and parts that the state has as done, read from a copy: what SQLite opens it tidies up."""
        with tempfile.TemporaryDirectory() as folder:
            for path in (self.folder / "state").glob("longshore.sqlite*"):
                shutil.copy(path, folder)
            with contextlib.closing(sqlite3.connect(f"{folder}/longshore.sqlite")) as database:
                (number,), = database.execute("SELECT max(number) FROM job")
                files = {path.decode() for path, in database.execute(
                    "SELECT path FROM file WHERE job = ? AND state = 1", (number,))}
                parts = {(path.decode(), str(part)) for path, part in database.execute(
                    "SELECT file.path, part.number FROM part JOIN file"
                    " ON file.job = part.job AND file.number = part.file WHERE part.job = ?", (number,))}
        return files | parts

    def _adapt(self, now, began):
        """Lives become longer or shorter so that the kills are spread over the whole job."""
        share = now["progress"]["fraction"] or 0
        ahead = share - (len(self.kills) - began) / max(1, self.arguments.kills - began)
        self.life = min(5.0, max(0.02, self.life * (0.8 if ahead > 0 else 1.1)))

    # The end

    def _assert_end(self, ended, prefix):
        assert ended["state"] == "succeeded", ended
        progress = ended["progress"]
        assert progress["files"]["succeeded"] == progress["files"]["total"] == len(self.expected), progress
        assert progress["bytes"]["succeeded"] == progress["bytes"]["total"] == sum(self.expected.values()), progress
        eventually(lambda: not open_uploads(self.world.store.s3, "bucket"), timeout=self.arguments.orphan_wait,
                   told=lambda: f"left behind: {open_uploads(self.world.store.s3, 'bucket')}")
        found = listing(self.world.store.s3, "bucket", prefix)
        assert found == {f"{prefix}/{name}": count for name, count in self.expected.items()}, "other keys or sizes"
        self._compare(prefix)

    def _compare(self, prefix):
        address = self.world.store.url.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=60)
        for name in self.expected:
            connection.request("GET", f"/bucket/{prefix}/{name}")
            reply = connection.getresponse()
            with open(self.world.root / name, "rb") as file:
                while True:
                    want = file.read(MIB)
                    assert reply.read(len(want) or None) == want, f"the bytes of {name} differ"
                    if not want:
                        break
        connection.close()

    def _tell(self):
        again = [kill.bytes_again for kill in self.kills]
        in_flight = self.arguments.concurrency * max(self.arguments.part_size, self.arguments.size)
        for kill in self.kills:
            assert kill.bytes_again <= kill.bound(in_flight), f"{kill.told()}, sent again {kill.bytes_again}"
        oldest = max(kill.age for kill in self.kills)
        print(f"kills {len(self.kills)}, jobs {self.jobs}, requests {self.log.lines}, bytes sent again {sum(again)} "
              f"(mean {sum(again) // len(again)}, at most "
              f"{max(again)} for a kill, bound {in_flight} and a commit interval), orphans 0")
        print(f"each kill sent again no more than what it cut off: at most {max(len(k.unanswered) for k in self.kills)} "
              f"requests unanswered (concurrency {self.arguments.concurrency}) and "
              f"{max(len(k.unrecorded) for k in self.kills)} answers not recorded (bound {GROUP_ROWS} rows), the oldest "
              f"{oldest * 1000:.0f} ms before its kill (interval {GROUP_SECONDS * 1000:.0f} ms and a commit)")
        print("all objects identical, no multipart upload left")


def main():
    parser = argparse.ArgumentParser(prog="Tests/crash-soak", description=__doc__.split("\n")[0])
    parser.add_argument("kills", type=int, nargs="?", default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--size", type=size, default=4096, help="of a small file")
    parser.add_argument("--large", type=int, default=3)
    parser.add_argument("--large-size", type=size, default=1 << 30)
    parser.add_argument("--part-size", type=size, default=5 * MIB)
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--life", type=float, default=0.3, help="mean seconds between a start and a kill, at first")
    parser.add_argument("--late", type=float, default=2.0, help="seconds: an answer this old must be recorded")
    parser.add_argument("--orphan-wait", type=float, default=150, help="seconds for leftovers to be aborted")
    parser.add_argument("--directory", help="for everything that it makes; default: the system's temporary one")
    parser.add_argument("--verbose", action="store_true", help="a line for each kill")
    Soak(parser.parse_args()).run()


if __name__ == "__main__":
    main()
