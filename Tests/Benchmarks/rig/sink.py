"""The neutral S3 sink: nginx with the module of `sink/module` and the Lua of `sink/s3.lua`, on free ports."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from . import BENCHMARKS, HOME, data, processes

SINK = HOME / "sink"
_HEADS = " ".join([
    "$request_method $request_uri", "status=$status", "sha256=$http_x_amz_content_sha256", "md5=$http_content_md5",
    "trailer=$http_x_amz_trailer", "encoding=$http_content_encoding", "transfer=$http_transfer_encoding",
    "expect=$http_expect", "length=$content_length", "crc32=$http_x_amz_checksum_crc32",
    "crc32c=$http_x_amz_checksum_crc32c", "crc64=$http_x_amz_checksum_crc64nvme", "range=$http_range",
    "copy=$http_x_amz_copy_source", "connection=$connection", "tls=$ssl_protocol/$ssl_cipher", "agent=$http_user_agent"])


def _authority():
    """A private authority and a certificate for 127.0.0.1, made once, for 30 days."""
    authority = SINK / "ca.pem"
    if authority.exists() and time.time() - authority.stat().st_mtime < 29 * 86400:
        return authority
    SINK.mkdir(parents=True, exist_ok=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (SINK / "extensions").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    for command in (
        ["req", "-x509", *key, "-days", "30", "-subj", "/CN=benchmark authority", "-keyout", "ca.key", "-out", "ca.pem",
         "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"],
        ["req", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"],
        ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
         "-extfile", "extensions", "-out", "server.pem"],
    ):
        subprocess.run(["openssl", *command], cwd=SINK, check=True, stderr=subprocess.DEVNULL)
    return authority


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink:
    """One nginx. Every PUT is taken whole, thrown away and answered with 200 after `latency` milliseconds; a GET of bucket
    `dl` is a file of the data folder, at `rate` bytes a second a connection at most; `sink/s3.lua` has the rest."""

    def __init__(self, latency=0, tls=False, rate=0, workers=1, heads=None, port=0):
        self.authority = _authority()
        module = subprocess.run([BENCHMARKS / "sink" / "build", SINK / "module"], check=True, stdout=subprocess.PIPE,
                                text=True).stdout.split()[-1]
        self.port = port or _free_port()
        self.endpoint = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self.statistics = _free_port()
        self.folder = SINK / f"run-{self.port}"
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(self._configuration(module, latency, tls, rate, workers, heads))
        log = self.folder / "error.log"
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([nginx, "-p", self.folder, "-c", configuration, "-e", log],
                                        stdin=subprocess.DEVNULL, preexec_fn=processes.end_with_parent)
        for _ in range(200):
            try:
                self.counters()
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"the sink did not start: {log.read_text()[-2000:]}") from None
                time.sleep(0.05)
        self.workers = processes.children(self.process.pid)

    def counters(self):
        """What has arrived since the start; bytes are those of objects, without the framing of chunks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.statistics, timeout=10)
        connection.request("GET", "/")
        return json.loads(connection.getresponse().read())

    def cpu_seconds(self):
        return sum(sum(processes.cpu(worker)) for worker in self.workers)

    def close(self):
        self.process.terminate()
        self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _configuration(self, module, latency, tls, rate, workers, heads):
        modules = subprocess.run(["dpkg", "-L", "libnginx-mod-http-lua"], check=True, stdout=subprocess.PIPE, text=True)
        lua = Path(next(line for line in modules.stdout.split() if line.endswith("ngx_http_lua_module.so")))
        temporary = "".join(f"    {kind}_temp_path {self.folder}/{kind};\n" for kind in
                            ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
        return f"""\
daemon off;
load_module {lua.with_name("ndk_http_module.so")};
load_module {lua};
load_module {module};
{"user root;" if os.geteuid() == 0 else ""}
worker_processes {workers};
pid {self.folder}/pid;
error_log {self.folder}/error.log warn;
events {{ worker_connections 16384; multi_accept on; }}
http {{
    s3sink_zone;
    lua_shared_dict s3 16m;
    log_format heads escape=json '{_HEADS}';
    access_log {f"{heads} heads" if heads else "off"};
    default_type application/octet-stream;
    sendfile on; tcp_nopush on; tcp_nodelay on;
    keepalive_timeout 3600s; keepalive_requests 1000000000;
    client_header_buffer_size 16k; large_client_header_buffers 8 64k;
    client_max_body_size 0; client_body_buffer_size 32m; client_body_timeout 120s;
{temporary}    merge_slashes off; reset_timedout_connection on;
    ssl_certificate {SINK}/server.pem; ssl_certificate_key {SINK}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:ssl:4m;
    server {{
        listen 127.0.0.1:{self.port} backlog=4096 reuseport{" ssl" if tls else ""};
        s3sink_count on;
        location / {{ s3sink_latency {latency}ms; s3sink; }}
        location @s3 {{
            set $s3_obj {data.objects()};
            set $s3_lat {latency / 1000};
            content_by_lua_file {BENCHMARKS}/sink/s3.lua;
        }}
        location /__obj/ {{ internal; alias {data.objects()}/; etag on; limit_rate {rate}; }}
    }}
    server {{
        listen 127.0.0.1:{self.statistics};
        location / {{ s3sink_stats; s3sink_count off; }}
    }}
}}
"""
