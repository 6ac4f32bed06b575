"""The explorer, opened in a real browser from disk and used by hand."""

import json

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

pytestmark = pytest.mark.slow

# Of what is drawn, not of what was meant to be drawn.
PIXELS = """
const canvas = document.getElementById(arguments[0]), hex = (r, g, b) =>
  "#" + [r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("");
const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
const counts = {};
for (let i = 0; i < data.length; i += 4) {
  if (data[i + 3] === 255) {
    const colour = hex(data[i], data[i + 1], data[i + 2]);
    counts[colour] = (counts[colour] || 0) + 1;
  }
}
return counts;
"""
TC, AR = "#d55e00", "#0072b2"


class Explorer:
    """The html in a browser; remembers what it was read to show."""

    def __init__(self, browser, path):
        self.browser = browser
        self.address = path.as_uri()
        browser.get(self.address)
        self.wait = WebDriverWait(browser, 120, ignored_exceptions=[WebDriverException])
        self.wait.until(
            lambda b: b.find_elements(By.CSS_SELECTOR, "body[data-ready], [role=alert]")
        )
        self.wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "body[data-ready]"))

    def find(self, name):
        return self.browser.find_element(By.ID, name)

    def js(self, code, *arguments):
        return self.browser.execute_script(code, *arguments)

    def pixels(self, canvas="prediction"):
        """Return how many pixels of a canvas have each colour."""
        return self.js(PIXELS, canvas)

    def globe(self):
        """Return the numbers of the palette on the globe, one for each of its triangles."""
        return self.js("return Array.from(document.getElementById('globe').data[0].intensity)")

    def camera(self):
        return self.js("return document.getElementById('globe')._fullLayout.scene.camera.eye")

    def choose(self, name, value):
        Select(self.find(name)).select_by_value(value)

    def move_slider(self, keys):
        self.find("epoch").send_keys(keys)

    def until_other(self, read, before):
        """Wait until what is read differs from before, and return it."""
        self.wait.until(lambda _: read() != before)
        return read()

    def until(self, condition):
        self.wait.until(lambda _: condition())

    def troubles(self):
        """Return errors on the console, and addresses that were asked for."""
        errors = [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        messages = (
            json.loads(e["message"])["message"] for e in self.browser.get_log("performance")
        )
        sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        # The browser's own first page asks, too.
        asked = [each["request"]["url"] for each in sent if each["documentURL"] == self.address]
        assert self.address in asked, "the log of requests is not read"
        return errors + [url for url in asked if not url.startswith((self.address, "data:"))]


@pytest.fixture
def explorer(finished, browser):
    explorer = Explorer(browser, finished.results / "explore.html")
    yield explorer
    browser.save_screenshot(finished.folder / "explore.png")
    assert explorer.troubles() == []


def test_the_slider_changes_map_globe_and_marker(explorer):
    assert explorer.find("which").text.startswith(("1 of 2", "2 of 2"))
    explorer.move_slider("\ue010")  # End: the last epoch
    explorer.until(lambda: explorer.find("prediction-title").text == "Prediction after epoch 2")
    truth, flat = explorer.pixels("truth"), explorer.pixels()
    globe = explorer.globe()
    explorer.move_slider("\ue011")  # Home: the first one
    explorer.until(lambda: explorer.find("prediction-title").text == "Prediction after epoch 1")
    assert explorer.pixels() != flat
    assert explorer.pixels("truth") == truth  # the truth does not learn
    explorer.until_other(explorer.globe, globe)
    marked = "return document.getElementById('curves').data.at(-1).x"
    explorer.until(lambda: explorer.js(marked) == [1, 1, 1])


def test_the_truth_has_the_colours_of_the_classes(explorer):
    counts = explorer.pixels("truth")
    assert counts.get(TC, 0) > 20 and counts.get(AR, 0) > 20  # the map with most of both
    explorer.choose("show", "truth")
    shown = explorer.js(
        "return document.getElementById('globe').data[0].colorscale.map((e) => e[1])"
    )
    explorer.until(lambda: {211, 222} <= set(explorer.globe()))
    assert shown[211] == "rgb(213,94,0)" and shown[222] == "rgb(0,114,178)"


def test_other_maps_and_runs_are_shown(explorer):
    before = explorer.pixels("truth"), explorer.pixels()
    explorer.choose("map", "validation 1")
    explorer.until(lambda: explorer.pixels("truth") != before[0])
    explorer.choose("map", "test 0")
    explorer.until(lambda: "the slider does not apply" in explorer.find("status").text)
    assert not explorer.find("epoch").is_enabled()
    test = explorer.pixels()
    explorer.choose("run", "2")
    explorer.until(lambda: "weighted-seed0" in explorer.find("test-scores").text)
    explorer.until_other(explorer.pixels, test)
    explorer.choose("map", "validation 0")
    explorer.until(lambda: explorer.find("epoch").is_enabled())


def test_the_globe_turns_by_hand_and_shows_probabilities(explorer):
    globe = explorer.find("globe")
    explorer.js("arguments[0].scrollIntoView({block: 'center'})", globe)
    before, picture = explorer.camera(), globe.screenshot_as_png
    drag = ActionChains(explorer.browser).move_to_element(globe).click_and_hold()
    drag.move_by_offset(90, 20).move_by_offset(60, 10).release().perform()
    turned = explorer.until_other(explorer.camera, before)
    assert abs(turned["x"] - before["x"]) + abs(turned["y"] - before["y"]) > 0.2
    assert globe.screenshot_as_png != picture
    shown = explorer.globe()
    explorer.choose("show", "1")
    explorer.until_other(explorer.globe, shown)
    explorer.until(lambda: "probability of AR" in explorer.find("globe-legend").text)
    assert abs(explorer.camera()["x"] - turned["x"]) < 1e-6  # colouring does not turn it


def test_pointing_tells_the_values_of_the_vertex(explorer):
    flat = explorer.find("truth")
    explorer.js("arguments[0].scrollIntoView({block: 'center'})", flat)
    ActionChains(explorer.browser).move_to_element(flat).perform()
    explorer.until(lambda: explorer.find("tip").is_displayed())
    flat_tip = explorer.find("tip").text
    for word in ("truth:", "prediction:", "TC ", "AR ", "background", "precipitable water", "kg m"):
        assert word in flat_tip, flat_tip
    latitude, longitude = flat_tip.splitlines()[0].split(", ")
    assert max(float(latitude.split("°")[0]), float(longitude.split("°")[0])) < 12  # the middle
    globe = explorer.find("globe")
    explorer.js("arguments[0].scrollIntoView({block: 'center'})", globe)
    ActionChains(explorer.browser).move_to_element(globe).move_by_offset(5, 5).perform()
    explorer.until(
        lambda: explorer.find("tip").is_displayed() and explorer.find("tip").text != flat_tip
    )
    assert "truth:" in explorer.find("tip").text


def test_it_fits_a_telephone(explorer):
    explorer.browser.set_window_size(500, 800)
    explorer.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True},
    )
    explorer.until(lambda: explorer.js("return innerWidth") == 400)
    explorer.until(lambda: explorer.find("truth").size["width"] > 300)
    explorer.until(lambda: explorer.js("return document.documentElement.scrollWidth") <= 400)
    for name in ("curves", "truth", "prediction", "globe", "run", "map", "epoch"):
        box = explorer.find(name).rect
        assert box["x"] >= 0 and box["x"] + box["width"] <= 400, name


def test_the_page_is_small(finished):
    assert (finished.results / "explore.html").stat().st_size < 8e6
