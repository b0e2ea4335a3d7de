"""A line between the service and a store, or a reader and the service, that can be cut, muted or slowed, byte by byte."""

import contextlib
import socket
import struct
import threading
from urllib.parse import urlsplit


class Tap:
    """Forwards connections to a store. What happens to a connection is settled when it is accepted."""

    def __init__(self, store):
        self.lead_to(store.url)
        for name in ("access_key", "secret_key", "region"):
            setattr(self, name, getattr(store, name, None))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()
        self._plan, self._left = {}, 0
        self._open = set()
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, url):
        """Where connections go that come from now on."""
        self._target = (urlsplit(url).hostname, urlsplit(url).port)

    def disturb(self, *, connections=None, **plan):
        """The next so many connections, or all of them. `plan`, one of:

        mute=True                 reads, forwards nothing and never answers
        cut_request=N             the connection is reset once N bytes of requests have passed
        cut_reply=N               the connection is closed once N bytes of replies have passed
        drip=SECONDS              replies come one byte each SECONDS
        close_used=True           closed, unanswered, as soon as a second request comes on it"""
        with self._lock:
            self._plan, self._left = plan, float("inf") if connections is None else connections

    def calm(self):
        self.disturb(connections=0)

    def close(self):
        self._listener.close()
        self.cut()

    def cut(self):
        """Ends every connection that is open now."""
        with self._lock:
            for one in list(self._open):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.accepted += 1
                plan = self._plan if self._left > 0 else {}
                self._left -= 1
            threading.Thread(target=self._serve, args=(client, plan), daemon=True).start()

    def _serve(self, client, plan):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            with self._lock:
                self._open.add(client)
            stack.callback(self._open.discard, client)
            if plan.get("mute"):
                while client.recv(1 << 16):
                    pass
                return
            store = stack.enter_context(socket.create_connection(self._target))
            answered = threading.Event()
            back = threading.Thread(target=self._back, args=(store, client, plan, answered), daemon=True)
            back.start()
            left = plan.get("cut_request", float("inf"))
            while data := client.recv(1 << 16):
                if plan.get("close_used") and answered.is_set():
                    break
                store.sendall(data[: int(min(left, len(data)))])
                left -= len(data)
                if left <= 0:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
            with contextlib.suppress(OSError):
                store.shutdown(socket.SHUT_RDWR)
            if left > 0 and not plan.get("close_used"):
                back.join()

    @staticmethod
    def _back(store, client, plan, answered):
        left = plan.get("cut_reply", float("inf"))
        with contextlib.suppress(OSError):
            while data := store.recv(1 << 16):
                answered.set()
                if plan.get("drip"):
                    for index in range(len(data)):
                        client.sendall(data[index:index + 1])
                        if threading.Event().wait(plan["drip"]):
                            return
                    continue
                client.sendall(data[: int(min(left, len(data)))])
                left -= len(data)
                if left <= 0:
                    break
            client.shutdown(socket.SHUT_RDWR)
