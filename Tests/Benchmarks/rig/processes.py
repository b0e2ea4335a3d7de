"""What /proc tells of processes and of the machine, and one command run under measurement."""

import ctypes
import json
import os
import signal
import subprocess
import time

from . import HOME
from .programs import program

TICK = os.sysconf("SC_CLK_TCK")


def children(pid):
    """All living descendants."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in map(int, file.read().split()):
                    found += [child, *children(child)]
    except OSError:
        pass
    return found


def cpu(pid):
    """(user, system) seconds of a process, its living descendants and those it has waited for."""
    user = system = 0
    for one in [pid, *children(pid)]:
        try:
            with open(f"/proc/{one}/stat") as file:
                fields = [int(field) for field in file.read().rpartition(")")[2].split()[11:15]]
        except OSError:
            continue
        user, system = user + fields[0] + fields[2], system + fields[1] + fields[3]
    return user / TICK, system / TICK


def resident(pid, name):
    """A figure of /proc/PID/status of a process and its descendants, in MiB: VmHWM is the peak."""
    total = 0
    for one in [pid, *children(pid)]:
        try:
            with open(f"/proc/{one}/status") as file:
                total += next((int(line.split()[1]) for line in file if line.startswith(name + ":")), 0)
        except OSError:
            pass
    return total / 1024


def reset_peak(pid):
    for one in [pid, *children(pid)]:
        try:
            with open(f"/proc/{one}/clear_refs", "w") as file:
                file.write("5")
        except OSError:
            pass


def machine():
    """(busy, all, stolen by the hypervisor) of all cores, in seconds since the start of the machine."""
    with open("/proc/stat") as file:
        fields = [int(field) / TICK for field in file.readline().split()[1:9]]
    return sum(fields) - fields[3] - fields[4] - fields[7], sum(fields), fields[7]


def settle(at_most=20):
    """Waits until nothing else uses the machine."""
    end = time.monotonic() + at_most
    while time.monotonic() < end:
        before = machine()
        time.sleep(0.3)
        after = machine()
        if (after[0] - before[0]) + (after[2] - before[2]) < 0.04:
            return


def touch(mib):
    """Touches and frees memory: `runner.c` says why."""
    if mib:
        subprocess.run([program("runner"), "touch", str(mib)], check=True)


def end_with_parent():
    """For a child, before it becomes its program: no service outlives a run that was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def run(command, environment, timeout, log):
    """Wall time, CPU, peak memory and exit code of a command, its waited-for descendants included."""
    told = HOME / f"run.{os.getpid()}.json"
    with open(log, "wb") as out:
        subprocess.run([program("runner"), told, str(timeout), *command], env=environment, stdin=subprocess.DEVNULL,
                       stdout=out, stderr=out)
    figures = json.loads(told.read_text())
    told.unlink()
    return figures
