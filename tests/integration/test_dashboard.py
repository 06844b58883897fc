"""`rlcs dashboard` in a real browser, on the folder of a real run: pages, the way to a failing rollout, a live run."""

from __future__ import annotations

import csv
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import (
    CHROMIUM,
    DESKTOP,
    DRIVER,
    PHONE,
    click,
    console_errors,
    dashboard,
    element,
    looking_at,
    page_text,
    requested_hosts,
    show,
    sized,
    wait,
    wait_for_page,
)
from places import ROOT
from rlcs_command import finish, metrics, rlcs
from runs_to_show import graded_additions, played
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from rlcs.dashboard.address import PAGES

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver are not installed"),
]
SMALL = ("curriculum.batch_size=8", "rollout.group_size=4", "run.steps=3", "eval.every=3", "checkpoint.every=0")


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of three steps, with grades for half of the additions."""
    folder = tmp_path_factory.mktemp("dashboard") / "tiny"
    grades = f"data.train.0.grades={graded_additions(folder.parent)}"
    finish(folder, rlcs("train", "quickstart", f"run.dir={folder}", grades, *SMALL))
    return folder


@pytest.fixture(scope="module")
def home(run_folder: Path, browser: webdriver.Chrome) -> Iterator[str]:
    """The address of a dashboard of the run."""
    with looking_at(browser, run_folder) as address:
        yield address.rstrip("/")


@pytest.fixture(autouse=True)
def nothing_is_wrong(browser: webdriver.Chrome) -> Iterator[None]:
    """After every test: the console is empty of errors, and nothing was asked of another host."""
    sized(browser, DESKTOP)
    yield
    assert console_errors(browser) == []
    assert requested_hosts(browser) <= {"127.0.0.1"}


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_every_page_loads_and_fits_the_screen(browser: webdriver.Chrome, home: str, size: tuple[int, int]) -> None:
    sized(browser, size)
    for path, name in PAGES.items():
        show(browser, home + path)
        assert browser.title.startswith(name)
        assert element(browser, "nav li.here").text == name
        width = browser.execute_script("return document.scrollingElement.scrollWidth")
        assert width <= size[0], f"{name} is {width} pixels wide on a screen of {size[0]}"


def test_from_the_overview_to_a_failing_rollout_and_its_reason(browser: webdriver.Chrome, home: str) -> None:
    show(browser, home)
    domain = element(browser, ".weakest a").text
    assert domain.startswith("stem.")
    click(browser, domain, ".weakest")
    assert browser.current_url == f"{home}/tasks?domain={domain}&order=up&sort=pass_rate"
    task = element(browser, "tbody a").text
    click(browser, task, "tbody")
    assert f"Task {task}" in element(browser, "h2").text
    click(browser, "step ", "tbody")
    assert "/rollouts?" in browser.current_url and "group=" in browser.current_url
    assert task in page_text(browser)
    failing = element(browser, ".completion", "✗")
    reason = failing.find_element(By.CSS_SELECTOR, ".reason").text
    assert any(words in reason for words in ("expected", "no answer", "layout")), reason


def test_an_address_brings_a_colleague_to_the_same_page_and_back_goes_back(
    browser: webdriver.Chrome, home: str
) -> None:
    show(browser, f"{home}/rollouts?status=incorrect&step=2")
    rows = browser.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert rows and all("incorrect" in row.text and row.text.startswith("2 ") for row in rows)
    click(browser, "correct: ", ".counts")
    wait(lambda: "✓ correct" in page_text(browser), "the correct ones")
    browser.back()
    wait(lambda: "✗ incorrect" in page_text(browser), "the incorrect ones again")
    assert browser.current_url == f"{home}/rollouts?status=incorrect&step=2"


def test_filters_and_search_go_into_the_address(browser: webdriver.Chrome, home: str, run_folder: Path) -> None:
    show(browser, f"{home}/rollouts")
    field = element(browser, "input[type=search]")
    field.send_keys("+", Keys.ENTER)
    wait(lambda: "text=%2B" in browser.current_url, "the search in the address")
    wait_for_page(browser)
    choice = browser.find_element(By.CSS_SELECTOR, ".control [aria-haspopup]")
    choice.send_keys(Keys.ENTER)
    element(browser, "[role=option]", "incorrect").click()
    wait(lambda: "status=incorrect" in browser.current_url and "text=%2B" in browser.current_url, "both filters")
    wait(lambda: "✗ incorrect" in page_text(browser) and "✓ correct" not in page_text(browser), "only wrong ones")
    click(browser, "addition:", "tbody")
    assert browser.find_elements(By.CSS_SELECTOR, ".text .hit"), "the text that was looked for is marked"


def test_a_subcategory_goes_along_from_page_to_page(browser: webdriver.Chrome, home: str) -> None:
    show(browser, f"{home}/tasks?domain=stem.math")
    element(browser, ".control", "Subcategory").find_element(By.CSS_SELECTOR, "[aria-haspopup]").send_keys(Keys.ENTER)
    element(browser, "[role=option]", "addition").click()
    wait(lambda: "subcategory=addition" in browser.current_url, "the subcategory in the address")
    wait(lambda: "subtraction:" not in element(browser, "tbody").text, "only additions")
    assert "addition:" in element(browser, "tbody").text
    for name, part in (("Curriculum", ".figures"), ("Rollouts", "tbody")):
        click(browser, name, "nav")
        assert "domain=stem.math&subcategory=addition" in browser.current_url
        assert "subtraction" not in element(browser, part).text
    certainty = "return document.getElementById('figure-certainty').closest('.figure').querySelector('.js-plotly-plot')"
    show(browser, f"{home}/curriculum?domain=stem.math")
    names = browser.execute_script(f"{certainty}.data.map(one => one.name)")
    assert names[:2] == ["addition", "equation"], "a curve for each"


def test_the_curriculum_says_what_grading_has_cost_and_saved(
    browser: webdriver.Chrome, home: str, run_folder: Path
) -> None:
    explained = (ROOT / "docs" / "metrics.md").read_text()
    last = metrics(run_folder)[3]
    visits = {key: value for key, value in last.items() if key.startswith("curriculum/first_visits/")}
    assert len(visits) == 6 and all(key.split("/")[2] == "addition" for key in visits)
    assert all(f"`{key.replace('addition', '<source>').replace(key.split('/')[3], '<knowledge>')}`" in explained
               for key in visits)  # fmt: skip
    show(browser, f"{home}/curriculum?domain=stem.math")
    row = element(browser, "section.card", "What grading has cost and saved").find_element(By.CSS_SELECTOR, "tbody tr")
    assert row.text.split()[:2] == ["addition", "100"]
    cells = [cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
    assert [cell.splitlines()[0] for cell in cells[1:4]] == ["100", "100", "200"]
    assert cells[4] == f"400\n{40000 / last['rollout/num_generated_total']:,.1f} % of the run's"
    for cell, kind in zip(cells[1:4], ("measured", "predicted", "ungraded"), strict=True):
        groups = visits[f"curriculum/first_visits/addition/{kind}/groups"]
        assert (f" of {groups:.0f} first visits valid" if groups else "no first visits") in cell
    assert "±" in cells[5] and "±" in cells[6]


def test_an_episode_is_found_and_read_turn_by_turn(browser: webdriver.Chrome, home: str, tmp_path: Path) -> None:
    show(browser, f"{home}/rollouts")
    assert [label.text for label in browser.find_elements(By.CSS_SELECTOR, ".control") if "Turns" in label.text] == []
    with looking_at(browser, played(tmp_path / "played")) as address:
        show(browser, address)
        assert "Success by number of turns" in page_text(browser)
        click(browser, "Rollouts", "nav")
        element(browser, ".control", "Turns").find_element(By.TAG_NAME, "input").send_keys("2-3", Keys.ENTER)
        wait(lambda: "turns=2-3" in browser.current_url and "env fault" not in element(browser, "tbody").text, "one")
        assert "replayed once, 1 turn unreadable" in element(browser, "tbody").text
        click(browser, "web:1", "tbody")
        turns = browser.find_elements(By.CSS_SELECTOR, ".turn")
        heads = [turn.find_element(By.CSS_SELECTOR, "h3").text for turn in turns]
        assert heads == ["Turn 1", "Turn 2 ✗ unreadable", "Turn 3", "The end ✓ correct"]
        assert "Nothing was done." in turns[1].text and "brought back to this turn once" in turns[1].text
        assert place_of_mark(browser) == pytest.approx((0.25, 0.75), abs=0.01)
        seen, said = (turns[0].find_element(By.CSS_SELECTOR, part).rect for part in (".seen", ".columns > :last-child"))
        assert seen["x"] + seen["width"] <= said["x"], "side by side where there is room"
        sized(browser, PHONE)
        assert browser.execute_script("return document.scrollingElement.scrollWidth") <= PHONE[0]
        assert place_of_mark(browser) == pytest.approx((0.25, 0.75), abs=0.01)
        click(browser, "#2", "tbody")
        assert "the browser is gone" in page_text(browser) and len(browser.find_elements(By.CSS_SELECTOR, ".turn")) == 2


def place_of_mark(browser: webdriver.Chrome) -> tuple[float, float]:
    """Return where the middle of the only mark lies, as fractions of its image."""
    script = """
        const [mark] = document.querySelectorAll(".mark"), box = mark.getBoundingClientRect();
        const image = mark.closest(".overlaid").querySelector("img").getBoundingClientRect();
        return [(box.left + box.width / 2 - image.left) / image.width,
                (box.top + box.height / 2 - image.top) / image.height];
    """
    x, y = browser.execute_script(script)
    return x, y


def test_a_click_on_a_curve_shows_the_rollouts_of_that_step(browser: webdriver.Chrome, home: str) -> None:
    show(browser, home)
    script = """
        const graph = document.getElementById("figure-reward").closest(".figure").querySelector(".js-plotly-plot");
        const data = graph.data[0];
        graph.emit("plotly_click", {points: [{curveNumber: 0, pointNumber: 1, data, fullData: graph._fullData[0],
            x: graph.calcdata[0][1].x, y: graph.calcdata[0][1].y, customdata: graph._fullData[0].customdata[1]}]});
    """
    browser.execute_script(script)
    wait(lambda: "/rollouts?" in browser.current_url and "step=2" in browser.current_url, "the rollouts of step 2")


def test_figures_are_saved_as_csv_and_png(browser: webdriver.Chrome, home: str, downloads: Path) -> None:
    show(browser, home)
    element(browser, "button[aria-label='Save Training reward as CSV']").click()
    file = downloads / "tiny-reward.csv"
    wait(file.is_file, "the CSV file")
    with file.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["series", "step", "mean reward, 0 to 1"]
    assert {float(row[1]) for row in rows[1:]} == {1, 2, 3} and all(0 <= float(row[2]) <= 1 for row in rows[1:])
    element(browser, "button[aria-label='Save Training reward as PNG']").click()
    wait((downloads / "reward.png").is_file, "the PNG file")
    assert (downloads / "reward.png").read_bytes().startswith(b"\x89PNG")


def test_the_keyboard_reaches_the_content_and_shows_where_it_is(browser: webdriver.Chrome, home: str) -> None:
    show(browser, home)
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.text == "Skip to the content"
    skip.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("id") == "content"
    browser.switch_to.active_element.send_keys(Keys.TAB)
    focused = browser.switch_to.active_element
    assert focused.value_of_css_property("outline-style") != "none"
    unnamed = """
        return [...document.querySelectorAll("a, button, input")].filter(one => one.offsetParent !== null
            && !(one.textContent || one.ariaLabel || (one.labels && one.labels.length)
                 || one.getAttribute("aria-labelledby") || one.closest("label"))).map(one => one.outerHTML);
    """
    assert browser.execute_script(unnamed) == [], "links and controls without a name"


def test_a_live_run_shows_its_next_step(browser: webdriver.Chrome, run_folder: Path, tmp_path: Path) -> None:
    live = tmp_path / "live"
    shutil.copytree(run_folder, live, ignore=shutil.ignore_patterns("checkpoints", "step-000003.parquet"))
    lines = (run_folder / "metrics.jsonl").read_text().splitlines(keepends=True)
    (live / "metrics.jsonl").write_text("".join(lines[:-1]))
    with looking_at(browser, live) as address:
        show(browser, address)
        assert "step 2 of 3" in element(browser, "#state").text
        for part in ("rollouts", "curriculum"):
            shutil.copy(run_folder / part / "step-000003.parquet", live / part)
        with (live / "metrics.jsonl").open("a") as stream:
            stream.write(lines[-1][:40])
            stream.flush()
            time.sleep(4)
            assert "step 2 of 3" in element(browser, "#state").text, "half a line is no step"
            stream.write(lines[-1][40:])
        wait(lambda: "step 3 of 3" in element(browser, "#state").text, "the third step")
        last = "return document.querySelector('.js-plotly-plot').calcdata[0].slice(-1)[0].x"
        wait(lambda: browser.execute_script(last) == 3, "the third step in the figure")
        show(browser, f"{address}rollouts")
        assert element(browser, "tbody td").text == "3"


def test_a_page_whose_server_is_gone_says_so_until_it_is_back(
    browser: webdriver.Chrome, run_folder: Path, tmp_path: Path
) -> None:
    live = tmp_path / "live"
    shutil.copytree(run_folder, live, ignore=shutil.ignore_patterns("checkpoints"))
    lines = (live / "metrics.jsonl").read_text().splitlines(keepends=True)
    (live / "metrics.jsonl").write_text("".join(lines[:-1]))
    with dashboard(live) as address:
        show(browser, address)
        assert element(browser, "#stale").text == ""
    wait(lambda: "No answer from the dashboard since" in element(browser, "#stale").text, "the page to notice")
    browser.find_element(By.LINK_TEXT, "Tasks").click()
    (live / "metrics.jsonl").write_text("".join(lines))
    with dashboard(live, "--port", str(urlsplit(address).port)):
        wait(lambda: element(browser, "#stale").text == "", "the page to go on")
        wait(lambda: "step 3 of 3" in element(browser, "#state").text, "what happened meanwhile")
        wait_for_page(browser)
        assert browser.title.startswith("Tasks") and element(browser, "nav li.here").text == "Tasks"
        lost = ("ERR_CONNECTION_REFUSED", "the server did not respond")
        assert [message for message in console_errors(browser) if not any(words in message for words in lost)] == []
        browser.get("about:blank")


def test_a_page_that_has_an_older_token_says_where_to_go(browser: webdriver.Chrome, run_folder: Path) -> None:
    with dashboard(run_folder, "--host", "127.0.0.1") as address:
        show(browser, address)
    with dashboard(run_folder, "--host", "127.0.0.1", "--port", str(urlsplit(address).port)) as newer:
        wait(lambda: "open the address that it printed" in element(browser, "#stale").text, "the page to notice")
        show(browser, newer)
        assert element(browser, "#stale").text == ""
        console_errors(browser)
        browser.get("about:blank")


def test_an_empty_folder_says_so_on_every_page(browser: webdriver.Chrome, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with looking_at(browser, tmp_path / "empty") as address:
        for path in PAGES:
            show(browser, address.rstrip("/") + path)
            assert "no step is done yet" in element(browser, "#state").text
            assert "yet" in element(browser, "#body").text


def test_two_runs_are_compared_and_chosen(browser: webdriver.Chrome, run_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(run_folder, tmp_path / "other", ignore=shutil.ignore_patterns("checkpoints"))
    with looking_at(browser, run_folder, tmp_path / "other") as address:
        show(browser, f"{address}compare")
        rows = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "[aria-label=Runs] tbody tr")]
        assert [row.split()[0] for row in rows] == ["tiny", "other"]
        show(browser, f"{address}?run=other")
        assert browser.title == "Overview · other · RLCS"


def test_the_exported_file_opens_without_a_network(browser: webdriver.Chrome, run_folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    command = [rlcs("dashboard", "")[0], "dashboard", str(run_folder), "--export", str(report)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "opens in any browser" in result.stdout
    browser.get("about:blank")
    requested_hosts(browser)
    browser.get(report.as_uri())
    drawn = "return document.querySelectorAll('.graph .main-svg').length >= document.querySelectorAll('.graph').length"
    wait(lambda: browser.execute_script(drawn), "all figures of the report")
    assert "Where to look first" in page_text(browser) and "A failing rollout of" in page_text(browser)
    assert report.read_text().count("plotly.js v") == 1
    assert requested_hosts(browser) == set()


def test_with_a_host_only_the_token_opens_the_page(browser: webdriver.Chrome, run_folder: Path) -> None:
    with looking_at(browser, run_folder, "--host", "127.0.0.1") as address:
        home, _, token = address.partition("?token=")
        browser.get(home)
        assert "needs the token" in page_text(browser)
        assert [message for message in console_errors(browser) if "403" not in message] == []
        show(browser, f"{home}tasks?domain=stem.math&token={token}")
        assert "token" not in browser.current_url and browser.current_url.endswith("/tasks?domain=stem.math")
        show(browser, f"{home}rollouts")
        assert "Completions, newest first" in page_text(browser)


def test_mistakes_are_told_in_a_line(run_folder: Path, tmp_path: Path) -> None:
    program = [rlcs("dashboard", "")[0], "dashboard"]
    for arguments, words in (
        ([str(tmp_path / "nowhere")], "is no run folder"),
        ([str(run_folder), "--export", str(tmp_path)], "expected a file"),
        ([str(run_folder), "--host", "203.0.113.1"], "choose another --host"),
    ):
        result = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 2 and words in result.stderr and "Traceback" not in result.stderr


def test_the_run_folder_is_left_as_it_was(run_folder: Path, home: str, browser: webdriver.Chrome) -> None:
    before = {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")}
    for path in PAGES:
        show(browser, home + path)
    assert {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")} == before
