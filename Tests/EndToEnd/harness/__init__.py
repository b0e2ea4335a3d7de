"""What the end-to-end tests stand on: processes, a client that checks every reply, streams, file trees."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
