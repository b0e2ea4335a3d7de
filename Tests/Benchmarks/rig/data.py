"""Source trees and objects, made on demand below DATA and kept there for the next run."""

import os
import random
import shutil

from . import DATA, GIB, MIB

_noise = None


def noise():
    global _noise
    if _noise is None:
        _noise = os.urandom(8 * MIB)
    return _noise


def fill(path, size, seed=0):
    block = memoryview(noise())
    with open(path, "wb", buffering=0) as file:
        left, at = size, (seed * 7919) % MIB
        while left:
            count = min(left, len(block) - at)
            file.write(block[at:at + count])
            left -= count
            at = (at + 4099) % MIB


def made(path, what):
    mark = path.with_name(path.name + ".made")
    if mark.exists() and mark.read_text() == what:
        return True
    shutil.rmtree(path, ignore_errors=True)
    return False


def mark(path, what):
    path.with_name(path.name + ".made").write_text(what)


def tree(count, size, folders=100):
    """`count` files of `size` bytes in so many folders: its path."""
    path = DATA / f"tree-{count}-{size}-{folders}"
    if not made(path, "whole"):
        per_folder = -(-count // folders)
        body = noise()[:size]
        for index in range(count):
            if index % per_folder == 0:
                folder = path / f"d{index // per_folder:03d}"
                folder.mkdir(parents=True)
            descriptor = os.open(f"{folder}/f{index:07d}", os.O_WRONLY | os.O_CREAT, 0o644)
            if size:
                os.write(descriptor, body)
            os.close(descriptor)
        mark(path, "whole")
    return path


def mixed(count, total, folders=50, sigma=2.0, seed=1):
    """Lognormal sizes that sum to exactly `total`; a fixed seed: always the same tree."""
    path = DATA / f"mixed-{count}-{total // MIB}"
    what = f"{count} {total} {folders} {sigma} {seed}"
    if not made(path, what):
        generator = random.Random(seed)
        raw = [generator.lognormvariate(0, sigma) for _ in range(count)]
        sizes = [max(1, int(value * total / sum(raw))) for value in raw]
        sizes[sizes.index(max(sizes))] += total - sum(sizes)
        for index, size in enumerate(sizes):
            folder = path / f"d{index % folders:03d}"
            folder.mkdir(parents=True, exist_ok=True)
            fill(folder / f"f{index:05d}", size, index)
        mark(path, what)
    return path


def big(size=4 * GIB):
    """One file, also an object of that name in the sink's bucket `dl`."""
    path = objects() / f"big-{size}"
    if not (path.exists() and path.stat().st_size == size):
        fill(path, size)
    return path


def objects():
    """The folder that the sink serves as bucket `dl`."""
    path = DATA / "objects"
    path.mkdir(parents=True, exist_ok=True)
    return path
