"""Trees of files with known content."""

import os
import random
from pathlib import Path

MIB = 1 << 20

# Names that have broken other tools, each a legal file name and a legal key.
ODD_NAMES = [
    "space in the name.txt", " leading and trailing ", "plus+plus.txt", "per%cent.txt", "per%20cent.txt",
    "hash#hash.txt", "question?mark.txt", "amper&sand=equals.txt", "semi;colon,comma.txt", "quote'\"quote.txt",
    "back\\slash.txt", "tilde~.txt", "(round) [square] {curly}.txt", "<tag>.xml", "dollar$@!^`|*.txt", "colon:colon",
    "caf\u00e9-nfc.txt", "cafe\u0301-nfd.txt", "\U0001f6a2 ship.txt", "\u65e5\u672c\u8a9e.txt", "file..txt", "...",
    "-rf", "CON", ".hidden", "deep/er/and deeper+/x#y/leaf.txt",
]
NEWLINE_NAME = "line\nfeed.txt"
CONTROL_NAME = "bell\x07tab\tdel\x7f.txt"


def content(name, size):
    """`size` bytes that depend on the name and repeat nowhere in step with a part."""
    return random.Random(f"{name}:{size}").randbytes(size)


def write(root, name, data):
    path = Path(root) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def make(root, names, size=100):
    """Files below `root`; returns name -> bytes."""
    tree = {name: content(name, size) for name in names}
    for name, data in tree.items():
        write(root, name, data)
    return tree


def many(root, count, size=4096, per_folder=500):
    """`count` small files. Each starts with its own number; returns relative name -> size."""
    root = Path(root)
    rest = random.Random(count).randbytes(max(0, size))
    names = {}
    for index in range(count):
        if index % per_folder == 0:
            folder = f"d{index // per_folder:04d}"
            (root / folder).mkdir(parents=True, exist_ok=True)
        name = f"{folder}/f{index:06d}"
        data = (b"%08d" % index + rest)[:size]
        descriptor = os.open(root / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(descriptor, data)
        os.close(descriptor)
        names[name] = size
    return names


def big(path, size, seed=1):
    """A file of `size` bytes, made of blocks that all differ."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    block = bytearray(random.Random(seed).randbytes(MIB))
    with open(path, "wb") as file:
        left, number = size, 0
        while left > 0:
            block[:8] = number.to_bytes(8, "big")
            file.write(block[: min(MIB, left)])
            left -= MIB
            number += 1
    return path
