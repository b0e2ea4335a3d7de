"""The page at `/`, in Debian's Chromium: a real service, a real store, a real job."""

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from harness.browser import PHONE, WIDE, cells, keep, overflow
from harness.processes import REPOSITORY, eventually
from harness.tap import Tap
from harness.trees import MIB, make, many, write

RESOURCES = REPOSITORY / "Sources" / "API" / "Resources"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
          "frame-ancestors 'none'; base-uri 'none'; form-action 'none'")


def hold(store, operation, after):
    """From the request behind the first `after` on, the store keeps its answers back."""
    store.faults({"operation": operation, "from": after + 1, "withheld": True})


def let_go(store):
    store.faults()
    store.release()


def start_held(world, files=60, after=25, **fields):
    """A job that has moved some of its files and waits for the store."""
    make(world.root, [f"f{index:03d}" for index in range(files)], size=3000)
    client = world.start()
    hold(world.store, "PutObject", after)
    job = client.submit(world.spec(concurrency=8, **fields))["id"]
    client.wait_until(job, lambda told: told["progress"]["files"]["succeeded"] >= after)
    return client, job


def wait_cells(page, accepts, timeout=15):
    """The map's counts, once they are as wanted."""
    return eventually(lambda: (lambda told: told if accepts(told) else None)(cells(page)), timeout,
                      told=lambda: str(cells(page)))


def colours(page):
    """What is drawn in the middle of each cell, in the words of the style."""
    return page.evaluate("""() => {
        const canvas = document.querySelector(".map-canvas"), frame = document.querySelector(".map-frame");
        const scale = canvas.width / canvas.clientWidth, total = Number(canvas.dataset.total);
        const style = getComputedStyle(frame), context = canvas.getContext("2d");
        const pitch = Number(canvas.dataset.pitch), columns = Math.floor(frame.clientWidth / pitch);
        const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
        const names = Object.fromEntries(["pending", "in-flight", "succeeded", "failed", "skipped"]
            .map(name => [style.getPropertyValue(`--cell-${name}`).trim(), name]));
        return Array.from({ length: total }, (_, cell) => {
            const x = Math.floor(((cell % columns) + .4) * pitch * scale);
            const at = (Math.floor((Math.floor(cell / columns) + .4) * pitch * scale) * width + x) * 4;
            const hex = "#" + [...data.slice(at, at + 3)].map(value => value.toString(16).padStart(2, "0")).join("");
            return names[hex] ?? hex;
        });
    }""")


@pytest.fixture(autouse=True)
def ends_at_once(request):
    """What the store holds back would be waited for at the end."""
    world = request.getfixturevalue("world") if "world" in request.fixturenames else None
    yield
    for one in (world.service, world.store) if world else ():
        if one:
            one.kill()


class TestFiles:
    def test_the_page_is_served_whole_and_kept_by_browsers(self, client):
        names = ["", *(f"assets/{path.name}" for path in RESOURCES.iterdir() if path.name != "index.html")]
        assert len(names) > 20
        for name in names:
            reply = client.get(f"/{name}").expect(200)
            source = RESOURCES / (name.removeprefix("assets/") or "index.html")
            assert reply.body == source.read_bytes(), name
            assert reply.headers["Content-Security-Policy"] == POLICY
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
            assert reply.headers["Referrer-Policy"] == "no-referrer" and reply.headers["Cache-Control"] == "no-cache"
            again = client.get(f"/{name}", headers={"If-None-Match": reply.headers["ETag"]}).expect(304)
            assert again.body == b"" and again.headers["ETag"] == reply.headers["ETag"]
            client.get(f"/{name}", headers={"If-None-Match": 'W/"0"'}).expect(200)
            assert client.request("HEAD", f"/{name}").expect(200).headers["ETag"] == reply.headers["ETag"]
        client.get("/assets/index.html").problem(404, "NOT_FOUND")
        client.get("/assets/%2e%2e").problem(404, "NOT_FOUND")

    def test_nothing_is_loaded_from_elsewhere_or_written_as_markup(self):
        for path in RESOURCES.iterdir():
            text = path.read_text()
            foreign = [url for url in re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+\S*", text) if "www.w3.org/2000/svg" not in url]
            assert foreign == [], path.name
            for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
                assert word not in text, f"{word} in {path.name}"
        page = (RESOURCES / "index.html").read_text()
        assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page)
        for name in re.findall(r'(?:src|href)="assets/([^"]+)"', page):
            assert (RESOURCES / name).exists(), name


class TestJob:
    def test_the_map_fills_while_the_job_runs(self, world, look):
        make(world.root, [f"small/f{index:03d}" for index in range(40)], size=2000)
        for index in range(3):
            write(world.root, f"large/{index}.bin", bytes(22 * MIB))
        client = world.start()
        hold(world.store, "UploadPart", 6)
        page = look(world.service.url)
        expect(page.get_by_text("No jobs yet.")).to_be_visible()
        expect(page.locator("#connection")).to_have_text("Live")
        job = client.submit(world.spec(concurrency=6, part_size=5 * MIB))["id"]
        # The list tells of it by itself, and leads to it.
        row = page.locator(f'[data-job="{job}"]')
        expect(row).to_have_attribute("data-state", "running")
        keep(page, "jobs-running")
        row.get_by_role("link").click()
        told = wait_cells(page, lambda told: told["total"] == 40 + 3 * 5 and told["succeeded"] >= 6 and told["inFlight"] == 6)
        assert told["pending"] == 55 - 6 - told["succeeded"] and told["failed"] == 0
        drawn = colours(page)
        # What is in flight is filled from below by as much as was sent.
        assert len(drawn) == 55 and drawn.count("pending") == told["pending"]
        assert told["succeeded"] <= drawn.count("succeeded") <= told["succeeded"] + 6
        expect(page.locator(".view")).to_have_attribute("data-state", "running")
        keep(page, "job-running")
        let_go(world.store)
        client.wait(job)
        wait_cells(page, lambda told: told["succeeded"] == told["total"] == 55)
        assert colours(page) == ["succeeded"] * 55
        expect(page.get_by_role("status").filter(has_text="Succeeded")).to_be_visible()
        expect(page.locator(".share")).to_have_text("100.0 %")
        assert page.locator(".verbs button:visible").count() == 0

    def test_a_cut_stream_comes_back_and_loses_nothing(self, world, look):
        client, job = start_held(world)
        tap = Tap(world.service)
        try:
            page = look(f"{tap.url}/#/jobs/{job}", allowed=["ERR_"])
            before = wait_cells(page, lambda told: told["total"] == 60 and told["inFlight"] == 8)
            assert before["succeeded"] == 25
            # The line is down, for as long as it takes to move everything.
            tap.lead_to("http://127.0.0.1:9")
            tap.cut()
            expect(page.locator("#connection")).to_have_text("Reconnecting")
            keep(page, "job-reconnecting")
            hold(world.store, "PutObject", 20)
            world.store.release()
            client.wait_until(job, lambda told: told["progress"]["files"]["succeeded"] >= 50)
            assert cells(page)["succeeded"] == 25
            tap.lead_to(world.service.url)
            wait_cells(page, lambda told: told["succeeded"] >= 50)
            let_go(world.store)
            client.wait(job)
            wait_cells(page, lambda told: told["succeeded"] == 60)
        finally:
            tap.close()

    def test_the_end_is_seen_after_a_cut_too(self, world, look):
        client, job = start_held(world)
        tap = Tap(world.service)
        try:
            page = look(f"{tap.url}/#/jobs/{job}", allowed=["ERR_"])
            wait_cells(page, lambda told: told["succeeded"] == 25)
            tap.lead_to("http://127.0.0.1:9")
            tap.cut()
            let_go(world.store)
            client.wait(job)
            tap.lead_to(world.service.url)
            expect(page.locator(".view")).to_have_attribute("data-state", "succeeded")
            wait_cells(page, lambda told: told["succeeded"] == 60)
        finally:
            tap.close()

    def test_a_stream_that_comes_after_the_end_still_tells_of_every_file(self, world, look):
        client, job = start_held(world)
        page = look(world.service.url)
        late = []
        page.route(f"**/v1/jobs/{job}/events*", lambda route: route.continue_() if late else late.append(route))
        page.locator(f'[data-job="{job}"]').get_by_role("link").click()
        wait_cells(page, lambda told: told["total"] == 60 and told["succeeded"] == 25)
        let_go(world.store)
        client.wait(job)
        assert len(late) == 1 and cells(page)["succeeded"] == 25
        late[0].continue_()
        expect(page.locator(".view")).to_have_attribute("data-state", "succeeded")
        wait_cells(page, lambda told: told["succeeded"] == 60)


class TestControl:
    def test_pause_resume_cancel_and_retry(self, world, look):
        client, job = start_held(world)
        page = look(f"{world.service.url}/#/jobs/{job}")
        button = lambda name: page.locator(".verbs").get_by_role("button", name=name)  # noqa: E731
        button("Pause").click()
        expect(page.locator(".state.large")).to_have_text(re.compile("Paus"))
        button("Resume").click()
        expect(page.locator(".state.large")).to_have_text("Running")
        button("Cancel").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        keep(page, "job-cancel", full=False)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert client.job(job)["state"] == "running"
        button("Cancel").click()
        dialog.get_by_role("button", name="Cancel the job").click()
        expect(page.locator(".state.large")).to_have_text("Cancelled")
        assert client.wait(job)["state"] == "cancelled"
        let_go(world.store)
        button("Retry").click()
        expect(page.locator(".state.large")).to_have_text("Succeeded")
        expect(page.locator(".meta")).to_contain_text("attempt 2")
        wait_cells(page, lambda told: told["succeeded"] == 60)

    def test_limits_are_set_by_sliders_and_by_numbers(self, world, look):
        client, job = start_held(world)
        page = look(f"{world.service.url}/#/jobs/{job}")
        field = page.get_by_label("Requests in flight, of this job", exact=True)
        expect(field).to_have_value("8")
        field.fill("13")
        field.press("Enter")
        eventually(lambda: client.job(job)["spec"]["concurrency"] == 13)
        slider = page.get_by_label("Requests in flight, of this job, roughly")
        slider.press("ArrowRight")
        eventually(lambda: client.job(job)["spec"]["concurrency"] == 24)
        expect(field).to_have_value("24")
        page.get_by_label("Requests in flight, of all jobs, roughly").press("Home")
        eventually(lambda: client.get("/v1/limits").json["concurrency"] == 1)
        expect(page.locator(".in-flight")).to_contain_text("of 1 ")
        # What can't be is refused where it is typed, and what holds comes back.
        field.fill("5000")
        field.press("Enter")
        expect(page.get_by_text("A whole number from 1 to 1,024.")).to_be_visible()
        expect(field).to_have_value("24")

    def test_everything_is_reached_by_keyboard_alone(self, world, look):
        client, job = start_held(world)
        page = look(world.service.url)
        expect(page.locator(f'[data-job="{job}"]')).to_be_visible()
        focused = lambda: page.evaluate("document.activeElement.textContent || document.activeElement.className")  # noqa: E731

        def tab_to(accepts, most=25):
            for _ in range(most):
                page.keyboard.press("Tab")
                if accepts():
                    return
            raise AssertionError(f"not reached; at {focused()}")

        page.keyboard.press("Tab")
        assert focused() == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main" and page.url.endswith("/")
        tab_to(lambda: "\u2192" in focused())
        keep(page, "keyboard-list", full=False)
        page.keyboard.press("Enter")
        expect(page.locator(".view")).to_have_attribute("data-state", "running")
        assert page.evaluate("document.activeElement.localName") == "h1"
        tab_to(lambda: focused() == "Pause")
        page.keyboard.press("Enter")
        # The button went; its follower has the focus.
        expect(page.locator('[data-verb="resume"]')).to_be_focused()
        page.keyboard.press("Space")
        expect(page.locator(".state.large")).to_have_text("Running")
        expect(page.locator('[data-verb="pause"]')).to_be_focused()
        tab_to(lambda: focused() == "map-canvas")
        paths = [row["path"] for row in client.files(job)]
        page.keyboard.press("End")
        expect(page.locator(".readout")).to_have_text(f"{paths[-1]} \u00b7 2.9 KiB \u00b7 pending")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        expect(page.locator(".readout")).to_have_text(f"{paths[1]} \u00b7 2.9 KiB \u00b7 succeeded")
        assert page.locator(".map-canvas").get_attribute("aria-valuetext") == f"{paths[1]} \u00b7 2.9 KiB \u00b7 succeeded"
        keep(page, "keyboard-map", full=False)
        # A dialog keeps the focus, and gives it back.
        page.locator('[data-verb="cancel"]').focus()
        page.keyboard.press("Enter")
        for _ in range(5):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
        page.keyboard.press("Escape")
        expect(page.locator('[data-verb="cancel"]')).to_be_focused()


class TestData:
    HOSTILE = ["<img src=x onerror=window.hit=1>.txt", "\"onmouseover=\"window.hit=1", "<script>window.hit=1<", "&lt;b&gt;",
               "gpj.\u202etxt", "line\nfeed", "{{7*7}}", "'; window.hit=1; '"]

    def test_names_of_files_are_text(self, world, look):
        make(world.root, [f"{index} {name}" for index, name in enumerate(self.HOSTILE)], size=10)
        client = world.start()
        world.store.faults({"operation": "PutObject", "error": {
            "status": 403, "code": "AccessDenied", "message": "<img src=x onerror=window.hit=1>"}})
        job = client.run(world.spec(labels={"<b>": "<i onclick=window.hit=1>"}))
        assert job["state"] == "failed"
        page = look(f"{world.service.url}/#/jobs/{job['id']}")
        expect(page.locator(".errors li")).to_have_count(len(self.HOSTILE))
        page.get_by_text("As it was submitted").click()
        expect(page.locator(".files tbody tr")).to_have_count(len(self.HOSTILE))
        shown = page.locator(".files .path bdi").all_text_contents()
        assert "0 <img src=x onerror=window.hit=1>.txt" in shown and "4 gpj.<U+202E>txt" in shown and "5 line\u240afeed" in shown
        page.locator(".map-canvas").focus()
        expect(page.locator(".readout")).to_contain_text("PutObject: <img src=x onerror=window.hit=1>")
        keep(page, "hostile-names")
        assert page.evaluate("window.hit") is None
        assert page.locator("main img, main script, main b, main [onclick], main [onerror]").count() == 0

    def test_errors_are_told_with_reasons_and_files_are_found_by_state(self, world, look):
        make(world.root, [f"d/f{index:03d}" for index in range(120)], size=100)
        client = world.start()
        world.store.faults({"operation": "PutObject", "from": 61, "count": 14, "error": {"status": 403, "code": "AccessDenied"}})
        job = client.run(world.spec(concurrency=4))
        page = look(f"{world.service.url}/#/jobs/{job['id']}")
        expect(page.locator(".errors li")).to_have_count(10)
        expect(page.locator(".errors li").first).to_contain_text("ACCESS_DENIED")
        wait_cells(page, lambda told: told["failed"] == 14 and told["succeeded"] == 106)
        rows = page.locator(".files tbody tr")
        expect(rows).to_have_count(25)
        page.get_by_role("button", name="Next").click()
        expect(page.locator(".pager-place")).to_have_text("Page 2")
        page.get_by_role("button", name="Show all 14 failed files").click()
        expect(rows).to_have_count(14)
        expect(page.locator('.files tr[data-state="failed"] .reason').first).to_contain_text("ACCESS_DENIED")
        keep(page, "job-errors")
        page.locator("#file-filter").select_option("skipped")
        expect(page.get_by_text("No file is in this state.")).to_be_visible()

    def test_a_large_job_is_counted_not_held(self, world, look):
        """The map's own arithmetic, in the browser: plans as the service makes them, and cells that stay few."""
        world.start()
        page = look(world.service.url)
        told = page.evaluate("""async () => {
            const { CountedMap, TransferMap, plannedParts } = await import("/assets/transfer-map.js");
            const spec = { part_size: 8 << 20, multipart_threshold: 16 << 20 }, gib = 2 ** 30;
            const map = new TransferMap(spec);
            // What events tell of files before the list does neither moves their cells nor is lost.
            map.take("file", { path: "d", size: 10, state: "failed" });
            map.take("part", { path: "b", part_number: 5, state: "failed" });
            map.take("part", { path: "b", part_number: 5, state: "succeeded" });
            const early = map.length;
            map.listFile({ path: "a", size: 10, state: "succeeded" });
            map.listFile({ path: "b", size: 64 << 20, state: "pending" });
            map.listFile({ path: "c", size: 10, state: "pending" });
            map.listFile({ path: "d", size: 10, state: "pending" });
            map.take("part", { path: "b", part_number: 3, state: "succeeded" });
            map.setInFlight([{ path: "b", part_number: 4, size: 8, bytes_sent: 4 }, { path: "c", part_number: 1, size: 10, bytes_sent: 0 }]);
            const first = [...map.counts];
            // The store was told another plan than thought: of more parts, then of a single request.
            map.take("part", { path: "b", part_number: 10, state: "succeeded" });
            const more = [map.length, ...map.counts], found = map.at(map.length - 1).file.path;
            map.setInFlight([{ path: "b", part_number: 1, size: 64 << 20, bytes_sent: 1 }]);
            const fewer = [map.length, ...map.counts], flying = map.at(1).state;
            const counted = new CountedMap(2000);
            counted.set([900000, 64, 99935, 1, 0]);
            const drawn = [0, 0, 0, 0, 0];
            for (const state of counted.states) drawn[state] += 1;
            return { early, first, more, found, fewer, flying, drawn, total: counted.total,
                     plans: [plannedParts(80 * gib, spec), plannedParts(16 << 20, spec), plannedParts(1, spec), plannedParts(0, spec)] };
        }""")
        assert told["early"] == 0 and told["first"] == [5, 2, 3, 1, 0]
        assert told["more"] == [13, 6, 2, 4, 1, 0] and told["found"] == "d"
        assert told["fewer"] == [4, 1, 1, 1, 1, 0] and told["flying"] == 1
        assert told["drawn"] == [1799, 1, 199, 1, 0] and told["total"] == 1_000_000
        assert told["plans"] == [9103, 2, 1, 1]


class TestAccess:
    def test_a_token_is_asked_for_once_and_streams_open_by_tickets(self, world, look):
        make(world.root, [f"f{index:03d}" for index in range(60)], size=3000)
        client = world.start(token="a token for the page")
        hold(world.store, "PutObject", 25)
        job = client.submit(world.spec(concurrency=8))["id"]
        tap = Tap(world.service)
        try:
            page = look(f"{tap.url}/#/jobs/{job}", allowed=["401", "ERR_"])
            asked = []
            page.on("request", lambda request: asked.append(request.url))
            dialog = page.get_by_role("dialog")
            dialog.get_by_label("Token").fill("another")
            keep(page, "token", full=False)
            page.keyboard.press("Enter")
            expect(dialog.get_by_text("That token does not open this service.")).to_be_visible()
            dialog.get_by_label("Token").fill("a token for the page")
            dialog.get_by_role("button", name="Open").click()
            wait_cells(page, lambda told: told["total"] == 60 and told["succeeded"] == 25 and told["inFlight"] == 8)
            expect(page.locator("#connection")).to_have_text("Live")
            with page.expect_request(re.compile("/events")):
                tap.cut()
            let_go(world.store)
            wait_cells(page, lambda told: told["succeeded"] == 60)
            streams = [url for url in asked if "/events?" in url][:2]
            tickets = {re.search(r"ticket=([^&]+)", url)[1] for url in streams}
            assert len(tickets) == 2 and all("after=" in url for url in streams)
            assert not any("token" in url for url in asked)
            # It is kept for this tab, and for no other.
            page.reload()
            expect(page.locator(".state.large")).to_have_text("Succeeded")
            expect(dialog).to_have_count(0)
            other = look(world.service.url, allowed=["401"])
            expect(other.get_by_role("dialog")).to_be_visible()
        finally:
            tap.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1280", "400"])
def test_it_fits_and_is_accessible(world, look, viewport, scheme):
    make(world.root, [f"album {index % 7}/a picture with a rather long name {index:03d}.jpeg" for index in range(90)], size=3000)
    client = world.start()
    world.store.faults({"operation": "PutObject", "from": 20, "count": 3, "error": {"status": 403, "code": "AccessDenied"}},
                       {"operation": "PutObject", "from": 50, "withheld": True})
    job = client.submit(world.spec(concurrency=8, prefix="archive/2026/a-folder-with-a-name-that-does-not-end-so-soon"))["id"]
    client.wait_until(job, lambda told: told["progress"]["files"]["succeeded"] >= 40)
    page = look(world.service.url, viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator(f'[data-job="{job}"]')).to_have_attribute("data-state", "running")
    name = f"{viewport['width']}-{scheme}"

    def check(view):
        assert overflow(page) <= 0, view
        keep(page, f"{view}-{name}")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []

    check("list")
    page.get_by_role("link", name=re.compile("\u2192")).click()
    wait_cells(page, lambda told: told["total"] == 90 and told["succeeded"] >= 40 and told["failed"] == 3)
    expect(page.locator(".errors li")).to_have_count(3)
    page.get_by_text("As it was submitted").click()
    check("job")
    page.get_by_role("button", name="Cancel").click()
    assert overflow(page) <= 0


def test_ten_thousand_files_and_ten_thousand_parts(world, look):
    """Both while they run, wide and narrow, as pictures to be looked at."""
    world.start_store("--discard")
    many(world.root / "pictures", 10_000, size=1000)
    reel = write(world.root, "reel.mov", b"")
    os.truncate(reel, 10_000 * 5 * MIB)
    client = world.start(concurrency=48)
    world.store.faults({"operation": "PutObject", "from": 3000, "count": 7, "error": {"status": 403, "code": "AccessDenied"}},
                       {"operation": "PutObject", "from": 6201, "withheld": True},
                       {"operation": "UploadPart", "from": 401, "withheld": True})
    files = client.submit(world.spec(source=str(world.root / "pictures"), prefix="pictures"))["id"]
    client.wait_until(files, lambda told: told["progress"]["files"]["succeeded"] >= 6193)
    parts = client.submit(world.spec(source=str(reel), part_size=5 * MIB, checksum="none", concurrency=32))["id"]
    pages = [(look(f"{world.service.url}/#/jobs/{job}", viewport=viewport), f"10000-{name}-{viewport['width']}")
             for job, name in ((files, "files"), (parts, "parts")) for viewport in (WIDE, PHONE)]
    for page, name in pages:
        least, flying = (6193, 16) if "files" in name else (400, 32)
        told = wait_cells(page, lambda told: told["total"] == 10_000 and told["succeeded"] >= least and told["inFlight"] == flying, 60)
        assert told["failed"] == (7 if "files" in name else 0)
        drawn = colours(page)
        assert drawn.count("succeeded") >= least and drawn.count("pending") >= told["pending"]
        assert overflow(page) <= 0
        keep(page, name)
