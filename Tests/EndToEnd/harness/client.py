"""An HTTP client of Longshore. Every reply that goes through it is checked against openapi.yaml."""

import json
import time
from urllib.parse import quote

import requests

from .contract import contract
from .streams import BackgroundReader, StreamReader

FINAL = ("succeeded", "partially_succeeded", "failed", "cancelled")


class Reply:
    """Status, header fields (names without regard to case) and body of one reply."""

    def __init__(self, response, body):
        self.status = response.status_code
        self.headers = response.headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]

    def problem(self, status, code):
        """The problem document, which must have this status and code."""
        told = f"{self.status} {self.text[:800]}"
        assert self.status == status, told
        assert self.headers["Content-Type"].split(";")[0] == "application/problem+json", told
        problem = self.json
        assert problem["code"] == code and problem["status"] == status, told
        assert problem["type"] == f"urn:longshore:problem:{code}", told
        return problem

    def expect(self, *statuses):
        assert self.status in statuses, f"{self.status} is none of {statuses}: {self.text[:1500]}"
        return self

    def __repr__(self):
        return f"<Reply {self.status} {self.body[:300]!r}>"


class Client:
    """Talks to one service. Not for several threads at once: each takes its own."""

    def __init__(self, url, token=None, timeout=90):
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.contract = contract()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept"] = "*/*"
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def request(self, method, target, *, json=None, body=None, headers=None, timeout=None):
        """`json` is serialised; `body` goes as it is, then without a Content-Type unless `headers` has one."""
        headers = dict(headers or {})
        data = body
        if json is not None:
            data = dumps(json)
            headers.setdefault("Content-Type", "application/json")
        response = self.session.request(
            method, self.url + target, data=data, headers=headers, timeout=timeout or self.timeout,
            allow_redirects=False)
        self.contract.check_reply(method, target, response.status_code, response.headers, response.content)
        return Reply(response, response.content)

    def get(self, target, **named):
        return self.request("GET", target, **named)

    # Jobs

    def submit(self, spec=None, *, key=None, **fields):
        """Posts a spec that must be accepted; returns the job."""
        headers = {"Idempotency-Key": key} if key else None
        reply = self.request("POST", "/v1/jobs", json={**(spec or {}), **fields}, headers=headers).expect(202)
        job = reply.json
        assert reply.headers["Location"] == f"/v1/jobs/{job['id']}"
        assert reply.headers["ETag"] == f'W/"{job["revision"]}"'
        return job

    def post(self, spec, **named):
        return self.request("POST", "/v1/jobs", json=spec, **named)

    def job(self, identity):
        return self.get(f"/v1/jobs/{identity}").expect(200).json

    def act(self, identity, verb):
        return self.request("POST", f"/v1/jobs/{identity}/{verb}")

    def wait(self, identity, timeout=120):
        """The job once it has ended, found by long polling."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            job = self.get(f"/v1/jobs/{identity}", headers={"Prefer": f"wait={max(1, min(10, int(left)))}"}).expect(200).json
            if job["done"]:
                return job
            assert left > 0, f"not within {timeout} s: {told(job)}"

    def wait_until(self, identity, accepts, timeout=60):
        """The job at its first shown state that `accepts` takes. It asks again and again: what is in flight moves no
        ETag, so a long poll would sleep through it."""
        deadline = time.monotonic() + timeout
        while True:
            job = self.job(identity)
            if accepts(job):
                return job
            assert not job["done"], f"ended as {job['state']}: {told(job)}"
            assert time.monotonic() < deadline, f"not within {timeout} s: {told(job)}"
            time.sleep(0.03)

    def run(self, spec=None, timeout=120, **fields):
        """Submits and waits for the end."""
        return self.wait(self.submit(spec, **fields)["id"], timeout)

    def succeed(self, spec=None, timeout=120, **fields):
        job = self.run(spec, timeout, **fields)
        assert job["state"] == "succeeded", f"{job['state']}: {job['error']} {job['errors']} {job['progress']}"
        return job

    # Lists

    def pages(self, target, name, size=1000):
        """All rows of a list, page by page."""
        rows, token = [], ""
        joint = "&" if "?" in target else "?"
        while True:
            page = self.get(f"{target}{joint}page_size={size}&page_token={quote(token, safe='')}"
                            if token else f"{target}{joint}page_size={size}").expect(200).json
            rows += page[name]
            token = page["next_page_token"]
            if not token:
                return rows
            assert page[name], "an empty page that is not the last"

    def files(self, identity, state=None, size=1000):
        return self.pages(f"/v1/jobs/{identity}/files" + (f"?state={state}" if state else ""), "files", size)

    def parts(self, identity, query="", size=1000):
        return self.pages(f"/v1/jobs/{identity}/parts" + (f"?{query}" if query else ""), "parts", size)

    def report(self, identity):
        return self.get(f"/v1/jobs/{identity}/report").expect(200).lines

    # Streams

    def stream(self, target, *, accept="text/event-stream", last_event_id=None, timeout=60):
        """An open stream whose events are checked as they are read. One connection of its own."""
        headers = {"Accept": accept}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        session = requests.Session()
        session.trust_env = False
        headers.update({name: value for name, value in self.session.headers.items() if name == "Authorization"})
        response = session.get(self.url + target, headers=headers, stream=True, timeout=timeout)
        if response.status_code != 200:
            self.contract.check_reply("GET", target, response.status_code, response.headers, response.content)
            raise NotAStream(Reply(response, response.content))
        self.contract.check_reply("GET", target, 200, response.headers, None)
        assert response.headers["Content-Type"].split(";")[0] == accept
        return StreamReader(response, self.contract, f"GET {target}")

    def events(self, identity, query="", **named):
        return self.stream(f"/v1/jobs/{identity}/events" + (f"?{query}" if query else ""), **named)

    def follow(self, target, **named):
        return BackgroundReader(self.stream(target, **named))

    def text_stream(self, target, timeout=60):
        """The lines of a stream for people."""
        with self.session.get(self.url + target, headers={"Accept": "text/plain"}, stream=True,
                              timeout=timeout) as response:
            self.contract.check_reply("GET", target, response.status_code, response.headers, None)
            yield from (line.decode("utf-8") for line in response.iter_lines())


def told(job):
    return {name: job[name] for name in ("state", "state_reason", "progress", "queue", "error", "errors")}


class NotAStream(AssertionError):
    """The service answered with something else, such as 204 or a problem."""

    def __init__(self, reply):
        super().__init__(repr(reply))
        self.reply = reply


def dumps(value):
    return json.dumps(value).encode()
