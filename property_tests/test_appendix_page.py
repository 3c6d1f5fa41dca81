"""The page in a browser: it renders, folds, sorts, copies, fits a telephone, fetches nothing, and is accessible."""

import json
import os
import shutil

import pytest
from appendix_records import ledger_record, profile, small_record

from phase_latency.appendix.writing import printed
from phase_latency.ledger import statements

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser():
    if BROWSER is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; run `apt-get install chromium`")
        pytest.skip("Chromium is MISSING; run `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()


def written(folder, record):
    path = folder / "index.html"
    path.write_bytes(printed({**record, "profiles": [profile("mine.py:rope")]}, ["html"])["index.html"])
    return path.as_uri()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return written(tmp_path_factory.mktemp("page"), ledger_record())


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """Three statements and all figures: everything that a page can have, and axe-core does not take minutes."""
    record = small_record("phase-latency-circle", "lemma-1", "lemma-1-temperature", figures=True)
    return written(tmp_path_factory.mktemp("page"), record)


@pytest.fixture
def opened(browser, address):
    """Open the page at some width; whatever it asks for and complains about is kept."""
    contexts = []

    def open_page(width=1200, scheme="light", address=address):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_nothing_is_fetched_and_nothing_complains(opened, address):
    page = opened()
    page.wait_for_load_state("networkidle")
    assert [url for url in page.asked if url != address and not url.startswith("data:")] == []
    assert page.complaints == []


def test_the_browser_may_fetch_nothing(opened):
    """Even if something were put into the page, its policy forbids it."""
    page = opened()
    page.evaluate("fetch('https://example.org/').catch(() => {})")
    page.evaluate("new Image().src = 'https://example.org/x.png'")
    page.wait_for_timeout(100)
    assert any("Content Security Policy" in each for each in page.complaints)


def test_formulas_are_rendered(opened):
    page = opened()
    page.get_by_role("button", name="Unfold all derivations").click()
    boxes = "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect())"
    sizes = page.evaluate(f"{boxes}.map(box => [box.width, box.height])")
    assert len(sizes) > 500
    shown = [size for size in sizes if size[1]]
    assert len(shown) > len(sizes) / 2
    assert all(4 < width < 900 and 5 < height < 200 for width, height in shown)
    fraction = page.evaluate(
        "(() => { const f = document.querySelector('#lemma-1 mfrac'), [a, b] = f.children;"
        "return b.getBoundingClientRect().top - a.getBoundingClientRect().top })()"
    )
    assert fraction > 5  # the divisor stands below: it is typeset, and not a row of letters


def test_derivations_fold_by_mouse_and_by_keyboard(opened):
    page = opened()
    summary = page.locator("#lemma-1 summary").first
    steps = page.locator("#lemma-1 details").first
    assert steps.evaluate("d => d.open") is False
    summary.click()
    assert steps.evaluate("d => d.open") is True
    summary.press("Enter")
    assert steps.evaluate("d => d.open") is False


def column(page, number):
    rows = "[...document.querySelector('#ledger ~ table').tBodies[0].rows]"
    return page.evaluate(f"n => {rows}.map(row => row.children[n].textContent.trim())", number)


def test_the_ledger_sorts_by_its_columns(opened):
    page = opened()
    before = column(page, 1)
    heading = page.locator("#ledger ~ table").first.locator("thead th").nth(1)
    heading.locator("button").click()
    assert column(page, 1) == sorted(before)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.locator("button").press("Enter")
    assert column(page, 1) == sorted(before, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"
    page.locator("#ledger ~ table").first.locator("thead button").first.click()
    assert column(page, 0) == [f"V{number}" for number in range(1, len(statements()) + 1)]  # by number: V10 after V9
    assert heading.get_attribute("aria-sort") is None


def test_snippets_can_be_copied(opened, browser):
    page = opened()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy BibTeX").click()
    page.wait_for_timeout(50)
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{phase_latency,")
    page.locator("#lemma-1 details").last.locator("summary").click()
    button = page.get_by_role("button", name="Copy the command that proves lemma-1")
    button.click()
    page.wait_for_timeout(50)
    assert page.evaluate("navigator.clipboard.readText()") == "phase-latency prove lemma-1 --checker sympy,coq,smt,ball"
    assert button.text_content() == "Copied"


def test_a_program_keeps_its_indentation(opened):
    page = opened()
    assert page.locator("pre", has_text="if True:").text_content().endswith("if True:\n    print(1)")


@pytest.mark.parametrize("width", [320, 400, 1200])
def test_nothing_is_wider_than_the_screen(opened, width):
    page = opened(width)
    page.get_by_role("button", name="Unfold all derivations").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.evaluate(
        "w => [...document.querySelectorAll('body *:not(.skip)')].filter(e => e.getBoundingClientRect().right > w + 1)"
        ".map(e => e.tagName + ': ' + e.textContent.slice(0, 60)).slice(0, 5)",
        width,
    )
    assert beyond == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1200])
def test_it_is_accessible(opened, short, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(width, scheme, short)
    page.get_by_role("button", name="Unfold all derivations").click()
    violations = Axe().run(page).response["violations"]
    assert violations == [], json.dumps(
        [[v["id"], v["help"], [n["html"][:200] for n in v["nodes"][:3]]] for v in violations]
    )


def test_twin_a_page_that_is_not_accessible_is_found(opened, short):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(address=short)
    page.evaluate("document.querySelector('#fold').style.color = '#999999'")
    assert "color-contrast" in [violation["id"] for violation in Axe().run(page).response["violations"]]


def colours(page):
    return page.evaluate(
        "['body', '#figure-slope text'].map(s => { const c = getComputedStyle(document.querySelector(s));"
        "return [c.backgroundColor, c.color, c.fill] })"
    )


def test_dark_and_light_differ_and_figures_go_with_the_text(opened):
    light, dark = colours(opened(scheme="light")), colours(opened(scheme="dark"))
    assert light[0] != dark[0]
    assert light[1][2] != dark[1][2]


def test_on_paper_nothing_is_folded(opened, tmp_path):
    page = opened()
    page.pdf(path=tmp_path / "it.pdf", format="A4")
    assert (tmp_path / "it.pdf").stat().st_size > 300_000
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('article details')].every(d => d.open)")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.evaluate("[...document.querySelectorAll('article details')].some(d => d.open)")
