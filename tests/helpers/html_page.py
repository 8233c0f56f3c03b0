"""A page of the site, read."""

from html.parser import HTMLParser
from pathlib import Path


class Page(HTMLParser):
    """What a page loads, its pictures, its links and where links can lead."""

    def __init__(self, path: Path):
        super().__init__()
        self.loads, self.pictures, self.links, self.anchors = [], [], [], {"", "top"}
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed") and a.get("src"):
            self.loads.append(a["src"])
        pointers = ("canonical", "search", "index", "next", "prev", "author", "copyright")
        if tag == "link" and a.get("rel") not in pointers:
            self.loads.append(a.get("href") or "")
        if tag == "img":
            self.pictures.append(a)
        if tag == "a" and a.get("href"):
            self.links.append(a["href"])
        self.anchors |= {a[key] for key in ("id", "name") if a.get(key)}
