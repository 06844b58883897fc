"""A real headless Chromium for the tests of the dashboard, and a dashboard of some run folders to look at."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
WAIT_S = 30
DESKTOP, PHONE = (1280, 800), (390, 844)


@contextmanager
def chromium(downloads: Path) -> Iterator[webdriver.Chrome]:
    """Start Chromium; what it saves goes into `downloads`."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


@contextmanager
def looking_at(driver: webdriver.Chrome, *arguments: str | Path) -> Iterator[str]:
    """Run a dashboard for one test; no page of it is left open, which would go on asking."""
    with dashboard(*arguments) as address:
        try:
            yield address
        finally:
            driver.get("about:blank")


@contextmanager
def dashboard(*arguments: str | Path) -> Iterator[str]:
    """Run `rlcs dashboard` as people do; yields its address. Ctrl-C must end it at once."""
    program = str(Path(sys.executable).with_name("rlcs"))
    command = [program, "dashboard", *map(str, arguments), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        address = re.search(r"http://\S+", line)
        assert address, line + process.stdout.read()
        yield address.group()
    finally:
        process.send_signal(signal.SIGINT)
        try:
            rest, _ = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 0, f"exit code {process.returncode}: {rest}"
    assert "Traceback" not in rest and "ERROR" not in rest, rest


def sized(driver: webdriver.Chrome, size: tuple[int, int]) -> None:
    """Make the page this wide and high, as a desktop or a phone has it."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 700}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def wait(condition: Callable[[], object], what: str) -> None:
    """Wait until something holds; an element replaced meanwhile is looked up again."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except StaleElementReferenceException:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not in {WAIT_S} s: {what}")


def show(driver: webdriver.Chrome, address: str) -> None:
    """Open an address and wait for its page, figures drawn."""
    driver.get(address)
    wait_for_page(driver)


def wait_for_page(driver: webdriver.Chrome) -> None:
    """Wait until the page that the address names is there with all its figures."""
    script = """
        const content = document.getElementById("content");
        const parts = address => address.pathname + [...address.searchParams].map(pair => pair.join("=")).sort();
        if (!content || !content.dataset.shown) return false;
        if (parts(new URL(content.dataset.shown, location)) !== parts(new URL(location))) return false;
        const graphs = [...document.querySelectorAll(".graph")];
        return graphs.every(graph => graph.querySelector(".main-svg"));
    """
    wait(lambda: driver.execute_script(script), f"the page {driver.current_url}")


def click(driver: webdriver.Chrome, text: str, inside: str = "body") -> None:
    """Follow the first link that starts with a text, and wait for its page."""
    before = driver.current_url
    element(driver, f"{inside} a", text, starts=True).click()
    wait(lambda: driver.current_url != before, f"a click on {text!r}")
    wait_for_page(driver)


def element(driver: webdriver.Chrome, selector: str, text: str = "", *, starts: bool = False) -> WebElement:
    """Return the first element of a kind that holds a text, or starts with it; waits for it."""
    found: list[WebElement] = []

    def look() -> bool:
        every = driver.find_elements(By.CSS_SELECTOR, selector)
        found[:] = [one for one in every if (one.text.startswith(text) if starts else text in one.text)]
        return bool(found)

    wait(look, f"{selector} with {text!r}")
    return found[0]


def page_text(driver: webdriver.Chrome) -> str:
    """Return what a person reads."""
    return driver.find_element(By.TAG_NAME, "body").text


def console_errors(driver: webdriver.Chrome) -> list[str]:
    """Return what the browser complained of since the last call: errors, and refusals of the content policy."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "ERROR")]


def requested_hosts(driver: webdriver.Chrome) -> set[str]:
    """Return the hosts that pages asked for anything since the last call."""
    hosts = set()
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            parts = urlsplit(message["params"]["request"]["url"])
            if parts.scheme not in ("data", "blob", "file", "chrome", "about"):
                hosts.add(parts.hostname or "")
    return hosts
