"""The test's side of killer.c: when the service is to die, and what a power loss leaves."""

import mmap
import shutil
import signal
import struct
import subprocess
from pathlib import Path

from harness import REPOSITORY

SOURCE = Path(__file__).with_name("killer.c")
LIBRARY = REPOSITORY / ".build" / "crash" / "killer.so"

FIELDS = ("syncs", "writes", "sync_ahead", "sync_done", "write_ahead", "write_half")


def built():
    """The library, made anew when its source is newer."""
    if not LIBRARY.exists() or LIBRARY.stat().st_mtime < SOURCE.stat().st_mtime:
        LIBRARY.parent.mkdir(parents=True, exist_ok=True)
        compiler = shutil.which("cc") or shutil.which("clang")
        assert compiler, "no C compiler: clang comes with Swift"
        subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", LIBRARY, SOURCE, "-ldl"],
                       check=True)
    return LIBRARY


class Killer:
    """One for each life of the service: counts begin at zero."""

    def __init__(self, folder):
        self.state = Path(folder) / "state"
        self.disk = Path(folder) / "disk"
        self.disk.mkdir(exist_ok=True)
        self._path = Path(folder) / "control"
        self._path.write_bytes(bytes(8 * len(FIELDS)))
        self._file = open(self._path, "r+b")
        self._map = mmap.mmap(self._file.fileno(), 0)

    @property
    def environment(self):
        return {"LD_PRELOAD": built(), "KILLER_STATE": self.state, "KILLER_CONTROL": self._path,
                "KILLER_DISK": self.disk}

    def __getitem__(self, name):
        return struct.unpack_from("=q", self._map, 8 * FIELDS.index(name))[0]

    def __setitem__(self, name, value):
        struct.pack_into("=q", self._map, 8 * FIELDS.index(name), value)

    def at_sync(self, number, *, done):
        """Dies at the sync with this number from now: before it, or once it is done."""
        self["sync_done"] = int(done)
        self["sync_ahead"] = number

    def at_write(self, number, *, half=False):
        """Dies at the write to the log with this number from now: before it, or when half of it is written."""
        self["write_half"] = int(half)
        self["write_ahead"] = number

    def lose_power(self, service):
        """The process dies, and with it everything that was not synced."""
        if service.alive:
            service.kill()
        shutil.rmtree(self.state)
        shutil.copytree(self.disk, self.state)

    def forget(self):
        """Nothing is left of the state, here and on the disk."""
        for folder in (self.state, self.disk):
            shutil.rmtree(folder)
            folder.mkdir(0o700)

    def close(self):
        self._map.close()
        self._file.close()


def assert_killed(service, timeout=30):
    """Waits for the death that was ordered."""
    code = service.process.wait(timeout)
    assert code == -signal.SIGKILL, f"ended with {code}: {service.log[-2000:]}"
