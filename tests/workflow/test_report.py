"""The report, opened in a real browser from disk and clicked through."""

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = pytest.mark.slow

ITEMS = {
    "Results": {
        "Scores on the test part": "Scores on the test part of the study smoke",
        "Accuracy by class": "the share of the vertices of a class that get its label",
        "Average precision with intervals": "Two uncertainties are told apart",
        "Cyclones and rivers found": "Whole cyclones and rivers instead of vertices",
        "Cyclones and rivers by size and latitude": "small or large ones",
        "Differences between networks with intervals": "both scored on the same days",
        "Weighted and non-weighted losses": "differ in nothing but the weights",
        "Precision against recall": "Precision against recall on the test part",
        "Confusion matrices": "What each class is taken for",
        "Reliability of the probabilities": "Are the probabilities what they say",
        "Average precision of the networks": "Average precision of the networks side by side",
    },
    "Data": {"Maps, split and leakage": "What the networks learnt from"},
    "Training": {
        "Loss and average precision by epoch": "How training went",
        "Size and speed of the networks": "Parameters are counted",
    },
    "Provenance": {"Code, data, device and time of every run": "Where every number"},
    "Maps": {
        "Truth and prediction on one test map": "Truth and prediction on one test map",
        "icosahedral, robinson": "Truth and prediction on the sampling icosahedral",
        "Truth and prediction on a turning globe": "Truth and prediction on a turning globe",
    },
    "Graphs": {
        "Equivariance error against degree": "Mean equivariance error against degree",
        "Equivariance error of all samplings": "Which sampling turns best",
    },
}


def test_every_item_opens_with_its_caption(finished, browser):
    wait = WebDriverWait(browser, 60, ignored_exceptions=[WebDriverException])

    def click_until(path: str, seen) -> None:
        # Menus slide in: until they stand still, a click may hit something else.
        def clicked_and_seen(browser) -> bool:
            browser.find_element(By.XPATH, f"({path})[last()]").click()
            return seen(browser)

        wait.until(clicked_and_seen)

    def finds(path: str):
        return lambda browser: bool(browser.find_elements(By.XPATH, path))

    def reads(text: str):
        return lambda browser: text in browser.find_element(By.TAG_NAME, "body").text

    def is_shown(browser) -> bool:
        # Found and measured in one go: while the page is drawn, an element may be replaced.
        size = browser.find_element(By.XPATH, "(//img | //iframe)[last()]").size
        return size["width"] > 300 and size["height"] > 100

    for category, items in ITEMS.items():
        for item, caption in items.items():
            row = f"//td[normalize-space()='{item}']/.."
            browser.get((finished.results / "report.html").as_uri())
            click_until(f"//*[normalize-space(text())='{category}']", finds(row))
            click_until(f"{row}//*[@iconname='eye']", is_shown)
            browser.save_screenshot(finished.folder / f"{category}-{item}.png")
            click_until(f"{row}//*[@iconname='information-circle']", reads(caption))
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []
