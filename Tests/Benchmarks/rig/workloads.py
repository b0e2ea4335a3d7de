"""What is moved, and what the sink and the disk must show afterwards."""

import os
from dataclasses import dataclass

from . import DATA, GIB, MIB, data


@dataclass
class Workload:
    """One job for any contender."""

    operation: str
    """upload-tree, upload-file, download-file or copy-prefix."""
    objects: int
    bytes: int
    bucket: str = "b"
    source: str = ""
    prefix: str = ""
    key: str = ""
    destination: str = ""
    reference: str = ""

    def variables(self):
        """What a contender finds in its environment."""
        return {"OP": self.operation, "COUNT": str(self.objects), "SIZE": str(self.bytes), "BUCKET": self.bucket,
                "SRC": str(self.source), "PREFIX": self.prefix, "KEY": self.key, "DST": str(self.destination)}

    def complaints(self, seen, reference=False):
        """What is wrong with a run: `seen` is what the sink has counted over it. A reference (bare libcurl) sends parts
        that belong to no upload, so that only its bytes are looked at."""
        wrong = [f"{name}={seen[name]}" for name in ("s4xx", "s5xx", "broken", "aborts") if seen[name]]
        if self.operation.startswith("upload"):
            moved = seen["put_bytes"] + seen["part_bytes"]
            if moved != self.bytes:
                wrong.append(f"bytes {moved} of {self.bytes}")
            if not reference and seen["creates"] != seen["completes"]:
                wrong.append(f"multipart uploads: {seen['creates']} created, {seen['completes']} completed")
            if not reference and seen["puts"] + seen["completes"] != self.objects:
                wrong.append(f"objects {seen['puts'] + seen['completes']} of {self.objects}")
        elif self.operation == "copy-prefix" and seen["copies"] != self.objects:
            wrong.append(f"copies {seen['copies']} of {self.objects}")
        elif self.operation == "download-file":
            if seen["get_bytes"] < self.bytes:
                wrong.append(f"sent {seen['get_bytes']} of {self.bytes}")
            wrong += self._differences()
        return wrong

    def _differences(self):
        """Compares size, and 4 KiB of every MiB."""
        try:
            with open(self.destination, "rb") as got, open(self.reference, "rb") as wanted:
                if os.fstat(got.fileno()).st_size != self.bytes:
                    return [f"size {os.fstat(got.fileno()).st_size} of {self.bytes}"]
                for offset in range(0, self.bytes, MIB):
                    if os.pread(got.fileno(), 4096, offset) != os.pread(wanted.fileno(), 4096, offset):
                        return [f"content differs at {offset}"]
        except OSError as error:
            return [str(error)]
        return []

    def clear(self):
        """Takes away what a download has left."""
        if self.operation == "download-file":
            self.destination.unlink(missing_ok=True)


def small_files(count, size=4096, folders=100):
    return Workload("upload-tree", count, count * size, source=data.tree(count, size, folders), prefix="tree")


def one_file(size):
    return Workload("upload-file", 1, size, source=data.big(size), key="big")


def mixed_files(count, total):
    return Workload("upload-tree", count, total, source=data.mixed(count, total), prefix="mixed")


def download(size):
    path = data.big(size)
    return Workload("download-file", 1, size, bucket="dl", key=path.name, reference=path,
                    destination=DATA / "downloaded")


def copies(count):
    return Workload("copy-prefix", count, 0, bucket=f"gen{count}", prefix="src", destination="dst")


def in_words(work):
    size = f"{work.bytes / GIB:.3g} GiB" if work.bytes >= GIB / 10 else f"{work.bytes / MIB:.3g} MiB"
    return f"{work.objects:,} object{'s' if work.objects > 1 else ''}" + (f", {size}" if work.bytes else "")
