"""The built site in a real browser that reaches no other host."""

import functools
import http.server
import shutil
import threading

import pytest

NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"]
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
FLAGS += ["--disable-component-update", "--disable-dev-shm-usage"]
FLAGS += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
# A page is at rest when its formulas are set, its fonts are there, and each of its widgets is shown.
REST = """async () => {
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
  return [...document.querySelectorAll("script[type='application/vnd.jupyter.widget-view+json']")]
    .every((view) => view.parentElement.querySelector(".widget-subarea")?.childElementCount);
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, without a log. A reader who leaves in the middle is no error."""

    def log_message(self, *_):
        pass

    def copyfile(self, source, outputfile):
        try:
            super().copyfile(source, outputfile)
        except ConnectionError:
            pass


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium. Skips where it is missing, and says what to install."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    program = next((path for path in map(shutil.which, NAMES) if path), None)
    if program is None:
        pytest.skip("no Chromium on this machine; on Debian and Ubuntu: apt install chromium")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


class Visitor:
    """Opens pages and remembers what a reader would not want: requests to other hosts, and errors on the console.

    Each page is opened in a context of its own and waited for, so that none is left, or tested, while it still loads.
    """

    def __init__(self, browser, address: str):
        self.browser, self.address = browser, address
        self.complaints, self.contexts = [], []

    def open(self, path: str, script: str = "", routes=(), **options):
        """The page at ``path``, at rest. ``script`` runs before all others; ``routes`` are (pattern, handler)."""
        options = {"service_workers": "block", "viewport": {"width": 1300, "height": 900}} | options
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(300_000)  # a busy machine is no error
        ours = (self.address, "data:", "blob:")

        def complain(*what):
            self.complaints.append(": ".join(map(str, (path, *what))))

        page.on("request", lambda r: r.url.startswith(ours) or complain(r.url))
        page.on("console", lambda m: m.type == "error" and complain(m.location["url"], m.text))
        page.on("pageerror", complain)
        if script:
            page.add_init_script(script)
        for route in routes:
            page.route(*route)
        page.goto(f"{self.address}/{path}")
        page.wait_for_function(REST)
        page.wait_for_load_state("networkidle")
        return page

    def close(self) -> list[str]:
        """Leave all pages; what there was to complain about."""
        for context in self.contexts:
            context.close()
        return self.complaints


@pytest.fixture(scope="module")
def visitor(browser, address):
    """For all tests of a module; in the end there must be nothing to complain about."""
    visitor = Visitor(browser, address)
    yield visitor
    assert visitor.close() == []


@pytest.fixture
def lenient(browser, address):
    """For a test that provokes errors."""
    visitor = Visitor(browser, address)
    yield visitor
    visitor.close()
