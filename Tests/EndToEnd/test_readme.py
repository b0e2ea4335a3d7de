"""The README's curl session, run word for word."""

import os
import re
import subprocess

import pytest

from harness import REPOSITORY
from harness.processes import BINARY, clean_environment
from harness.trees import write

README = REPOSITORY / "README.md"
# Brings the loopback device of a new network namespace up, where ports such as 8600 are free, without iproute2.
LOOPBACK_UP = """import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
"""


def block(name):
    """The shell block between `<!-- NAME -->` and the next fence's end."""
    found = re.search(rf"<!-- {name} -->\s*```(?:sh|bash|console)\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert found, f"the README has no {name}"
    return found.group(1)


def run(folder, script, python=None):
    """What a script prints, in a network of its own where that can be had, so that its ports are free."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "longshore").symlink_to(BINARY)
    if python:
        write(tools, "python3", f'#!/bin/sh\nexec {python} "$@"\n'.encode()).chmod(0o755)
    path = folder / "session.sh"
    path.write_text(script)
    loopback = folder / "loopback.py"
    loopback.write_text(LOOPBACK_UP)
    inside = f"python3 {loopback} && exec bash -euo pipefail {path}"
    # Its own /proc, too: libdispatch looks there for its threads.
    isolated = ["unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child"] + (["--map-root-user"] if os.geteuid() else [])
    if subprocess.run(isolated + ["true"], capture_output=True).returncode != 0:
        isolated, inside = ["setsid", "--wait"], f"exec bash -euo pipefail {path}"
    here = folder / "here"
    here.mkdir()
    environment = clean_environment(HOME=here)
    environment["PATH"] = f"{tools}:{environment['PATH']}"
    output = folder / "output"
    with open(output, "wb") as file:
        try:
            code = subprocess.run(isolated + ["bash", "-c", inside], cwd=here, env=environment, stdout=file,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=100).returncode
        except subprocess.TimeoutExpired:
            code = "none after 100 s"
    told = output.read_text(errors="replace")
    assert code == 0, f"exit code {code}: {told[-4000:]}"
    return told


@pytest.mark.timeout(120)
def test_the_session_of_the_readme_runs_as_it_stands(world, tmp_path):
    assert '"succeeded"' in run(tmp_path, block("session"))


@pytest.mark.timeout(120)
def test_the_command_line_of_the_readme_runs_after_it(world, tmp_path):
    begun, found, _ = block("session").partition("# What would a job do?")
    assert found, "the session first starts a store and a service"
    told = run(tmp_path, begun + block("command line") + "kill %2 %1\n")
    here = tmp_path / "here"
    assert told.count("Succeeded: ") == 5, told[-4000:]
    assert (here / "photos/back/2026/a.txt").read_bytes() == b"hello\n"
    assert (here / "longshore.bash").stat().st_size > 1000 and (here / "longshore.1").read_text().startswith(".TH")
