"""The built site in a real browser that reaches no other host."""

import functools
import http.server
import shutil
import threading

import pytest
from waiting import PATIENCE

NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"]
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
FLAGS += ["--disable-component-update", "--disable-dev-shm-usage"]
FLAGS += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


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
    """Opens pages and remembers what a reader would not want: requests to other hosts, and errors on the console."""

    def __init__(self, browser, address: str):
        self.browser, self.address = browser, address
        self.complaints, self.contexts = [], []

    def open(self, path: str, script: str = "", route=None, **options):
        """The page at ``path``. ``script`` runs before all others; ``route`` is (pattern, handler) for its requests."""
        options = {"service_workers": "block", "viewport": {"width": 1300, "height": 900}} | options
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        ours = (self.address, "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(ours) or self.complaints.append(r.url))
        page.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if script:
            page.add_init_script(script)
        if route:
            page.route(*route)
        page.goto(f"{self.address}/{path}")
        return page

    def each(self, paths, **options):
        """Every page at rest, with its path, one after the other; ``options`` as for ``open``.

        Each has a context of its own. A page that another one takes the place of, while it still loads what it needs,
        complains of what does not come.
        """
        for path in paths:
            page = self.open(path, **options)
            page.wait_for_load_state("networkidle")
            yield path, page
            self.contexts.pop().close()

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
