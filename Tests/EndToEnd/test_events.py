"""The stream of a job and that of all jobs, in its three forms."""

import re

import pytest

from harness.client import NotAStream
from harness.trees import big, make

MIB = 1 << 20


def stored(events):
    return [event for event in events if event.id is not None]


def check_order(events):
    """Ids grow strictly and are the revisions of their data."""
    ids = [event.id for event in stored(events)]
    assert ids == sorted(set(ids)), ids
    assert all(event.data["revision"] == event.id for event in stored(events))


@pytest.fixture
def ended(world, client):
    make(world.root, ["a.txt", "b.txt", "c.txt"])
    big(world.root / "large.bin", 20 * MIB)
    (world.root / "link").symlink_to("a.txt")
    return client.succeed(world.spec(prefix="p")), client


@pytest.mark.parametrize("accept", ["text/event-stream", "application/x-ndjson"])
class TestOfAnEndedJob:
    def test_it_tells_every_stored_state_once_and_ends(self, ended, accept):
        job, client = ended
        events = list(client.events(job["id"], accept=accept))
        check_order(events)
        assert events[0].event == "job.snapshot" and events[0].id is None
        assert events[0].data["state"] == "succeeded" and events[0].data["revision"] == job["revision"]
        assert events[-1].event == "job.succeeded" and events[-1].id == job["revision"]
        assert all(event.data["job_id"] == job["id"] for event in stored(events))
        files = {event.data["path"]: event for event in events if event.event.startswith("file.")}
        assert {path: event.event for path, event in files.items()} == {
            "a.txt": "file.succeeded", "b.txt": "file.succeeded", "c.txt": "file.succeeded",
            "large.bin": "file.succeeded", "link": "file.skipped"}
        parts = [event.data for event in events if event.event == "part.succeeded"]
        assert sorted((part["path"], part["part_number"]) for part in parts) == [("large.bin", n) for n in (1, 2, 3)]

    def test_the_data_is_the_row_of_the_lists(self, ended, accept):
        job, client = ended
        rows = {row["path"]: row for row in client.files(job["id"])}
        parts = {(row["path"], row["part_number"]): row for row in client.parts(job["id"])}
        for event in stored(client.events(job["id"], accept=accept)):
            data = {name: value for name, value in event.data.items() if name not in ("revision", "job_id")}
            if event.event.startswith("file."):
                assert data == rows[data["path"]]
            elif event.event.startswith("part."):
                assert data == parts[data["path"], data["part_number"]]

    def test_types_filter_all_but_the_first_and_the_last(self, ended, accept):
        job, client = ended
        events = list(client.events(job["id"], "types=part.succeeded", accept=accept))
        assert [event.event for event in events] == [
            "job.snapshot", "part.succeeded", "part.succeeded", "part.succeeded", "job.succeeded"]
        events = list(client.events(job["id"], "types=file.*,part.failed", accept=accept))
        assert {event.event for event in events} == {
            "job.snapshot", "file.succeeded", "file.skipped", "job.succeeded"}

    def test_it_goes_on_behind_an_id(self, ended, accept):
        job, client = ended
        events = stored(client.events(job["id"], accept=accept))
        middle = len(events) // 2
        for rest in (list(client.events(job["id"], accept=accept, last_event_id=events[middle].id)),
                     list(client.events(job["id"], f"after={events[middle].id}", accept=accept))):
            assert rest[0].event == "job.snapshot"
            assert [event.id for event in stored(rest)] == [event.id for event in events[middle + 1:]]

    def test_the_header_wins_over_the_query(self, ended, accept):
        job, client = ended
        events = stored(client.events(job["id"], accept=accept))
        rest = stored(client.events(job["id"], "after=0", accept=accept, last_event_id=events[-2].id))
        assert [event.id for event in rest] == [events[-1].id]

    def test_who_has_the_end_gets_204(self, ended, accept):
        job, client = ended
        for after in (job["revision"],):
            with pytest.raises(NotAStream) as told:
                client.events(job["id"], accept=accept, last_event_id=after)
            assert told.value.reply.status == 204

    def test_an_id_from_the_future_starts_at_the_beginning(self, ended, accept):
        job, client = ended
        whole = [event.id for event in stored(client.events(job["id"], accept=accept))]
        future = [event.id for event in stored(client.events(job["id"], accept=accept, last_event_id=10**15))]
        assert future == whole


class TestLive:
    def test_events_come_while_the_job_runs(self, world):
        client = world.start(store_arguments=["--latency-ms", "100"])
        make(world.root, [f"f{i:02d}" for i in range(20)])
        job = client.submit(world.spec(concurrency=2))
        reader = client.follow(f"/v1/jobs/{job['id']}/events?interval_ms=100")
        first = reader.wait_for(lambda event: event.event == "file.succeeded")
        assert not client.job(job["id"])["done"], "the first file is told before the last is moved"
        assert first.data["path"]
        events = reader.wait_end()
        check_order(events)
        assert events[0].event == "job.snapshot"
        assert len({e.data["path"] for e in events if e.event == "file.succeeded"}) == 20
        progress = [event.data for event in events if event.event == "job.progress"]
        assert progress and all(data["job_id"] == job["id"] for data in progress)
        fractions = [data["fraction"] for data in progress if data["fraction"] is not None]
        assert fractions == sorted(fractions)
        moved = [data["files"]["succeeded"] for data in progress]
        assert moved == sorted(moved)

    def test_progress_comes_no_oftener_than_asked(self, world):
        client = world.start(store_arguments=["--latency-ms", "100"])
        make(world.root, [f"f{i:02d}" for i in range(30)])
        job = client.submit(world.spec(concurrency=1))
        often = client.follow(f"/v1/jobs/{job['id']}/events?interval_ms=1&types=job.progress")
        seldom = client.follow(f"/v1/jobs/{job['id']}/events?interval_ms=1000&types=job.progress")
        counts = [sum(event.event == "job.progress" for event in reader.wait_end()) for reader in (often, seldom)]
        seconds = 30 * 0.1 + 2
        assert 5 <= counts[0] <= seconds * 10 + 2 and 1 <= counts[1] <= seconds + 2, counts

    def test_parts_in_flight_are_shown_with_their_bytes(self, world, client):
        big(world.root / "large.bin", 32 * MIB)
        job = client.submit(world.spec(bandwidth_limit=8 * MIB))
        reader = client.follow(f"/v1/jobs/{job['id']}/events?interval_ms=100")
        told = reader.wait_for(lambda event: event.event == "part.progress" and any(
            0 < part["bytes_sent"] < part["size"] for part in event.data["parts"]))
        assert {part["path"] for part in told.data["parts"]} == {"large.bin"}
        events = reader.wait_end(60)
        sent = {}
        for event in events:
            for part in event.data["parts"] if event.event == "part.progress" else []:
                key = part["part_number"], part["attempt"]
                assert part["bytes_sent"] >= sent.get(key, 0), "what was sent of one attempt never shrinks"
                sent[key] = part["bytes_sent"]

    def test_a_filter_that_hides_everything_still_moves_the_id(self, world):
        client = world.start(store_arguments=["--latency-ms", "700"])
        make(world.root, [f"f{i:02d}" for i in range(30)])
        job = client.submit(world.spec(concurrency=1))
        reader = client.follow(f"/v1/jobs/{job['id']}/events?types=part.failed", timeout=60)
        reader.wait_end(90)
        parser = reader._stream.parser
        assert parser.comments >= 1, "a heartbeat at least every 15 s"
        assert parser.last_event_id == client.job(job["id"])["revision"]

    def test_a_paused_job_keeps_its_stream(self, world):
        client = world.start(store_arguments=["--latency-ms", "100"])
        make(world.root, [f"f{i:02d}" for i in range(30)])
        job = client.submit(world.spec(concurrency=1))
        reader = client.follow(f"/v1/jobs/{job['id']}/events?types=job.*")
        reader.wait_for(lambda event: event.event == "job.running" or event.data.get("state") == "running")
        client.act(job["id"], "pause").expect(202)
        reader.wait_for(lambda event: event.event == "job.paused")
        client.act(job["id"], "resume").expect(202)
        client.wait(job["id"])
        names = [event.event for event in stored(reader.wait_end())]
        assert names[-1] == "job.succeeded" and "job.paused" in names

    def test_text_for_people(self, world, client):
        big(world.root / "large.bin", 24 * MIB)
        job = client.submit(world.spec(bandwidth_limit=8 * MIB))
        lines = list(client.text_stream(f"/v1/jobs/{job['id']}/events?interval_ms=200"))
        assert len(lines) >= 3
        assert any(len(re.findall(r"\d+ ?%", line)) >= 2 for line in lines), lines
        assert "succeeded" in lines[-1]


class TestAllJobs:
    @pytest.mark.parametrize("accept", ["text/event-stream", "application/x-ndjson"])
    def test_it_starts_now_and_has_no_end(self, world, client, accept):
        make(world.root, ["a.txt"])
        old = client.succeed(world.spec())
        reader = client.follow("/v1/events", accept=accept)
        jobs = [client.succeed(world.spec()) for _ in range(2)]
        for job in jobs:
            reader.wait_for(lambda event: event.event == "job.succeeded" and event.data["id"] == job["id"])
        client.request("DELETE", f"/v1/jobs/{jobs[0]['id']}").expect(204)
        gone = reader.wait_for(lambda event: event.event == "job.deleted")
        assert gone.data["job_id"] == jobs[0]["id"] and gone.id > jobs[1]["revision"]
        assert not reader.ended.is_set()
        check_order(reader.events)
        told = {event.data["job_id"] for event in reader.events}
        assert old["id"] not in told and told == {job["id"] for job in jobs}
        assert all(event.event != "job.snapshot" for event in reader.events)
        reader.close()

    def test_it_goes_on_behind_an_id(self, world, client):
        make(world.root, ["a.txt"])
        first, second = client.succeed(world.spec()), client.succeed(world.spec())
        reader = client.follow(f"/v1/events?after={first['revision']}&types=job.succeeded")
        event = reader.wait_for(lambda event: event.event == "job.succeeded")
        assert event.data["id"] == second["id"]
        reader.close()


@pytest.mark.parametrize("query", ["types=nothing.*", "types=job", "interval_ms=fast", "after=latest", "page_size=1"])
def test_bad_queries(ended, query):
    job, client = ended
    client.get(f"/v1/jobs/{job['id']}/events?{query}").problem(400, "INVALID_QUERY")


def test_a_bad_last_event_id_is_a_bad_query(ended):
    job, client = ended
    client.get(f"/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": "yesterday"}).problem(400, "INVALID_QUERY")
