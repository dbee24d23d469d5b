"""One headless Chromium without a network, driven by chromedriver."""

import json
import os
import shutil
import time
from pathlib import Path

IN_PAGE = (Path(__file__).parent / "in_page.js").read_text(encoding="utf-8")

CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


class Missing(Exception):
    """What the checks need and this machine does not have."""


def find(names):
    """The path of the first program there is."""
    return next((path for path in map(shutil.which, names) if path), None)


class Browser:
    """A browser, and what it said and asked for since the last page was opened."""

    patience = 10  # seconds for what a page does by itself; a busy machine takes its time

    def __init__(self):
        chromium = find(CHROMIUM)
        driver = find(["chromedriver"])
        if not chromium:
            raise Missing("Chromium is not installed (Debian: apt-get install chromium)")
        if not driver:
            raise Missing("chromedriver is not installed (Debian: apt-get install chromium-driver)")
        try:
            from selenium import webdriver
            from selenium.webdriver.chrome.service import Service
            from selenium.webdriver.common.action_chains import ActionChains
        except ImportError as error:
            raise Missing(
                "selenium is not installed for this Python "
                "(Debian: apt-get install python3-selenium, and /usr/bin/python3)") from error
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for switch in [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--force-color-profile=srgb", "--window-size=1280,900",
            # Nothing has an address but this machine.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]:
            options.add_argument(switch)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # which Chromium refuses to have for root
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.page_load_strategy = "normal"
        self.driver = webdriver.Chrome(service=Service(driver), options=options)
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(30)
        self._actions = ActionChains
        self.command("Page.addScriptToEvaluateOnNewDocument", source=IN_PAGE)

    def close(self):
        self.driver.quit()

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def size(self, width, height):
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
            mobile=False)

    def media(self, scheme="light", kind=""):
        self.command(
            "Emulation.setEmulatedMedia", media=kind,
            features=[
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ])

    def open(self, address):
        """Opens a page, wholly anew, and forgets what was logged before."""
        self.driver.get("about:blank")
        self.console()
        self.requests()
        self.driver.get(address)

    def ask(self, name, *arguments):
        """Calls one of the functions of in_page.js and waits for its answer."""
        return self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "const [name, ...rest] = [...arguments].slice(0, -1);"
            "Promise.resolve(window.nibbleChecks[name](...rest)).then(done);",
            name, *arguments)

    def wait(self, script, *arguments, seconds=None):
        """Whether a script says yes before the time is up; a page on its way to another says no."""
        from selenium.common.exceptions import JavascriptException, NoSuchWindowException

        end = time.monotonic() + (seconds or self.patience)
        while time.monotonic() < end:
            try:
                if self.driver.execute_script(script, *arguments):
                    return True
            except (JavascriptException, NoSuchWindowException):
                pass
            time.sleep(0.02)
        return False

    def press(self, key, times=1):
        chain = self._actions(self.driver, duration=0)
        for _ in range(times):
            chain.send_keys(key)
        chain.perform()

    def console(self):
        """Warnings and errors since the last call."""
        return [
            entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] in ("WARNING", "SEVERE")
        ]

    def requests(self):
        """Everything pages asked for since the last call, whether they got it or not."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                found.append(message["params"]["url"])
        return found

    def pdf(self):
        """The page on paper."""
        return self.command("Page.printToPDF", printBackground=False)["data"]
