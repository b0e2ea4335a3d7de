"""The tests' own instruments, against canned bytes: what checks must itself be able to fail."""

import copy
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from harness.client import Client
from harness.contract import ContractViolation, contract, strict_json
from harness.streams import EventStreamParser, LineParser

STREAM = (
    b"event: job.snapshot\ndata: {\"a\":1}\n\n"
    b": heartbeat\n\n"
    b"id: 7\nevent: part.succeeded\ndata: {\"x\":\n\ndata: 1}\n\n".replace(b"\n\ndata: 1}", b"\ndata: 1}")
    + ": héartbeat\nid: 12\n\n".encode()
    + b"id:13\nevent:job.succeeded\ndata:{}\n\n")


class TestEventStreamParser:
    def parse(self, size):
        parser = EventStreamParser()
        events = []
        for start in range(0, len(STREAM), size):
            events += parser.feed(STREAM[start:start + size])
        return parser, events

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
    def test_cuts_may_fall_anywhere(self, size):
        parser, events = self.parse(size)
        assert [(event.event, event.id, event.data) for event in events] == [
            ("job.snapshot", None, {"a": 1}), ("part.succeeded", 7, {"x": 1}), ("job.succeeded", 13, {})]
        assert parser.last_event_id == 13 and parser.comments == 2

    def test_a_heartbeat_can_carry_an_id(self):
        parser = EventStreamParser()
        assert parser.feed(b": nothing for you\nid: 12\n\n") == []
        assert parser.last_event_id == 12

    def test_an_unfinished_event_is_not_dispatched(self):
        assert EventStreamParser().feed(b"id: 1\nevent: x\ndata: {}\n") == []

    def test_lines_of_json(self):
        parser = LineParser()
        events = parser.feed(b'{"event":"job.snapshot","data":{}}\n\n{"id":4,"event":"file.failed","da') + parser.feed(b'ta":{}}\n')
        assert [(event.event, event.id) for event in events] == [("job.snapshot", None), ("file.failed", 4)]
        assert parser.comments == 1


def example(name):
    return copy.deepcopy(contract().document["components"]["examples"][name]["value"])


class TestContract:
    def test_accepts_the_examples(self):
        for name in ("QueuedJob", "RunningJob", "PartiallySucceededJob"):
            contract().check("Job", example(name))

    @pytest.mark.parametrize("break_it", [
        lambda job: job.update(surprise=1),
        lambda job: job.pop("revision"),
        lambda job: job.update(state="runing"),
        lambda job: job.update(done=True),
        lambda job: job.update(create_time="2026-11-21 07:32:00"),
        lambda job: job.update(create_time="2026-11-21T07:32:00+01:00"),
        lambda job: job["progress"].update(fraction=1.5),
        lambda job: job["progress"]["files"].update(total=-1),
        lambda job: job["progress"]["bytes"].update(total=1.5),
        lambda job: job["spec"].update(concurrency=0),
        lambda job: job["spec"].update(destination="/x"),
        lambda job: job["spec"].update(key="both"),
    ])
    def test_refuses_a_broken_job(self, break_it):
        job = example("RunningJob")
        break_it(job)
        with pytest.raises(ContractViolation):
            contract().check("Job", job)

    def test_a_succeeded_job_is_whole(self):
        job = example("RunningJob")
        job.update(state="succeeded", done=True, end_time=job["update_time"])
        with pytest.raises(ContractViolation):
            contract().check("Job", job)
        job["progress"]["fraction"] = 1
        contract().check("Job", job)

    @pytest.mark.parametrize("record", [
        {"event": "part.succeeded", "data": {}},
        {"id": 1, "event": "part.progress", "data": {"job_id": "x", "parts": []}},
        {"event": "part.unknown", "data": {}},
        {"id": 9, "event": "job.deleted", "data": {"revision": 9, "job_id": "x", "more": 1}},
    ])
    def test_refuses_a_broken_record(self, record):
        with pytest.raises(ContractViolation):
            contract().check_record(record)

    def test_routes(self):
        assert contract().route("/v1/jobs/abc/files?state=failed")[0] == "/v1/jobs/{id}/files"
        assert contract().route("/v1/jobs/abc/nothing") == (None, None)

    def reply(self, status=404, code="JOB_NOT_FOUND", target="/v1/jobs/x", headers=None, **more):
        problem = {"type": f"urn:longshore:problem:{code}", "title": "t", "status": status, "detail": "d",
                   "code": code, "retryable": False, **more}
        headers = requests.structures.CaseInsensitiveDict(
            {"content-type": "application/problem+json", **(headers or {})})
        contract().check_reply("GET", target, status, headers, str(problem).replace("'", '"').replace("False", "false").encode())

    def test_replies(self):
        self.reply()
        self.reply(404, "NOT_FOUND", "/v2")
        self.reply(401, "UNAUTHORIZED", headers={"WWW-Authenticate": "Bearer"})
        for wrong in (
            dict(status=500, code="INTERNAL"), dict(code="NOT_FOUND"), dict(extra="x"), dict(target="/v2"),
            dict(status=401, code="UNAUTHORIZED"), dict(headers={"content-type": "application/json"}),
        ):
            with pytest.raises(ContractViolation):
                self.reply(**wrong)

    def test_json_is_strict(self):
        for text in ('{"a":1,"a":2}', "NaN", "[Infinity]"):
            with pytest.raises(ContractViolation):
                strict_json(text)


class Canned(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if not self.path.startswith("/v1/events"):
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        for name, value in (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"),
                            ("X-Accel-Buffering", "no"), ("Transfer-Encoding", "chunked")):
            self.send_header(name, value)
        self.end_headers()
        text = b'id: 9\nevent: job.deleted\ndata: {"revision":9,"job_id":"x"}\n\n'
        for piece in (text[:10], text[10:]):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if "cut" in self.path:
            self.close_connection = True
        elif "hold" in self.path:
            self.server.let_go.wait(20)
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def canned():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Canned)
    server.daemon_threads = True
    server.let_go = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Client(f"http://127.0.0.1:{server.server_port}")
    server.let_go.set()
    server.shutdown()
    server.server_close()


class TestClient:
    def test_an_undocumented_status_fails(self, canned):
        with pytest.raises(ContractViolation):
            canned.get("/livez")

    def test_a_stream_that_ends(self, canned):
        assert [event.id for event in canned.stream("/v1/events")] == [9]

    def test_a_stream_that_is_cut_is_no_end(self, canned):
        events = []
        with pytest.raises(Exception, match="(?i)incomplete|connection|invalid chunk"):
            for event in canned.stream("/v1/events?types=cut"):
                events.append(event)
        assert len(events) == 1

    def test_events_are_seen_when_they_are_sent(self, canned):
        reader = canned.follow("/v1/events?types=hold")
        assert reader.wait_for(lambda event: event.id == 9, timeout=5)
        assert not reader.ended.is_set()
        reader.close()
