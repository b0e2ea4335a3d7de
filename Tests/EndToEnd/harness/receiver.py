"""A receiver of webhooks that answers as it is told and keeps what it got."""

import queue
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Message:
    """One request that arrived."""

    def __init__(self, handler, body):
        self.path, self.body, self.time = handler.path, body, time.monotonic()
        self.headers = {name.lower(): value for name, value in handler.headers.items()}

    @property
    def id(self):
        return self.headers["webhook-id"]


class Receiver:
    """Answers with what `answers` holds, one after the other, and then with 200: a status, (status, header fields), or a
    function that is handed the request's handler and answers by itself."""

    def __init__(self, *answers, certificate=None):
        self.messages = queue.Queue()
        self.all = []
        self.answers = queue.Queue()
        for answer in answers:
            self.answers.put(answer)
        self.open = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                message = Message(self, self.rfile.read(int(self.headers["Content-Length"])))
                receiver.all.append(message)
                receiver.messages.put(message)
                try:
                    answer = receiver.answers.get_nowait()
                except queue.Empty:
                    answer = 200
                if callable(answer):
                    answer(self)
                    return
                status, fields = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                receiver.all.append(Message(self, b""))
                self.send_error(405)

            def log_message(self, *arguments):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def host(self):
        """As `webhook_hosts` has it."""
        return ("" if self.scheme == "https" else "http://") + f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?a=b"

    def get(self, timeout=20):
        """The next message, in the order of their arrival."""
        return self.messages.get(timeout=timeout)

    def silent(self, handler):
        """Answers nothing until the receiver is closed, or `open` is set."""
        self.open.wait(60)
        handler.close_connection = True

    def close(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()
