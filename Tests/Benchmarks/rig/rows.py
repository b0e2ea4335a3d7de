"""The rows of the table: what each moves, who moves it, and what longshore is to reach."""

from dataclasses import dataclass
from math import ceil

from . import MIB, measure, workloads
from .verdicts import Verdict, best, bound, faster, quotient

# The settings that were found best for each peer on two cores; SLOW ones only with --slow.
SMALL = ["obstore@16", "obstore:unsigned@16", "crt@64", "crt:nocrc@64", "s5cmd@64", "rclone:tuned@16", "rclone-rcd@16"]
LARGE = ["crt@16", "crt:nocrc@16", "obstore:unsigned@8/8", "obstore@4", "obstore@16", "s5cmd@8", "rclone:tuned@16",
         "rclone-rcd@16"]
MIXED = ["crt@64", "crt:nocrc@32", "obstore:unsigned@16", "obstore@32", "s5cmd@16", "rclone:tuned@8", "rclone-rcd@8"]
GET = ["crt@16/8", "obstore@8/8", "rclone@4", "rclone@16", "rclone-rcd@16", "s5cmd@4"]
SLOW_SMALL = ["crt:s3transfer@64", "boto3@16", "boto3:mp2@16", "aioboto3@16", "awscli@4"]
SLOW_LARGE = ["crt:s3transfer@16", "boto3@4", "aioboto3@16", "awscli@4"]


@dataclass
class Row:
    """Contenders on one workload."""

    name: str
    work: callable
    """Makes the workload out of the sizes given on the command line."""
    ours: list
    peers: list
    slow: list
    judge: callable
    """Verdicts out of the figures by spec."""
    limits: tuple = ()
    latency: int = 0
    tls: bool = False
    workers: int = 1

    def run(self, settings):
        work = self.work(settings.sizes)
        specs = settings.ours or self.ours
        others = list(self.limits) + (self.peers if settings.peers else []) + (self.slow if settings.slow else [])
        specs = specs + [one for one in others if settings.only is None or one in settings.only]
        figures = measure.paired(self.name, specs, work, settings, self.latency, self.tls, self.workers)
        print(measure.table(work, figures.values()) + "\n")
        lost = [Verdict(f"{one.spec.text} moves everything", "0 runs verified", "each run", False, is_failure=True)
                for one in figures.values() if not one.good]
        figures = {spec: one for spec, one in figures.items() if one.good}
        ours = [one for one in figures.values() if one.spec.ours]
        return lost + (self.judge(self, work, figures.values(), settings) if ours else [])


def _sides(figures):
    """(ours, peers, bare C) by figures."""
    return ([one for one in figures if one.spec.ours],
            [one for one in figures if not one.spec.ours and not one.spec.reference],
            [one for one in figures if one.spec.reference])


def many_small(row, work, figures, settings, peak=None):
    """At least twice the best peer's rate at no more than half its CPU an object."""
    ours, peers, bare = _sides(figures)
    mine, peer = best(ours), best(peers)
    told = [quotient("rate", mine, peer, mine.rate, peer and peer.rate, at_least=2),
            quotient("CPU an object", mine, peer, mine.cpu_per_object, peer and peer.cpu_per_object, at_most=0.5)]
    if bare:
        told.append(quotient("rate", mine, bare[0], mine.rate, bare[0].rate))
        told.append(quotient("CPU an object", mine, bare[0], mine.cpu_per_object, bare[0].cpu_per_object))
    return told + ([bound("peak RSS, MiB", mine, mine.peak, peak)] if peak else [])


def very_many(row, work, figures, settings):
    return many_small(row, work, figures, settings, peak=96)


def within_latency(row, work, figures, settings):
    """At most 1.1 times the ideal at 64 at once; never slower than the best peer."""
    ours, peers, _ = _sides(figures)
    mine, told = best(ours), []
    ideal = (ceil(work.objects / mine.spec.concurrency) + 1) * row.latency / 1000
    told.append(quotient("wall", mine, None, mine.wall, ideal, at_most=1.1 if mine.spec.concurrency <= 64 else None,
                         other=f"ideal {ideal:.2f} s"))
    return told + [faster(mine, best(peers), or_equal=True)]


def copying(row, work, figures, settings):
    """Within 1.15 of the ideal; not slower than the best peer. One list page is waited for before the first copy."""
    ours, peers, _ = _sides(figures)
    mine = best(ours)
    ideal = (1 + ceil(work.objects / mine.spec.concurrency) + 1) * row.latency / 1000
    return [quotient("wall", mine, None, mine.wall, ideal, at_most=1.15, other=f"ideal {ideal:.2f} s"),
            faster(mine, best(peers), or_equal=True)]


def one_large(row, work, figures, settings):
    """Each of ours against the best peer that protects the same, and against bare C plus one pass of the checksum."""
    ours, peers, bare = _sides(figures)
    told = []
    for mine in ours:
        kind = mine.spec.protection(row.tls)
        peer = best([one for one in peers if one.spec.protection(row.tls) == kind])
        told.append(faster(mine, peer, note=f" ({kind})"))
        if bare:
            sums = {"nothing": 0, "checksum": "crc32c", "signed": "sha256"}[kind]
            spent = bare[0].cpu_per_gib + (settings.checksum_pass(work.source, sums) if sums else 0)
            told.append(quotient("CPU a GiB", mine, None, mine.cpu_per_gib, spent, at_most=1.15,
                                 other=f"libcurl{' + ' + sums if sums else ''} {spent:.2f} s"))
        told.append(bound("peak RSS, MiB", mine, mine.peak, 64))
    return told


def mixed_sizes(row, work, figures, settings):
    """Faster than each peer, and no tail."""
    ours, peers, _ = _sides(figures)
    mine = best(ours)
    told = [faster(mine, best(peers))]
    for kind in ("checksum", "signed"):
        same = [one for one in ours if one.spec.protection(row.tls) == kind]
        if same:
            told.append(faster(best(same), best([one for one in peers if one.spec.protection(row.tls) == kind]),
                               note=f" ({kind})"))
    for one in ours:
        if any("permits_at_end" in run for run in one.good):
            told.append(bound("share of the permits used in the last 5 % of the time", one,
                              one.median(lambda run: run.get("permits_at_end", 0)), 0.5, at_least=True))
    return told


def downloading(row, work, figures, settings):
    """Faster than each peer, the sync of the file left out, which no peer makes."""
    ours, peers, bare = _sides(figures)
    mine, peer = best(ours), best(peers)
    synced = mine.median(lambda run: run["file_sync_s"])
    calls = mine.median(lambda run: run["file_syncs"])
    told = [quotient("wall without its sync", mine, peer, mine.wall - synced, peer and peer.wall, below=1),
            Verdict(f"{mine.spec.text}: syncs of the file", f"{calls:.0f} in {synced:.3f} s", "", None),
            bound("peak RSS, MiB", mine, mine.peak, 64)]
    if bare:
        told.append(quotient("wall without its sync", mine, bare[0], mine.wall - synced, bare[0].wall))
    return told


def _small(count):
    return lambda sizes: workloads.small_files(sizes.get("COUNT", count), sizes.get("BYTES", 4096))


def _file(sizes):
    return workloads.one_file(sizes.get("SIZE_MIB", 4096) * MIB)


def _got(sizes):
    return workloads.download(sizes.get("SIZE_MIB", 4096) * MIB)



def _mixed(sizes):
    total = sizes.get("TOTAL_MIB", sizes.get("SIZE_MIB", 4096))
    return workloads.mixed_files(sizes.get("COUNT", 2000), total * MIB)


def _copies(sizes):
    return workloads.copies(sizes.get("COUNT", 2000))


def _many(sizes):
    count = sizes.get("COUNT", 200_000)
    return workloads.small_files(count, sizes.get("BYTES", 1), max(100, count // 1000))


def at(concurrency, *names):
    return [f"{name}@{concurrency}" for name in names]


ROWS = [
    Row("W1", _small(10_000), ["longshore@16", "longshore@64"], SMALL, SLOW_SMALL, many_small, ("libcurl@64",)),
    Row("W1-tls", _small(10_000), ["longshore@16", "longshore@64"], SMALL, ["boto3@16", "aioboto3@16"], many_small,
        ("libcurl@64",), tls=True),
    Row("W1L-64", _small(2_000), ["longshore@64"], at(64, "obstore", "crt", "s5cmd", "rclone:tuned", "rclone-rcd"),
        at(64, "crt:s3transfer", "boto3", "aioboto3", "awscli"), within_latency, latency=20),
    Row("W1L-256", _small(2_000), ["longshore@256"], at(256, "obstore", "crt", "s5cmd", "rclone:tuned", "rclone-rcd"), [],
        within_latency, latency=20),
    Row("W2", _file, ["longshore:crc32c@8", "longshore:sha256@8", "longshore:none@8"], LARGE, SLOW_LARGE, one_large,
        ("libcurl@8",)),
    Row("W2-tls", _file, ["longshore:crc32c@8", "longshore:sha256@8", "longshore:none@8"], LARGE, ["boto3@4", "aioboto3@16"],
        one_large, ("libcurl@8",), tls=True),
    Row("W3", _mixed, ["longshore:crc32c@32+tail", "longshore:sha256@32+tail"], MIXED,
        ["crt:s3transfer@64", "boto3@8", "aioboto3@8", "awscli@8"], mixed_sizes),
    Row("W4", _got, ["longshore@8", "longshore@16"], GET, ["crt:s3transfer@16", "boto3@4", "aioboto3@16", "awscli@4"],
        downloading, ("sockets@8",), workers=2),
    Row("W4-tls", _got, ["longshore@8", "longshore@16"], ["crt@16/8", "obstore@8/8", "rclone@16", "s5cmd@4"],
        ["aioboto3@16"], downloading, tls=True, workers=2),
    Row("W5-64", _copies, ["longshore@64"], at(64, "obstore", "s5cmd", "rclone", "rclone-rcd"),
        at(64, "boto3", "aioboto3", "awscli"), copying, latency=20),
    Row("W5-256", _copies, ["longshore@256"], at(256, "obstore", "s5cmd", "rclone", "rclone-rcd"), [], copying, latency=20),
    Row("W6", _many, ["longshore@16", "longshore@64"], ["obstore@16", "crt@64", "s5cmd@64", "rclone:tuned@16"], [], very_many,
        ("libcurl@64",)),
]
