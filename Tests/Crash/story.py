"""One job that dies and goes on: what it moves, what a reader saw before, and what must hold in the end."""

import contextlib
import shutil
import sqlite3
import tempfile

from harness.client import NotAStream
from harness.processes import eventually
from harness.stores import assert_same_tree, open_uploads
from harness.trees import big, make

PART = 5 << 20
PARTS = 4
LARGE = PART * PARTS - 5
SMALL = 6


class Story:
    """A job of one file of four parts, or of six small ones, one request at a time: what has been done at each request
    is known."""

    def __init__(self, world, *, small=False, key="story"):
        self.world = world
        self.small = small
        self.key = key
        if small:
            self.tree = make(world.root, [f"f{index}" for index in range(SMALL)])
        else:
            self.tree = {"large": big(world.root / "large", LARGE)}
        self.size = 100 * SMALL if small else LARGE
        self.parts = 0 if small else PARTS
        self.reader = None
        self.job = None

    @property
    def store(self):
        return self.world.store

    @property
    def spec(self):
        return self.world.spec(concurrency=1, part_size=PART)

    def submit(self):
        """The job is the same however often this is asked."""
        self.job = self.world.client.submit(self.spec, key=self.key)
        return self.job

    def begin(self, *rules):
        """Submits it under these faults, with a reader of its stream beside."""
        self.store.faults(*rules)
        self.submit()
        self.watch()

    def watch(self):
        self.reader = self.world.client.follow(f"/v1/jobs/{self.job['id']}/events?types=job.*,file.*,part.succeeded,part.failed")

    def wait_held(self, count=1):
        eventually(lambda: self.store.held() == count, told=lambda: f"{self.store.held()} held: {self.store.stats()}")

    def held(self):
        """Returns once the request is held at the store, and all that was answered before it is recorded."""
        self.wait_held()
        answered = self.store.stats()["requests"]
        self.world.client.wait_until(
            self.job["id"],
            lambda job: job["progress"]["scan_complete"]
            and job["progress"]["parts"]["succeeded"] == answered.get("UploadPart", 0)
            and job["progress"]["files"]["succeeded"]
            == answered.get("PutObject", 0) + answered.get("CompleteMultipartUpload", 0))

    def restart(self, *rules, **changed):
        """The next life. The store forgets its counts, so that what it counts is what this life sends."""
        self.store.faults(*rules)
        eventually(lambda: self.store.stats()["in_flight"] == 0)
        self.store.stats(reset=True)
        return self.world.restart(**{"environment": {}, **changed})

    @property
    def sent(self):
        return self.store.stats()["requests"]

    # The end

    def assert_well(self, state="succeeded", *, attempt=1, same_rows=True, lost=0):
        """Waits for the end and checks all that must hold. `same_rows`: nothing committed was lost, as by a kill. `lost`:
        creations that may still be carried out by the store, for as long as their signature is good."""
        client = self.world.client
        ended = client.wait(self.job["id"])
        assert ended["state"] == state and ended["attempt"] == attempt, ended
        self._assert_counters(client, ended)
        if state == "succeeded":
            assert_same_tree(self.store.s3, "bucket", self.tree)
            assert self.store.stats()["errors"].get("InternalError", 0) == 0
        eventually(lambda: not open_uploads(self.store.s3, "bucket"), timeout=10, told="no multipart upload is left")
        self._assert_stream(client, ended, same_rows)
        self.world.service.stop()
        left = intentions(self.world)
        assert len(left) <= lost and all(upload is None for _, upload in left), f"in the ledger of uploads: {left}"
        return ended

    def _assert_counters(self, client, ended):
        files, parts, moved = (ended["progress"][name] for name in ("files", "parts", "bytes"))
        rows = client.files(self.job["id"])
        assert len(rows) == files["total"] == len(self.tree)
        for name in ("succeeded", "failed", "skipped"):
            assert files[name] == sum(row["state"] == name for row in rows), files
        assert files["in_flight"] == moved["in_flight"] == parts["in_flight"] == ended["progress"]["requests_in_flight"] == 0
        assert parts["succeeded"] == len(client.parts(self.job["id"], "state=succeeded"))
        assert moved["total"] == self.size and moved["failed"] == moved["skipped"] == 0
        if ended["state"] == "succeeded":
            assert moved["succeeded"] == moved["total"] and ended["progress"]["fraction"] == 1
            assert parts["total"] == parts["succeeded"] == self.parts, parts
        # A retry begins anew what was aborted.
        again = PART if ended["attempt"] == 1 else LARGE
        assert moved["reused"] <= LARGE and moved["resent"] <= again, (moved, self.sent)

    def _assert_stream(self, client, ended, same_rows):
        """A reader that comes back gets growing ids; what it saw before stands, or comes again under a later id."""
        seen = self._seen()
        last = seen[-1].id if seen else None
        try:
            rest = [event for event in client.events(self.job["id"], last_event_id=last) if event.id is not None]
        except NotAStream as other:
            assert other.reply.status == 204 and seen[-1].event == f"job.{ended['state']}"
            rest = []
        ids = [event.id for event in seen + rest]
        assert ids == sorted(set(ids)), "ids only grow"
        assert ids[-1] == ended["revision"] and (rest or seen)[-1].event == f"job.{ended['state']}"
        final = [event.data["path"] for event in seen + rest if event.event.startswith("file.")]
        assert set(final) == {row["path"] for row in client.files(self.job["id"]) if row["state"] != "pending"}
        if same_rows:
            assert len(final) == len(set(final)), "a kill takes back no file that a reader saw as final"

    def _seen(self):
        if self.reader is None:
            return []
        self.reader.close()
        with contextlib.suppress(Exception):  # the service died under it
            self.reader.wait_end()
        return [event for event in self.reader.events if event.id is not None]


def rows(world, query):
    """What the state directory of a service that does not run holds. A copy is read: SQLite tidies up what it opens."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (world.folder / "state").glob("longshore.sqlite*"):
            shutil.copy(path, folder)
        with contextlib.closing(sqlite3.connect(f"{folder}/longshore.sqlite")) as database:
            return database.execute(query).fetchall()


def intentions(world):
    return rows(world, "SELECT id, upload_id FROM intention")
