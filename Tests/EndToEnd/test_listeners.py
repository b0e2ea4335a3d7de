"""TLS and Unix sockets, names that are answered to, and clients that behave badly."""

import http.client
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from harness.client import Client
from harness.processes import BINARY, Daemon, clean_environment, eventually
from harness.trees import make, many


def certificate(folder, name):
    """A certificate for 127.0.0.1 that is its own authority; (certificate, key)."""
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", paths[1], "-out",
                    paths[0]], check=True, stderr=subprocess.DEVNULL)
    return paths


def shown(port):
    """The certificate that a new connection meets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 30) as plain, context.wrap_socket(plain) as secured:
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(True)).strip()


class TestTLS:
    @pytest.fixture
    def secured(self, world):
        paths = certificate(world.folder, "first")
        world.start(config={"tls": {"certificate": str(paths[0]), "key": str(paths[1])}})
        assert world.service.url.startswith("https://127.0.0.1:")
        world.client.session.verify = str(paths[0])
        world.port = int(world.service.url.rsplit(":", 1)[1])
        return world

    def test_a_job_over_tls(self, secured):
        make(secured.root, ["a.txt", "b.txt"])
        job = secured.client.succeed(secured.spec())
        assert job["progress"]["files"]["succeeded"] == 2
        told = subprocess.run([BINARY, "show", "--url", secured.service.url, "--ca-file", secured.folder / "first.pem", job["id"]],
                              stdout=subprocess.PIPE, text=True, env=clean_environment())
        assert told.returncode == 0 and "succeeded" in told.stdout

    def test_old_versions_and_plain_http_are_refused(self, secured):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        for version, is_taken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                                  (ssl.TLSVersion.TLSv1_3, True)):
            context.minimum_version = context.maximum_version = version
            with socket.create_connection(("127.0.0.1", secured.port), 30) as plain:
                try:
                    context.wrap_socket(plain).close()
                    taken = True
                except (ssl.SSLError, OSError):
                    taken = False
            assert taken == is_taken, version
        with socket.create_connection(("127.0.0.1", secured.port), 30) as plain:
            plain.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"HTTP/1.1 200" not in plain.recv(1000)

    def test_a_certificate_is_replaced_while_all_goes_on(self, secured):
        """No connection is refused meanwhile, an open stream goes on, and who comes later meets the new certificate."""
        make(secured.root, ["a.txt"])
        world, port = secured, secured.port
        stream = world.client.session.get(world.service.url + "/v1/events", stream=True, timeout=60,
                                          headers={"Accept": "application/x-ndjson"})
        second = certificate(world.folder, "second")
        failures, seen, over = [], set(), threading.Event()

        def connect():
            while not over.is_set():
                try:
                    seen.add(shown(port))
                except OSError as error:
                    failures.append(error)

        threads = [threading.Thread(target=connect) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            first = Path(world.folder / "first.pem").read_text().strip()
            eventually(lambda: first in seen)
            for source, target in zip(second, ("first.pem", "first.key")):
                os.replace(source, world.folder / target)
            world.service.process.send_signal(signal.SIGHUP)
            new = Path(world.folder / "first.pem").read_text().strip()
            eventually(lambda: new in seen)
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert not failures and seen == {first, new}
        client = Client(world.service.url)
        client.session.verify = str(world.folder / "first.pem")
        job = client.succeed(world.spec())
        lines = (json.loads(line) for line in stream.iter_lines() if line)
        assert any(line["event"] == "job.succeeded" and line["data"]["job_id"] == job["id"] for line in lines)
        # A key that is another's changes nothing.
        certificate(world.folder, "third")
        os.replace(world.folder / "third.key", world.folder / "first.key")
        world.service.process.send_signal(signal.SIGHUP)
        eventually(lambda: "settings stay as they were" in world.service.log)
        assert shown(port) == new
        assert world.service.stop() == 0

    def test_a_key_that_everybody_reads_is_told(self, world):
        paths = certificate(world.folder, "open")
        paths[1].chmod(0o644)
        world.start(config={"tls": {"certificate": str(paths[0]), "key": str(paths[1])}})
        assert "everybody on this machine can read the key" in world.service.log


class TestUnixSockets:
    def service(self, folder, path, **named):
        return Daemon([BINARY, "serve", "--listen", f"unix:{path}", "--state-dir", folder / "state", "--root", folder,
                       *named.get("arguments", ())], folder / "service.log", clean_environment())

    def test_curl_and_the_command_line_reach_it(self, tmp_path):
        path = tmp_path / "longshore.sock"
        service = self.service(tmp_path, path)
        try:
            assert service.url == f"unix:{path}"
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            told = subprocess.run(["curl", "-fsS", "--unix-socket", path, "http://localhost/v1/limits"], check=True,
                                  stdout=subprocess.PIPE)
            assert json.loads(told.stdout)["concurrency"] == 64
            for variables, arguments in (({}, ["--url", service.url]), ({"LONGSHORE_URL": service.url}, [])):
                told = subprocess.run([BINARY, "limits", "--json", *arguments], stdout=subprocess.PIPE, text=True,
                                      env=clean_environment(**variables))
                assert told.returncode == 0 and json.loads(told.stdout)["concurrency"] == 64
        finally:
            assert service.stop() == 0
        assert not path.exists()

    def test_a_stale_socket_is_replaced_and_no_other(self, tmp_path):
        path = tmp_path / "longshore.sock"
        service = self.service(tmp_path, path)
        service.kill()
        assert path.exists()
        service = self.service(tmp_path, path)
        try:
            (tmp_path / "other").mkdir()
            refused = subprocess.run(
                [BINARY, "serve", "--listen", f"unix:{path}", "--state-dir", tmp_path / "other" / "state"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(), timeout=60)
            assert refused.returncode == 2 and "another service listens there" in refused.stderr
            subprocess.run(["curl", "-fsS", "--unix-socket", path, "http://localhost/livez"], check=True,
                           stdout=subprocess.DEVNULL)
        finally:
            assert service.stop() == 0
        path.write_text("no socket")
        refused = subprocess.run(
            [BINARY, "serve", "--listen", f"unix:{path}", "--state-dir", tmp_path / "other" / "state"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(), timeout=60)
        assert refused.returncode == 2 and path.read_text() == "no socket"


def test_an_open_address_is_not_listened_on(tmp_path):
    refused = subprocess.run([BINARY, "serve", "--listen", "0.0.0.0:0", "--state-dir", tmp_path / "state"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(), timeout=60)
    assert refused.returncode == 2 and refused.stdout == ""
    assert "LONGSHORE_TOKEN" in refused.stderr and "--insecure" in refused.stderr


def test_names_and_pages_of_other_hosts(world, client):
    port = client.url.rsplit(":", 1)[1]
    client.get("/v1/jobs", headers={"Host": "rebound.example"}).problem(421, "MISDIRECTED_REQUEST")
    client.get("/v1/jobs", headers={"Host": f"localhost:{port}"}).expect(200)
    client.get("/livez", headers={"Host": "10.1.2.3"}).expect(200)
    patch = {"concurrency": 5}
    client.request("PATCH", "/v1/limits", json=patch, headers={"Origin": "http://evil.example"}).problem(403, "FORBIDDEN")
    client.request("PATCH", "/v1/limits", json=patch, headers={"Origin": "null"}).problem(403, "FORBIDDEN")
    assert client.get("/v1/limits").json["concurrency"] == 64
    client.request("PATCH", "/v1/limits", json=patch, headers={"Origin": client.url}).expect(200)


def test_a_ticket_opens_a_stream_in_place_of_a_token(world):
    make(world.root, ["a.txt"])
    client = world.start(token="hush")
    ticket = client.request("POST", "/v1/tickets").expect(200).json["ticket"]
    bare = Client(world.service.url)
    stream = bare.stream(f"/v1/events?ticket={ticket}&types=job.*")
    job = client.succeed(world.spec())
    for event in stream:
        if event.event == "job.succeeded" and event.data["job_id"] == job["id"]:
            break
    stream.close()
    bare.get(f"/v1/events?ticket={ticket}").problem(401, "UNAUTHORIZED")
    bare.get(f"/v1/jobs?ticket={ticket}").problem(401, "UNAUTHORIZED")
    # The filter's fault is said, and the ticket is used up all the same.
    ticket = client.request("POST", "/v1/tickets").json["ticket"]
    bare.get(f"/v1/events?ticket={ticket}&surprise=1").problem(400, "INVALID_QUERY")
    assert ticket not in world.service.log


# Bad clients


class Attackers:
    """Clients that take what they can get, all at once; `stop` ends them."""

    def __init__(self, url):
        self.address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self.over = threading.Event()
        self.sockets = []
        self.threads = []
        self.answers = {}

    def connect(self, data=b""):
        connection = socket.create_connection(self.address, 60)
        connection.settimeout(60)
        connection.sendall(data)
        self.sockets.append(connection)
        return connection

    def run(self, body, *arguments):
        thread = threading.Thread(target=self._guarded, args=(body, *arguments), daemon=True)
        self.threads.append(thread)
        thread.start()

    def _guarded(self, body, *arguments):
        try:
            body(*arguments)
        except OSError:
            pass  # the service has cut it

    def drip(self, head):
        """One byte of a head a second, until it is cut."""
        connection = self.connect()
        for byte in head:
            connection.sendall(bytes([byte]))
            if self.over.wait(1):
                return

    def never_read(self, identity):
        """Asks again and again and reads nothing."""
        connection = self.connect()
        while not self.over.is_set():
            connection.sendall(b"GET /v1/jobs/%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % identity.encode())

    def send_large(self, name, head):
        """A body of 100 MB, as fast as it is taken."""
        connection = self.connect(head)
        try:
            for _ in range(100):
                connection.sendall(b" " * 1_000_000)
        except OSError:
            pass
        self.answers[name] = connection.recv(12)[9:12]

    def post(self, name, body):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        connection.request("POST", "/v1/jobs", body, {"Content-Type": "application/json"})
        self.answers[name] = str(connection.getresponse().status).encode()
        connection.close()

    def stop(self):
        self.over.set()
        for connection in self.sockets:
            connection.close()
        for thread in self.threads:
            thread.join(10)


def test_a_job_goes_on_beside_clients_that_behave_badly(world):
    """All of them at once. The job has ended while they are still there; memory stays bounded."""
    client = world.start(store_arguments=["--latency-ms", "5", "--opaque-etags"])
    many(world.root, 3_000, size=1_000)
    attackers = Attackers(client.url)
    job = client.submit(world.spec(concurrency=8))
    identity = job["id"]
    try:
        for _ in range(2_000):
            attackers.connect()
        for _ in range(20):
            attackers.run(attackers.drip, b"GET /v1/jobs HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 10_000)
            attackers.run(attackers.never_read, identity)
        head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for index in range(5):
            attackers.run(attackers.send_large, f"large {index}", head + b"Content-Length: 100000000\r\n\r\n")
        deep = b'{"source":' + b"[" * 1_000_000
        for index in range(5):
            attackers.run(attackers.post, f"deep {index}", deep)
            attackers.run(attackers.post, f"text {index}", b'{"source": "\xff\xfe\xc0\x80"}')
            attackers.run(attackers.post, f"name {index}", b'{"\xed\xa0\x80": 1}')
        began = time.monotonic()
        ended = client.wait(identity)
        took = time.monotonic() - began
        eventually(lambda: len(attackers.answers) == 20, told=lambda: attackers.answers)
        peak = world.service.status("VmHWM") / 1024
        alive = sum(thread.is_alive() for thread in attackers.threads)
        print(f"3,000 files in {took:.1f} s beside {alive} clients that go on; {peak:.0f} MiB at most")
        # While the slow ones are still at it.
        assert ended["state"] == "succeeded" and ended["progress"]["files"]["succeeded"] == 3_000 and alive
        assert {name.split()[0]: code for name, code in attackers.answers.items()} == {
            "large": b"413", "deep": b"400", "text": b"400", "name": b"400"}
        assert peak < 192
        client.get("/readyz").expect(200)
    finally:
        attackers.stop()
    # What they held is given back.
    eventually(lambda: world.service.descriptors() < 200, told=world.service.open_files, timeout=60)
