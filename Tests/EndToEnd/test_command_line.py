"""The client commands: what they print, draw and exit with, on a terminal and in a pipe."""

import re
import signal
import socket
import subprocess
import threading
import time
from functools import partial
from types import SimpleNamespace

import pytest

from harness.commandline import CommandLine
from harness.processes import BINARY, clean_environment, eventually
from harness.stores import listing, open_uploads
from harness.tap import Tap
from harness.trees import big, make, write

MIB = 1 << 20
BAR = r"^ *\d+\.\d % \[=*>? *\]"


@pytest.fixture
def cli(world, client):
    return CommandLine(world.folder, world.service.url)


def job_of(told):
    """The id that a followed job announces on standard error."""
    return re.search(r"^Job ([A-Za-z0-9_-]+): ", told.err, re.M).group(1)


def newest(client):
    return client.get("/v1/jobs?page_size=1").expect(200).json["jobs"][0]


def controls(text):
    return [character for character in text if ord(character) < 0x20 and character != "\n" or ord(character) == 0x7F]


class TestTransfers:
    def test_a_directory_goes_up_is_copied_and_comes_down(self, world, client, cli):
        tree = make(world.root, ["a.txt", "d/b c.bin", "d/e/ü🚢"])
        told = cli.run("upload", world.root, "s3://bucket/p").expect(0)
        assert told.out.startswith("Succeeded: 3 files, 300 B"), told
        assert f"upload of {world.root} to s3://bucket/p/" in told.err
        assert set(listing(world.store.s3, "bucket")) == {f"p/{name}" for name in tree}
        cli.run("copy", "s3://bucket/p", "s3://bucket/q/").expect(0)
        cli.run("download", "s3://bucket/q", world.root / "again").expect(0)
        for name, data in tree.items():
            assert (world.root / "again" / name).read_bytes() == data

    def test_relative_paths_are_the_callers(self, world, cli):
        make(world.root, ["a", "b/c"])
        cli.run("upload", "./data//b", "s3://bucket").expect(0)
        assert set(listing(world.store.s3, "bucket")) == {"c"}

    @pytest.mark.parametrize("destination, key", [
        ("s3://bucket/k", "k"), ("s3://bucket/k/", "k/a"), ("s3://bucket", "a"), ("s3://bucket//x y?#%20", "/x y?#%20")])
    def test_a_file_goes_where_cp_would_put_it(self, world, cli, destination, key):
        cli.run("upload", write(world.root, "a", b"x"), destination).expect(0)
        assert set(listing(world.store.s3, "bucket")) == {key}

    def test_one_object(self, world, cli):
        world.store.s3.put_object(Bucket="bucket", Key="d/one", Body=b"x")
        world.store.s3.put_object(Bucket="bucket", Key="d/one/more", Body=b"y")
        cli.run("download", "--object", "s3://bucket/d/one", world.root / "to").expect(0)
        assert [path.name for path in (world.root / "to").iterdir()] == ["one"]
        cli.run("copy", "--object", "s3://bucket/d/one", "s3://bucket/two").expect(0)
        assert set(listing(world.store.s3, "bucket")) == {"d/one", "d/one/more", "two"}

    def test_every_option_reaches_the_spec(self, world, client, cli):
        make(world.root, ["a.txt", "b.log"])
        cli.run("upload", world.root, "s3://bucket/p", "--store", "default", "--concurrency", "3", "--priority", "7",
                "--bandwidth-limit", "50MiB", "--include", "*.txt", "--exclude", "c*", "--overwrite", "if_changed",
                "--part-size", "6MiB", "--multipart-threshold", "20M", "--no-preserve-times", "--stop-on-error",
                "--label", "team=a=b", "--symlinks", "follow", "--empty-directories", "marker", "--checksum", "sha256",
                "--metadata", "x=1", "--tag", "t=2", "--content-type", "text/x", "--cache-control", "no-store",
                "--storage-class", "STANDARD", "--id", "mine").expect(0)
        spec = client.job("mine")["spec"]
        expected = {
            "store": "default", "concurrency": 3, "priority": 7, "bandwidth_limit": 50 * MIB, "include": ["*.txt"],
            "exclude": ["c*"], "overwrite": "if_changed", "part_size": 6 * MIB, "multipart_threshold": 20 * MIB,
            "preserve_times": False, "on_error": "stop", "labels": {"team": "a=b"}, "symlinks": "follow",
            "empty_directories": "marker", "checksum": "sha256", "metadata": {"x": "1"}, "tags": {"t": "2"},
            "content_type": "text/x", "cache_control": "no-store", "storage_class": "STANDARD"}
        assert {name: spec[name] for name in expected} == expected

    def test_a_dry_run_starts_nothing(self, world, client, cli):
        make(world.root, ["a", "b"])
        told = cli.run("upload", world.root, "s3://bucket/p", "--dry-run").expect(0)
        assert "p/a" in told.out and "Would be moved: 2 files, 200 B" in told.out
        assert cli.run("upload", world.root, "s3://bucket/p", "--dry-run", "--json").expect(0).records[0]["files"] == 2
        assert listing(world.store.s3, "bucket") == {} and client.get("/v1/jobs").json["jobs"] == []

    def test_detached_it_prints_the_id_alone(self, world, client, cli):
        make(world.root, ["a"])
        told = cli.run("upload", world.root, "s3://bucket", "--detach").expect(0)
        assert told.err == "" and client.wait(told.out.strip())["state"] == "succeeded"

    def test_the_same_key_or_id_is_no_second_job(self, world, client, cli):
        make(world.root, ["a"])
        for name in ["--idempotency-key", "--id"]:
            first, second = (cli.run("upload", world.root, "s3://bucket", name, "k", "--detach").expect(0).out
                             for _ in range(2))
            assert first == second


class TestExitCodes:
    def test_a_file_that_fails(self, world, cli):
        make(world.root, ["good"])
        (world.root / b"\xff".decode("utf-8", "surrogateescape")).write_bytes(b"x")
        told = cli.run("upload", world.root, "s3://bucket").expect(1)
        assert told.out.startswith("Partially succeeded: 1 of 2 files") and "INVALID_KEY" in told.out
        assert f"longshore retry {job_of(told)}" in told.out
        assert cli.run("watch", job_of(told)).expect(1).out == told.out

    def test_a_job_that_fails(self, world, cli):
        make(world.root, ["a"])
        told = cli.run("upload", world.root, "s3://missing").expect(1)
        assert told.out.startswith("Failed: ") and "NO_SUCH_BUCKET" in told.out

    def test_what_the_service_refuses_is_told_with_what_to_do(self, world, cli):
        told = cli.run("upload", "/etc", "s3://bucket").expect(1)
        assert told.out == "" and "/etc" in told.err and "--root DIR" in told.err
        told = cli.run("upload", world.root / "missing", "s3://bucket").expect(1)
        assert "does not exist" in told.err and "machine where the service runs" in told.err
        assert "There is no such job" in cli.run("show", "nobody").expect(1).err
        assert "UNKNOWN" not in cli.run("upload", world.root, "s3://bucket", "--store", "x").expect(1).err

    @pytest.mark.parametrize("arguments, told", [
        ([], ""), (["upload"], "source"), (["upload", "a"], "bucket"), (["upload", "a", "b"], "b"),
        (["upload", "s3://bucket", "s3://bucket"], "s3://bucket"), (["upload", ".", "s3:///x"], "s3:///x"),
        (["upload", ".", "s3://b", "--nonsense"], "--nonsense"), (["watch", "../x"], "../x"),
        (["upload", ".", "s3://b", "--local", "--url", "http://h"], "--local"), (["nonsense"], "nonsense"),
        (["list", "--limit", "0"], "--limit"), (["list", "--state", "happy"], "happy"), (["list", "--url", "h"], "--url h"),
        (["list", "--token-file", "/missing"], "/missing"), (["upload", ".", "s3://b", "--part-size", "x"], "x")])
    def test_wrong_words(self, tmp_path, arguments, told):
        ended = CommandLine(tmp_path).run(*arguments).expect(2 if arguments else 0)
        assert told in ended.err and (ended.out == "") == bool(arguments)

    def test_a_spec_that_can_not_be(self, world, cli):
        told = cli.run("upload", world.root, "s3://bucket", "--concurrency", "5000", "--priority", "0").expect(2)
        assert "concurrency must be from 1 to 1,024" in told.err and "priority must be" in told.err

    def test_no_service(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            free = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for arguments in (["list"], ["upload", ".", "s3://bucket"], ["watch", "x"], ["cancel", "x"]):
            told = CommandLine(tmp_path, free).run(*arguments).expect(3)
            assert free in told.err and "longshore serve" in told.err and told.out == ""

    def test_tokens(self, world):
        world.start(token="right")
        cli = CommandLine(world.folder, world.service.url)
        assert "--token-file" in cli.run("list").expect(1).err
        cli.run("list", LONGSHORE_TOKEN="right").expect(0)
        path = write(world.folder, "token", b"right\n")
        cli.run("list", "--token-file", path, LONGSHORE_TOKEN="wrong").expect(0)


class TestCommands:
    def test_list_show_and_parts(self, world, client, cli):
        big(world.root / "large.bin", 20 * MIB)
        assert "no such jobs" in cli.run("list").expect(0).err
        told = cli.run("upload", world.root, "s3://bucket/p", "--label", "team=a", "--json").expect(0)
        identity = newest(client)["id"]
        cli.run("upload", world.root, "s3://bucket/q", "--label", "team=b").expect(0)
        head, *rows = cli.run("list").expect(0).out.splitlines()
        assert head.split()[:3] == ["ID", "KIND", "STATE"] and len(rows) == 2
        assert "s3://bucket/q/" in rows[0] and identity in rows[1] and "100.0 %" in rows[1]
        assert [job["id"] for job in cli.run("list", "--label", "team=a", "--json").records] == [identity]
        assert len(cli.run("list", "--limit", "1", "--json").records) == 1
        assert cli.run("list", "--state", "failed", "--json").expect(0).out == ""
        assert "succeeded" in cli.run("show", identity).expect(0).out
        assert cli.run("show", identity, "--json").records == [client.job(identity)]
        rows = cli.run("parts", identity).expect(0).out.splitlines()
        assert len(rows) == 4 and all("succeeded" in row and "100%" in row for row in rows[1:])
        assert cli.run("parts", identity, "--json").records == client.parts(identity)
        assert cli.run("parts", identity, "--state", "failed").expect(0).out == ""
        assert told.records[-1]["event"] == "job.succeeded"

    def test_files_report_and_delete(self, world, client, cli):
        make(world.root, ["a", "d/b\x1b[2Jc"])
        (world.root / b"\xff".decode("utf-8", "surrogateescape")).write_bytes(b"x")
        identity = cli.run("upload", world.root, "s3://bucket", "--detach").out.strip()
        client.wait(identity)
        head, *rows = cli.run("files", identity).expect(0).out.splitlines()
        assert head.split() == ["STATE", "SIZE", "TRIES", "FILE", "REASON"] and len(rows) == 3
        assert sum(row.startswith("succeeded") and "100 B" in row for row in rows) == 2
        assert [("INVALID_KEY" in row, "\ufffd" in row) for row in rows if row.startswith("failed")] == [(True, True)]
        assert controls("".join(rows)) == []
        told = cli.run("files", identity, "--state", "failed", "--json").expect(0)
        assert told.records == client.get(f"/v1/jobs/{identity}/files?state=failed").json["files"]
        assert len(cli.run("files", identity, "--limit", "2", "--json").records) == 2
        assert "no such files" in cli.run("files", identity, "--state", "skipped").expect(0).err
        report = client.get(f"/v1/jobs/{identity}/report")
        assert cli.run("report", identity).expect(0).out == report.text
        assert cli.run("report", identity, "--csv").expect(0).out.splitlines()[0].startswith("path,")
        assert cli.run("delete", identity).expect(0).out == f"{identity} deleted\n"
        assert "There is no such job" in cli.run("delete", identity).expect(1).err
        assert client.get("/v1/jobs").json["jobs"] == []

    def test_a_job_that_goes_on_has_no_report_and_stays(self, world, client, cli):
        big(world.root / "large.bin", 40 * MIB)
        identity = cli.run("upload", world.root, "s3://bucket", "--bandwidth-limit", "2MiB", "--detach").out.strip()
        for command in ("report", "delete"):
            told = cli.run(command, identity).expect(1)
            assert told.out == "" and re.search("queued|running", told.err), told
        cli.run("cancel", identity).expect(0)

    def test_pause_resume_cancel_and_retry(self, world, client, cli):
        big(world.root / "large.bin", 40 * MIB)
        identity = cli.run("upload", world.root, "s3://bucket", "--bandwidth-limit", "2MiB", "--detach").out.strip()
        client.wait_until(identity, lambda job: job["progress"]["bytes"]["in_flight"] > 0)
        assert cli.run("pause", identity).expect(0).out.startswith(f"{identity} paus")
        assert cli.run("resume", identity).expect(0).out == f"{identity} running\n"
        assert cli.run("cancel", identity, "--json").expect(0).records[0]["id"] == identity
        assert cli.run("watch", identity).expect(1).out.startswith("Cancelled: ")
        assert cli.run("retry", identity).expect(0).out.startswith(identity)
        cli.run("cancel", identity).expect(0)
        client.wait(identity)
        told = cli.run("pause", identity, "nobody").expect(1)
        assert "cancelled" in told.err and "There is no such job" in told.err

    def test_limits(self, client, cli):
        assert cli.run("limits").expect(0).out == "requests in flight  0 of 64\nbandwidth           no limit\n"
        told = cli.run("limits", "--concurrency", "32", "--bandwidth-limit", "1MiB", "--json").expect(0)
        assert told.records == [{"concurrency": 32, "in_flight": 0, "bandwidth_limit": MIB}]
        assert "1.0 MiB/s" in cli.run("limits").out
        cli.run("limits", "--bandwidth-limit", "none").expect(0)
        assert client.get("/v1/limits").json["bandwidth_limit"] is None


class TestPipes:
    def test_no_control_characters_and_the_result_on_standard_output(self, world, cli):
        make(world.root, ["a", "b\x1b[2Jc"])
        big(world.root / "large.bin", 24 * MIB)
        (world.root / b"\xff\x1b[2J".decode("utf-8", "surrogateescape")).write_bytes(b"x")
        told = cli.run("upload", world.root, "s3://bucket", "--parts", "--bandwidth-limit", "12MiB").expect(1)
        assert controls(told.out) == [] == controls(told.err)
        assert told.out.startswith("Partially succeeded: 3 of 4 files") and "failed  \ufffd\\x1b[2J" in told.out
        assert told.err.splitlines()[0].startswith("Job ") and "running" in told.err

    def test_json_lines_are_the_contracts(self, world, client, cli):
        make(world.root, [f"f{number}" for number in range(5)])
        big(world.root / "large.bin", 20 * MIB)
        told = cli.run("upload", world.root, "s3://bucket", "--parts", "--json").expect(0)
        assert told.err == "" and controls(told.out) == []
        records = told.records
        for record in records:
            client.contract.check_record(record, "--json")
        ids = [record["id"] for record in records if "id" in record]
        assert ids == sorted(set(ids)) and records[0]["event"] == "job.snapshot"
        names = [record["event"] for record in records]
        assert names.count("file.succeeded") == 6 and names.count("part.succeeded") == 3
        assert names[-1] == "job.succeeded"

    def test_a_reader_that_leaves(self, world, cli):
        make(world.root, [f"f{number}" for number in range(50)])
        with cli.start("upload", world.root, "s3://bucket", "--json") as process:
            process.stdout.readline()
            process.stdout.close()
            assert process.wait(60) == 141

    def test_an_interrupt_is_told(self, world, client, cli):
        big(world.root / "large.bin", 40 * MIB)
        with cli.start("upload", world.root, "s3://bucket", "--bandwidth-limit", "2MiB") as process:
            eventually(lambda: "running" in process.stderr.readline())
            process.send_signal(2)
            out, err = process.communicate(timeout=60)
        assert process.returncode == 130 and out == "" and "the job goes on" in err
        identity = re.search(r"longshore watch (\S+)", err).group(1)
        assert client.job(identity)["state"] == "running"
        client.act(identity, "cancel")


class TestTerminal:
    def test_a_bar_and_parts(self, world, cli):
        big(world.root / "large.bin", 48 * MIB)
        with cli.terminal("upload", world.root, "s3://bucket", "--parts", "--bandwidth-limit", "12MiB") as terminal:
            bar = terminal.wait_for(BAR + r" .*/s .*left .* of 48\.0 MiB")
            assert len(bar) < 100
            heads = terminal.wait_for(r"^large\.bin(:\d+)?( +(large\.bin:)?\d+)+$")
            assert terminal.lines[terminal.lines.index(heads) + 1].count("%") >= 2
            terminal.wait_for(r"^ *[1-9]\d\.\d % \[=+")
            assert terminal.wait() == 0
            assert terminal.lines[-1].startswith("Succeeded: 1 file, 48.0 MiB")
            assert not any(re.search(BAR, line) or line.startswith("large.bin") for line in terminal.lines)
            assert terminal.lines[0].startswith("Job ")

    def test_it_draws_at_most_ten_times_a_second_and_clears_nothing_else(self, world, cli):
        make(world.root, [f"f{number:04d}" for number in range(3000)])
        began = time.monotonic()
        with cli.terminal("upload", world.root, "s3://bucket", "--parts") as terminal:
            assert terminal.wait(120) == 0
            frames = terminal.written.count(b"\x1b[J")
            assert frames <= 10 * (time.monotonic() - began) + 3
            assert b"\x1b[2J" not in terminal.written and b"\x1b[H" not in terminal.written

    def test_it_fits_when_the_window_changes(self, world, client, cli):
        big(world.root / "large.bin", 60 * MIB)
        with cli.terminal("upload", world.root, "s3://bucket", "--bandwidth-limit", "3MiB", columns=120) as terminal:
            terminal.wait_for(BAR + ".* files$")
            terminal.resize(40)
            eventually(lambda: any(re.search(BAR, line) and 20 < len(line) < 40 for line in terminal.lines),
                       told=lambda: str(terminal.lines))
            terminal.resize(140)
            terminal.wait_for(BAR + ".* files$")
            terminal.interrupt()
            assert terminal.wait() == 130
        client.act(newest(client)["id"], "cancel")

    @pytest.mark.parametrize("variables, has_escapes", [
        ({}, True), ({"NO_COLOR": "1"}, True), ({"TERM": "dumb"}, False)])
    def test_colours_and_dumb_terminals(self, world, cli, variables, has_escapes):
        big(world.root / "large.bin", 24 * MIB)
        with cli.terminal("upload", world.root, "s3://bucket", "--bandwidth-limit", "16MiB", **variables) as terminal:
            assert terminal.wait() == 0
            colours = re.findall(rb"\x1b\[\d+m", terminal.written)
            assert bool(colours) == (variables == {})
            assert (b"\x1b" in terminal.written) == has_escapes

    def test_ctrl_c_leaves_the_job(self, world, client, cli):
        big(world.root / "large.bin", 40 * MIB)
        with cli.terminal("upload", world.root, "s3://bucket", "--bandwidth-limit", "2MiB") as terminal:
            terminal.wait_for(BAR)
            terminal.interrupt()
            assert terminal.wait() == 130
            identity = newest(client)["id"]
            assert f"longshore watch {identity}" in " ".join(terminal.lines)
            assert not any(re.search(BAR, line) for line in terminal.lines)
        assert client.job(identity)["state"] == "running"
        with cli.terminal("watch", identity, "--cancel-on-interrupt") as terminal:
            terminal.wait_for(BAR)
            terminal.interrupt()
            assert terminal.wait() == 130
            assert terminal.lines[-1].startswith("Cancelled: 0 of 1 files")
        assert client.job(identity)["state"] == "cancelled" and open_uploads(world.store.s3, "bucket") == []

    def test_a_paused_job_says_so(self, world, client, cli):
        big(world.root / "large.bin", 40 * MIB)
        identity = cli.run("upload", world.root, "s3://bucket", "--bandwidth-limit", "4MiB", "--detach").out.strip()
        with cli.terminal("watch", identity) as terminal:
            terminal.wait_for(BAR)
            cli.run("pause", identity).expect(0)
            terminal.wait_for(BAR + ".* paused ")
            cli.run("cancel", identity).expect(0)
            assert terminal.wait() == 1


class TestCuts:
    @pytest.fixture
    def tap(self, world, client):
        made = Tap(SimpleNamespace(url=world.service.url, access_key=None, secret_key=None, region=None))
        yield made
        made.close()

    def test_a_stream_that_is_cut_goes_on_where_it_was(self, world, client, tap):
        make(world.root, [f"f{number:03d}" for number in range(150)])
        cli = CommandLine(world.folder, tap.url)
        identity = cli.run("upload", world.root, "s3://bucket", "--detach").out.strip()
        tap.disturb(cut_reply=9000, connections=12)
        told = cli.run("watch", identity, "--json").expect(0)
        assert tap.accepted >= 6 and "Trying again" in told.err
        records = told.records
        ids = [record["id"] for record in records if "id" in record]
        assert ids == sorted(set(ids)), "every stored change once, in order"
        assert sum(record["event"] == "file.succeeded" for record in records) == 150

    def test_a_service_that_comes_back(self, world, client, tap):
        big(world.root / "large.bin", 48 * MIB)
        cli = CommandLine(world.folder, tap.url)
        with cli.terminal("upload", world.root, "s3://bucket", "--bandwidth-limit", "8MiB") as terminal:
            terminal.wait_for(BAR)
            world.service.kill()
            terminal.wait_for(BAR + ".* no connection")
            world.restart()
            tap.lead_to(world.service.url)
            assert terminal.wait(120) == 0
            assert terminal.lines[-1].startswith("Succeeded: 1 file")


class TestLocal:
    @pytest.fixture
    def local(self, world):
        world.start_store()
        (world.folder / "tmp").mkdir()
        made = CommandLine(world.folder, store=world.store)
        made.environment["TMPDIR"] = str(world.folder / "tmp")
        return made

    def test_up_across_and_down_without_a_service(self, world, local):
        tree = make(world.root, ["a", "d/b"])
        told = local.run("upload", "--local", world.root, "s3://bucket/p").expect(0)
        assert told.out.startswith("Succeeded: 2 files"), told
        local.run("copy", "--local", "s3://bucket/p", "s3://bucket/q").expect(0)
        local.run("download", "--local", "s3://bucket/q", "again", "--json").expect(0)
        for name, data in tree.items():
            assert (world.folder / "again" / name).read_bytes() == data
        assert list((world.folder / "tmp").iterdir()) == [], "nothing is left behind"

    def test_it_ends_as_the_job_does(self, world, local):
        make(world.root, ["a"])
        assert "NO_SUCH_BUCKET" in local.run("upload", "--local", world.root, "s3://missing").expect(1).out
        assert "does not exist" in local.run("upload", "--local", "nothing", "s3://bucket").expect(1).err
        assert "--config" in local.run("upload", "--local", "--config", "/no", ".", "s3://bucket").expect(2).err
        assert list((world.folder / "tmp").iterdir()) == []

    def test_it_listens_to_nobody_and_an_interrupt_cancels(self, world, local):
        big(world.root / "large.bin", 40 * MIB)
        with local.terminal("upload", "--local", world.root, "s3://bucket", "--bandwidth-limit", "2MiB") as terminal:
            terminal.wait_for(BAR)
            eventually(lambda: open_uploads(world.store.s3, "bucket"))
            assert listening(terminal.process.pid) == []
            (private,) = (world.folder / "tmp").iterdir()
            assert private.stat().st_mode & 0o077 == 0
            terminal.interrupt()
            assert terminal.wait() == 130
            assert terminal.lines[-1].startswith("Cancelled: ")
        assert open_uploads(world.store.s3, "bucket") == [] and not private.exists()

    @pytest.mark.parametrize("leave, code", [("hang up", 129), ("close", 141)])
    def test_a_terminal_or_a_reader_that_goes_away_leaves_nothing_behind(self, world, local, leave, code):
        big(world.root / "large.bin", 40 * MIB)
        # Also where the tests themselves run under nohup, which it would respect.
        listens = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)}
        with local.start("upload", "--local", world.root, "s3://bucket", "--bandwidth-limit", "2MiB", "--json",
                         "--parts", **listens) as process:
            eventually(lambda: open_uploads(world.store.s3, "bucket"))
            if leave == "close":
                process.stdout.close()
            else:
                process.send_signal(signal.SIGHUP)
                threading.Thread(target=process.stdout.read).start()
            assert process.wait(60) == code
        assert open_uploads(world.store.s3, "bucket") == [] and list((world.folder / "tmp").iterdir()) == []

    def test_what_is_not_to_hear_a_hang_up_does_not(self, world, local):
        make(world.root, ["a"])
        big(world.root / "large.bin", 20 * MIB)
        ignoring = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
        with local.start("upload", "--local", world.root, "s3://bucket", "--bandwidth-limit", "8MiB",
                         preexec_fn=ignoring) as process:
            eventually(lambda: open_uploads(world.store.s3, "bucket"))
            process.send_signal(signal.SIGHUP)
            out, _ = process.communicate(timeout=60)
        assert process.returncode == 0 and out.startswith("Succeeded: 2 files")

    def test_with_a_state_directory_the_same_command_goes_on(self, world, local):
        big(world.root / "large.bin", 48 * MIB)
        command = ["upload", "--local", "--state", "kept", world.root, "s3://bucket", "--bandwidth-limit", "12MiB",
                   "--concurrency", "2"]
        with local.terminal(*command) as terminal:
            terminal.wait_for(BAR.replace(r"\d+", r"[6-9]\d"))
            terminal.interrupt()
            assert terminal.wait() == 130 and "kept" in " ".join(terminal.lines)
        assert listing(world.store.s3, "bucket") == {}
        assert world.store.stats(reset=True)["requests"]["UploadPart"] >= 2
        local.run(*command).expect(0)
        assert world.store.stats(reset=True)["requests"]["UploadPart"] <= 4, "what was sent is not sent again"
        assert listing(world.store.s3, "bucket") == {"large.bin": 48 * MIB}
        local.run(*command).expect(0)
        assert world.store.stats()["requests"]["UploadPart"] == 6, "a job that has ended is begun anew"


def listening(pid):
    """The sockets of a process that listen."""
    owned = subprocess.run(["ls", "-l", f"/proc/{pid}/fd"], capture_output=True, text=True).stdout
    inodes = set(re.findall(r"socket:\[(\d+)\]", owned))
    found = []
    for table in ("tcp", "tcp6"):
        for row in open(f"/proc/{pid}/net/{table}").read().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.append(fields[1])
    return found


class TestPackaging:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completions(self, tmp_path, shell):
        script = CommandLine(tmp_path).run("--generate-completion-script", shell).expect(0).out
        for word in ("upload", "download", "copy", "list", "watch", "cancel-on-interrupt", "if_changed"):
            assert word in script, word
        path = write(tmp_path, "script", script.encode())
        try:
            checked = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            pytest.skip(f"there is no {shell} to check it with")
        assert checked.returncode == 0 and checked.stderr == "", checked

    def test_bash_completes(self, tmp_path):
        script = CommandLine(tmp_path).run("--generate-completion-script", "bash").out
        ask = 'COMP_WORDS=(longshore wat); COMP_CWORD=1; COMP_LINE="longshore wat"; COMP_POINT=13; _longshore 2>/dev/null; echo "${COMPREPLY[@]}"'
        told = subprocess.run(["bash", "-c", script + "\n" + ask], capture_output=True, text=True, timeout=60,
                              env={**clean_environment(), "PATH": f"{BINARY.parent}:/usr/bin:/bin"})
        assert "watch" in told.stdout, told

    def test_the_manual_page_renders(self, tmp_path):
        page = CommandLine(tmp_path).run("manual").expect(0).out
        assert page.startswith(".TH LONGSHORE 1") and '.SS "longshore upload' in page
        path = write(tmp_path, "longshore.1", page.encode())
        try:
            shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-cbou", str(path)], capture_output=True, text=True,
                                   timeout=60)
        except FileNotFoundError:
            pytest.skip("there is no groff to render it with")
        assert shown.returncode == 0 and shown.stderr == "", shown.stderr[:2000]
        assert re.search(r"^\s+--cancel-on-interrupt$", shown.stdout, re.M) and "Exit codes: 0 succeeded" in shown.stdout

    def test_help_names_every_command(self, tmp_path):
        told = CommandLine(tmp_path).run("--help").expect(0).out
        for command in ("upload", "download", "copy", "list", "show", "watch", "files", "parts", "report", "pause",
                        "resume", "cancel", "retry", "delete", "limits", "serve", "dev-store"):
            assert re.search(rf"^  {command} ", told, re.M), command
        assert "manual" not in told
