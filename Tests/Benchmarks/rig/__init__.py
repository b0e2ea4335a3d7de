"""What `Tests/Benchmarks/run` is made of: the sink, the contenders, the workloads, the rows and their verdicts."""

import os
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
REPOSITORY = BENCHMARKS.parents[1]
HOME = Path(os.environ.get("BENCH_HOME", REPOSITORY / ".build" / "bench"))
"""What is built and installed, and the service's state directory: on disk."""
DATA = Path(os.environ.get("BENCH_DATA", "/dev/shm/longshore-bench"))
"""The files that are moved: in memory, so that no disk is measured. Up to 13 GiB."""
PEERS = HOME / "peers"

# The end-to-end tests' way to start the service.
sys.path.insert(0, str(REPOSITORY / "Tests" / "EndToEnd"))

ACCESS_KEY, SECRET_KEY, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "us-east-1"
MIB, GIB = 1 << 20, 1 << 30
