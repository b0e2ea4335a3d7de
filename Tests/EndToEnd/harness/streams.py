"""Server-Sent Events as the HTML standard parses them, and readers of the service's streams."""

import json
import socket
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Event:
    """One dispatched event; `id` is the field of this event itself, not the last one seen."""

    event: str
    data: object
    id: int | None = None

    def record(self):
        """The NDJSON form, which StreamRecord describes."""
        record = {"event": self.event, "data": self.data}
        return record if self.id is None else {"id": self.id, **record}


@dataclass
class EventStreamParser:
    """Bytes in, events out (WHATWG HTML, 9.2.6 "Interpreting an event stream"); cuts may fall anywhere."""

    last_event_id: int | None = None
    comments: int = 0
    _buffer: bytes = b""
    _fields: dict = field(default_factory=dict)

    def feed(self, chunk):
        self._buffer += chunk
        if b"\r" in self._buffer:
            raise ValueError("the service ends its lines with LF alone")
        *lines, self._buffer = self._buffer.split(b"\n")
        events = []
        for line in lines:
            event = self._line(line.decode("utf-8"))
            if event:
                events.append(event)
        return events

    def _line(self, line):
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            self.comments += 1
            return None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._fields.setdefault("data", []).append(value)
        elif name in ("id", "event", "retry"):
            self._fields[name] = value
        else:
            raise ValueError(f"no such field in an event stream: {line!r}")
        return None

    def _dispatch(self):
        fields, self._fields = self._fields, {}
        if "id" in fields:
            self.last_event_id = int(fields["id"])
        if "data" not in fields:
            return None
        identity = int(fields["id"]) if "id" in fields else None
        return Event(fields.get("event", "message"), json.loads("\n".join(fields["data"])), identity)


@dataclass
class LineParser:
    """The same for NDJSON: an empty line is the heartbeat."""

    last_event_id: int | None = None
    comments: int = 0
    _buffer: bytes = b""

    def feed(self, chunk):
        self._buffer += chunk
        *lines, self._buffer = self._buffer.split(b"\n")
        events = []
        for line in lines:
            if not line:
                self.comments += 1
                continue
            record = json.loads(line)
            event = Event(record["event"], record["data"], record.get("id"))
            if event.id is not None:
                self.last_event_id = event.id
            events.append(event)
        return events


class StreamReader:
    """Reads one stream on the calling thread; every event is checked against the contract before it is handed out."""

    def __init__(self, response, contract, where):
        self.response = response
        self.where = where
        self._contract = contract
        media = response.headers.get("Content-Type", "")
        self.parser = LineParser() if media.startswith("application/x-ndjson") else EventStreamParser()

    def __iter__(self):
        try:
            while True:
                # read1 hands out what has arrived, so that an event is seen when it is sent.
                chunk = self.response.raw.read1(65536)
                if not chunk:
                    return
                for event in self.parser.feed(chunk):
                    self._contract.check_record(event.record(), self.where)
                    yield event
        finally:
            self.close()

    def close(self):
        """Cuts the connection, whatever is still on its way."""
        connection = getattr(self.response.raw, "_connection", None)
        sock = getattr(connection, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.response.close()


class BackgroundReader:
    """A stream read on a thread of its own, until it ends or is closed."""

    def __init__(self, stream):
        self.events = []
        self.error = None
        self.ended = threading.Event()
        self._changed = threading.Condition()
        self._stream = stream
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            for event in self._stream:
                with self._changed:
                    self.events.append(event)
                    self._changed.notify_all()
        except Exception as error:  # told to the waiting test, which decides
            if not self._closing:
                self.error = error
        finally:
            self.ended.set()
            with self._changed:
                self._changed.notify_all()

    def wait_for(self, predicate, timeout=30):
        """The first event that `predicate` accepts; fails when the stream ends without it."""
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                for event in self.events[seen:]:
                    if predicate(event):
                        return event
                seen = len(self.events)
                if self.error:
                    raise self.error
                assert not self.ended.is_set(), f"the stream ended after {[e.event for e in self.events][-20:]}"
                left = deadline - time.monotonic()
                assert left > 0, f"not within {timeout} s; last {[e.event for e in self.events][-20:]}"
                self._changed.wait(left)

    def wait_end(self, timeout=30):
        assert self.ended.wait(timeout), f"the stream did not end; last {[e.event for e in self.events][-10:]}"
        if self.error:
            raise self.error
        return self.events

    def close(self):
        self._closing = True
        self._stream.close()
        self._thread.join(10)
