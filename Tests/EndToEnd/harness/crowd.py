"""Hundreds of stream readers on one thread: sockets and a selector, no library in between."""

import re
import selectors
import socket
import time
from urllib.parse import urlsplit

from .contract import contract
from .streams import EventStreamParser

CHUNK = re.compile(rb"([0-9a-fA-F]+)\r\n")


class CrowdReader:
    """One reader: takes chunked framing and events off, keeps little."""

    def __init__(self, address, target):
        self.socket = socket.create_connection(address)
        self.socket.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {address[0]}\r\nAccept: text/event-stream\r\n\r\n".encode())
        self.socket.setblocking(False)
        self.buffer = b""
        self.head = None
        self.parser = EventStreamParser()
        self.names = {}
        self.paths = set()
        self.last_ids = []
        self.ended = False
        self.in_order = True

    def receive(self):
        """False once the stream has ended."""
        data = self.socket.recv(262144)
        if not data:
            self.ended = self.ended or False
            return False
        self.buffer += data
        if self.head is None:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return True
            self.head, self.buffer = head, rest
            assert head.startswith(b"HTTP/1.1 200"), head
        return self._chunks()

    def _chunks(self):
        while True:
            match = CHUNK.match(self.buffer)
            if not match:
                return True
            size = int(match.group(1), 16)
            if size == 0:
                self.ended = True
                return False
            if len(self.buffer) < match.end() + size + 2:
                return True
            self._take(self.buffer[match.end():match.end() + size])
            self.buffer = self.buffer[match.end() + size + 2:]

    def _take(self, chunk):
        for event in self.parser.feed(chunk):
            check_once(event)
            self.names[event.event] = self.names.get(event.event, 0) + 1
            if event.id is not None:
                if self.last_ids and event.id <= self.last_ids[-1]:
                    self.in_order = False
                self.last_ids = [event.id]
            if event.event == "file.succeeded":
                self.paths.add(event.data["path"])


_seen = {}


def check_once(event):
    """Each stored event is checked against the contract the first time that any reader gets it."""
    if event.id is not None:
        if event.id in _seen:
            assert _seen[event.id] == event.event, "one revision is one event for all readers"
            return
        _seen[event.id] = event.event
    contract().check_record(event.record())


class Crowd:
    def __init__(self, url, targets):
        _seen.clear()
        parts = urlsplit(url)
        self.readers = [CrowdReader((parts.hostname, parts.port), target) for target in targets]
        self._selector = selectors.DefaultSelector()
        for reader in self.readers:
            self._selector.register(reader.socket, selectors.EVENT_READ, reader)

    def read(self, until, timeout):
        """Reads all of them until `until()` holds or every stream has ended."""
        deadline = time.monotonic() + timeout
        while self._selector.get_map() and not until():
            assert time.monotonic() < deadline, f"not within {timeout} s"
            for key, _ in self._selector.select(0.5):
                if not key.data.receive():
                    self._selector.unregister(key.fileobj)

    def close(self):
        for reader in self.readers:
            reader.socket.close()
        self._selector.close()
