"""Debian's Chromium, driven by Playwright, and what is asked of every page that it shows."""

import contextlib
import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from . import REPOSITORY

SCREENSHOTS = REPOSITORY / ".build" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 400, "height": 860}


@contextlib.contextmanager
def chromium():
    program = shutil.which("chromium")
    assert program, "Debian's package chromium is missing: deploy/dependencies test"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser():
    with chromium() as made:
        yield made


@pytest.fixture
def look(browser):
    """`look(url, **options)`: a new page of a context of its own. Whatever a page complains of fails the test."""
    contexts, complaints = [], []

    def open_page(url, *, viewport=WIDE, allowed=(), **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text)
                if message.type == "error" and not any(one in message.text for one in allowed) else None)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def keep(page, name, full=True):
    """A screenshot that stays, in place of the one before."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full, animations="disabled")


def overflow(page):
    """How many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def cells(page):
    """The map's counts by state, as its canvas tells them, and `total`; zeros before its first frame."""
    told = page.locator(".map-canvas").evaluate("node => ({ ...node.dataset })")
    return {name: int(told.get(name, 0)) for name in ("total", "pending", "inFlight", "succeeded", "failed", "skipped")}
