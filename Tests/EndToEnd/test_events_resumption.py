"""A reader that is cut off again and again, also by a crash of the service, gets everything once and in order."""

import threading

import pytest

from harness.client import NotAStream
from harness.processes import eventually
from harness.trees import big, make

MIB = 1 << 20


class ResumingReader:
    """Reads a job's stream in pieces: after some events it cuts the connection and comes back with the last id."""

    def __init__(self, world, identity, accept):
        self.world = world
        self.identity = identity
        self.accept = accept
        self.last = None
        self.events = []
        self.connections = 0
        self.finished = False

    def read(self, count):
        """Up to `count` events with an id, then a cut; True once the stream has ended."""
        try:
            stream = self.world.new_client().events(
                self.identity, "types=file.*,part.succeeded,part.failed,job.*", accept=self.accept,
                last_event_id=self.last)
        except NotAStream as other:
            assert other.reply.status == 204, other
            self.finished = True
            return True
        self.connections += 1
        seen = 0
        try:
            for event in stream:
                if event.id is None:
                    continue
                self.events.append(event)
                self.last = event.id
                seen += 1
                if seen >= count:
                    return False
        finally:
            stream.close()
        self.finished = True
        return True


def check_all(reader, client, job):
    """Growing revisions, and each row's stored state exactly once."""
    ids = [event.id for event in reader.events]
    assert ids == sorted(set(ids)), "revisions grow and none comes twice"
    rows = {row["path"]: row["state"] for row in client.files(job["id"])}
    told = [(event.data["path"], event.event) for event in reader.events if event.event.startswith("file.")]
    assert sorted(told) == sorted((path, f"file.{state}") for path, state in rows.items())
    assert reader.events[-1].event == f"job.{job['state']}" and reader.events[-1].id == job["revision"]


def tree(world, count=60):
    make(world.root, [f"d/f{i:03d}" for i in range(count)])
    big(world.root / "large.bin", 64 * MIB)


@pytest.mark.parametrize("accept", ["text/event-stream", "application/x-ndjson"])
def test_cut_ten_times(world, accept):
    client = world.start(store_arguments=["--latency-ms", "60"])
    tree(world)
    job = client.submit(world.spec(concurrency=2))
    reader = ResumingReader(world, job["id"], accept)
    for _ in range(10):
        assert not reader.read(4), "cut ten times before the end"
    while not reader.read(10**9):
        pass
    job = client.wait(job["id"])
    assert reader.connections >= 11
    check_all(reader, client, job)
    parts = [(event.data["path"], event.data["part_number"]) for event in reader.events if event.event == "part.succeeded"]
    assert sorted(parts) == [("large.bin", number) for number in range(1, 9)]


def test_cut_while_the_service_is_killed_and_started_in_between(world):
    client = world.start(store_arguments=["--latency-ms", "60"])
    tree(world)
    job = client.submit(world.spec(concurrency=2))
    reader = ResumingReader(world, job["id"], "text/event-stream")
    for turn in range(10):
        reader.read(4)
        if turn in (3, 7):
            world.service.kill()
            client = world.restart()
    while not reader.read(10**9):
        pass
    job = client.wait(job["id"])
    assert job["state"] == "succeeded", job["errors"]
    check_all(reader, client, job)
    # Parts of an unfinished file may be stored again after a crash; the newest state of each is told last.
    newest = {(event.data["path"], event.data["part_number"]): event.data["etag"] for event in reader.events
              if event.event == "part.succeeded"}
    assert newest == {(part["path"], part["part_number"]): part["etag"] for part in client.parts(job["id"])}


def test_a_reader_that_is_cut_off_by_the_kill_itself(world):
    client = world.start(store_arguments=["--latency-ms", "50"])
    make(world.root, [f"f{i:03d}" for i in range(80)])
    job = client.submit(world.spec(concurrency=2))
    first = client.follow(f"/v1/jobs/{job['id']}/events?types=file.*")
    eventually(lambda: sum(event.id is not None for event in first.events) > 10)
    world.service.kill()
    first.ended.wait(10)
    told = [event for event in first.events if event.event.startswith("file.")]
    last = first._stream.parser.last_event_id
    client = world.restart()
    rest = [event for event in client.events(job["id"], "types=file.*", last_event_id=last)
            if event.event.startswith("file.")]
    ids = [event.id for event in told + rest]
    assert ids == sorted(set(ids))
    assert sorted(event.data["path"] for event in told + rest) == sorted(row["path"] for row in client.files(job["id"]))


def test_after_the_end_and_a_restart_the_whole_story_is_still_there(world, client):
    make(world.root, ["a", "b", "c"])
    job = client.succeed(world.spec())
    before = [(event.event, event.id) for event in client.events(job["id"]) if event.id is not None]
    world.service.kill()
    client = world.restart()
    after = [(event.event, event.id) for event in client.events(job["id"]) if event.id is not None]
    assert after == before
    assert client.job(job["id"])["revision"] == job["revision"]
    with pytest.raises(NotAStream) as told:
        client.events(job["id"], last_event_id=job["revision"])
    assert told.value.reply.status == 204


def test_revisions_go_on_growing_over_restarts(world, client):
    make(world.root, ["a"])
    seen = 0
    for _ in range(3):
        job = client.succeed(world.spec())
        revisions = [event.id for event in client.events(job["id"]) if event.id is not None]
        assert min(revisions) > seen
        seen = max(revisions)
        world.service.kill()
        client = world.restart()


def test_a_slow_reader_gets_everything_and_holds_nobody_up(world, client):
    make(world.root, [f"f{i:05d}" for i in range(5000)], size=1)
    job = client.submit(world.spec(concurrency=32))
    stream = client.events(job["id"], "types=file.*")
    ended = client.wait(job["id"])
    assert ended["state"] == "succeeded"
    events = []
    thread = threading.Thread(target=lambda: events.extend(stream), daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    paths = [event.data["path"] for event in events if event.event == "file.succeeded"]
    assert len(paths) == len(set(paths)) == 5000
    assert events[-1].event == "job.succeeded"
