"""Print the book: Chromium makes ``_build/book.pdf`` of the one page that ``make pdf`` has built from the stored
outputs.

A slider is printed as its strip of stills, a solution is printed open (book/_static/s2s.css).
"""

import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "chrome"]
HOST = "http://book.invalid/"  # no such host can be; all it is asked for comes from a folder
# What only a reader on the screen needs: widgets, and networks that answer to drawings.
LIVE = ("vendor/widgets/", "vendor/s2s/")
# Fonts, formulas and pictures; and what is folded away is opened, except the code behind a plot.
READY = """async () => {
  document.querySelectorAll("details:not(.above-input), .tag_hide-cell > details").forEach((part) => part.open = true);
  await MathJax.startup.promise;
  await document.fonts.ready;
  await Promise.all([...document.images].map((picture) => picture.decode()));
}"""
FOOTER = '<div style="width: 100%; text-align: center; font-size: 8px"><span class="pageNumber"></span></div>'


def print_page(browser, folder: Path, name: str, target: Path) -> None:
    """Write the page ``name`` of a folder as a PDF, with page numbers, links and an outline. Reaches no other host."""

    def answer(route):
        place = urlsplit(route.request.url).path.lstrip("/")
        wanted = route.request.url.startswith(HOST) and (folder / place).is_file() and not place.startswith(LIVE)
        route.fulfill(path=folder / place) if wanted else route.abort()

    page = browser.new_page(color_scheme="light")
    page.set_default_timeout(300_000)
    page.route("**/*", answer)
    page.goto(HOST + name)
    page.emulate_media(media="print")
    page.evaluate(READY)
    margins = {"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"}
    furniture = {"display_header_footer": True, "header_template": "<span></span>", "footer_template": FOOTER}
    page.pdf(path=target, format="A4", margin=margins, print_background=True, outline=True, tagged=True, **furniture)
    page.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit("`make pdf` needs Chromium. On Debian and Ubuntu: apt install chromium")
    built, target = ROOT / "_build/singlehtml", ROOT / "_build/book.pdf"
    # The addresses on the one page are those of a page at the top, wherever in the book its first chapter lies.
    shutil.copy(built / "book/index.html", built / "book.html")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--disable-gpu", "--disable-dev-shm-usage"])
        print_page(browser, built, "book.html", target)
        browser.close()
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
