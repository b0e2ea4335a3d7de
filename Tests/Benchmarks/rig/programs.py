"""The small C programs of the rig, and the peers from PyPI: built and installed when they are first needed."""

import subprocess
import sys

from . import BENCHMARKS, HOME, PEERS

_LIBRARIES = {
    "runner": ["rig/runner.c"],
    "syncs.so": ["rig/syncs.c", "-shared", "-fPIC", "-ldl"],
    "curlmulti": ["limits/curlmulti.c", "-lcurl"],
    "rawput": ["limits/rawput.c", "-pthread"],
    "rawget": ["limits/rawget.c", "-pthread"],
    "membench": ["limits/membench.c"],
    "checksums": ["limits/checksums.c", "-lisal", "-lcrypto"],
}


def program(name):
    """The path of a C program, compiled when its source is newer."""
    source, *options = _LIBRARIES[name]
    source, made = BENCHMARKS / source, HOME / "programs" / name
    if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
        made.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", "-Wall", "-o", made, source, *options], check=True)
    return made


def install_peers():
    """Each peer in an environment of its own (their versions of botocore exclude each other); `peers.txt` says which."""
    for line in (BENCHMARKS / "peers.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, *packages = line.split()
        folder = PEERS / name
        mark = folder / "made-from"
        if mark.exists() and mark.read_text() == line:
            continue
        print(f"Installing {line}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
                        *packages], check=True)
        mark.write_text(line)
