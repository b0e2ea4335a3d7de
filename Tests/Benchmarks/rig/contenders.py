"""Who is measured: programs that move one job and end; `services.py` has those that take one job after another."""

import os
import sys
from dataclasses import dataclass

from . import ACCESS_KEY, BENCHMARKS, HOME, PEERS, REGION, SECRET_KEY, processes
from .programs import program
from .services import Longshore, RcloneDaemon

REFERENCES = {"libcurl", "sockets"}
"""Not S3 clients: what the machine can do at all."""


@dataclass(frozen=True)
class Spec:
    """NAME[:VARIANT][@CONCURRENCY][/PART_MIB][+FLAVOUR]"""

    text: str
    name: str
    variant: str
    concurrency: int
    part_mib: int
    flavour: str

    @staticmethod
    def parse(text):
        rest, _, flavour = text.partition("+")
        rest, _, part = rest.partition("/")
        rest, _, concurrency = rest.partition("@")
        name, _, variant = rest.partition(":")
        return Spec(text, name, variant, int(concurrency or 64), int(part or 16), flavour)

    @property
    def ours(self):
        return self.name == "longshore"

    @property
    def reference(self):
        return self.name in REFERENCES

    def protection(self, tls):
        """How the bytes of an object are protected on their way, in the words of the verdicts; README.md says
        from which headers this is read."""
        if self.ours:
            kind = self.variant or "auto"
            return {"auto": "checksum" if tls else "signed", "crc32c": "checksum", "crc32": "checksum", "sha256": "signed",
                    "none": "nothing"}[kind]
        if self.reference or self.variant in ("unsigned", "nocrc"):
            return "nothing"
        if self.name in ("crt",):
            return "checksum"
        if self.name in ("obstore", "s5cmd"):
            return "signed"
        return "checksum" if tls else "signed"


class Program:
    """`contenders/NAME`, started for each run: its start is part of what it costs."""

    def __init__(self, spec, sink, tls):
        self.spec, self.sink, self.tls = spec, sink, tls
        self.path = BENCHMARKS / "contenders" / spec.name
        self.log = HOME / f"{spec.name}.log"

    def environment(self, work):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("AWS_", "PYTHON")) and "proxy" not in name.lower()}
        return {**kept, **work.variables(), "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "no_proxy": "*", "NO_PROXY": "*",
                "ENDPOINT": self.sink.endpoint, "CA_FILE": str(self.sink.authority) if self.tls else "",
                "CONCURRENCY": str(self.spec.concurrency), "PART_MIB": str(self.spec.part_mib),
                "VARIANT": self.spec.variant or "default", "PEERS": str(PEERS), "WORK": str(HOME),
                "PROGRAMS": str(HOME / "programs")}

    def run(self, work, timeout):
        for name in ("curlmulti", "rawget") if self.spec.reference else ():
            program(name)
        figures = processes.run([self.path], self.environment(work), timeout, self.log)
        figures["complaints"] = [f"exit {figures['rc']}{' (timeout)' if figures['timeout'] else ''}: "
                                 + self.log.read_text(errors="replace")[-300:]] if figures["rc"] else []
        return figures

    def close(self):
        pass


def start(spec, sink, tls):
    """A contender that is ready to run."""
    kind = {"longshore": Longshore, "rclone-rcd": RcloneDaemon}.get(spec.name, Program)
    try:
        return kind(spec, sink, tls)
    except OSError as error:
        sys.exit(f"{spec.text} could not be started: {error}")
