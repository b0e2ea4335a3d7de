"""The README's curl session, run word for word."""

import os
import re
import shutil
import subprocess

import pytest

from harness import REPOSITORY
from harness.processes import BINARY, clean_environment

README = REPOSITORY / "README.md"
# Brings the loopback device of a new network namespace up, where ports such as 8600 are free, without iproute2.
LOOPBACK_UP = """import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
"""


def session():
    """The shell block between `<!-- session -->` and the next fence's end."""
    found = re.search(r"<!-- session -->\s*```(?:sh|bash|console)\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert found, "the README has no session"
    return found.group(1)


@pytest.mark.skipif(not README.exists(), reason="no README.md yet")
@pytest.mark.timeout(120)
def test_the_session_of_the_readme_runs_as_it_stands(world, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "longshore").symlink_to(BINARY)
    script = tmp_path / "session.sh"
    script.write_text(session())
    loopback = tmp_path / "loopback.py"
    loopback.write_text(LOOPBACK_UP)
    inside = f"python3 {loopback} && exec bash -euo pipefail {script}"
    isolated = ["unshare", "--net", "--pid", "--fork", "--kill-child"] + (["--map-root-user"] if os.geteuid() else [])
    if subprocess.run(isolated + ["true"], capture_output=True).returncode != 0:
        isolated, inside = ["setsid", "--wait"], f"exec bash -euo pipefail {script}"
    folder = tmp_path / "here"
    folder.mkdir()
    environment = clean_environment(HOME=folder)
    environment["PATH"] = f"{tools}:{environment['PATH']}"
    output = tmp_path / "output"
    with open(output, "wb") as file:
        ended = subprocess.run(isolated + ["bash", "-c", inside], cwd=folder, env=environment, stdout=file,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=100)
    told = output.read_text(errors="replace")
    assert ended.returncode == 0, told[-4000:]
    assert '"succeeded"' in told or "succeeded" in told, told[-4000:]
    shutil.rmtree(folder, ignore_errors=True)
