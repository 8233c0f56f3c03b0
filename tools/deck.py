"""What slides show of a chapter: its goals, and of each section the beginning, equations, figures, tables, short code.

One idea a slide. What is more than fits on a slide stays in the book; paragraphs go into the notes of the speaker.
"""

import base64
import html
import io
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

BOOK = Path(__file__).parents[1] / "book"
WIDTH, HEIGHT = 1160, 480  # what a picture has, in pixels of a slide
SAID, CAPTION, ROWS, LINES, COLUMNS = 420, 300, 9, 14, 88  # at most: characters, rows of a table, of code and in a row
HEADING = re.compile(r"^(#{1,3}) (.*)$", re.M)
EQUATION = re.compile(r"^\$\$\n(.*?)\n\$\$(?: \((eq-[\w-]+)\))?$", re.M | re.S)
DRAWING = re.compile(r"^:::\{figure-md\}[^\n]*\n\n!\[(.*?)\]\((.*?)\)\n\n(.*?)\n:::$", re.M | re.S)
GOALS = re.compile(r"^:::\{admonition\} In this chapter\n(.*?)\n:::$", re.M | re.S)
FENCE = re.compile(r"^(:{3,}|`{3,})\{?.*?^\1$|<details>.*?</details>", re.M | re.S)


@dataclass
class Slide:
    """``body`` is markdown, ``notes`` what the speaker may read; a slide that ``begins`` opens a section.

    ``lead`` announces the body. ``words`` is for a slide that has nothing else.
    """

    heading: str
    body: str
    notes: str = ""
    begins: bool = False
    lead: str = ""
    words: bool = False

    def text(self) -> str:
        return f"{self.lead}\n\n{self.body}" if self.lead else self.body


def equation_numbers() -> dict[str, str]:
    """Of each label of an equation the number that the book gives it, such as 6.2."""
    numbers = {}
    for path in sorted(BOOK.glob("*.py")):
        labels = re.findall(r"^# \$\$ \((eq-[\w-]+)\)$", path.read_text(encoding="utf-8"), re.M)
        chapter = f"{int(path.stem[:2])}." if path.stem[0].isdigit() else ""
        numbers |= {label: f"{chapter}{place}" for place, label in enumerate(labels, 1)}
    return numbers


NUMBERS = equation_numbers()


def plain(text: str) -> str:
    """Text without the roles of the book: numbers for equations and chapters, no citations."""
    text = re.sub(r"\s*\{cite:p\}`[^`]*`", "", text)
    text = re.sub(r"\{cite:t\}`([a-z]+)(\d*)`", lambda m: f"{m[1].capitalize()} et al. ({m[2]})", text)
    text = re.sub(r"\{eq\}`([\w-]+)`", lambda m: f"({NUMBERS[m[1]]})", text)
    text = re.sub(r"\{doc\}`(\d\d)_\w+`", lambda m: f"chapter {int(m[1])}", text)
    text = re.sub(r"\{doc\}`(\w+)`", lambda m: f"*{m[1].replace('_', ' ')}*", text)
    return re.sub(r"\{[\w:]+\}`([^`<]*?) ?(?:<[^`]*>)?`", r"\1", text)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, in one line each."""
    return re.split(r"(?<=[.?!:])(?<!e\.g\.)(?<!al\.)\s+(?=[A-Z*`$\"(])", " ".join(plain(text).split()))


def beginning(text: str, most: int = SAID) -> str:
    """As many whole sentences as fit, at least one."""
    kept = ""
    for sentence in sentences(text):
        if kept and len(kept) + len(sentence) > most:
            break
        kept = f"{kept} {sentence}".strip()
    return unfinished(kept)


def unfinished(text: str) -> str:
    """Without a last sentence that announces what is not on the slide; if it is the only one, it ends with a point."""
    *whole, last = sentences(text)
    return " ".join(whole) if whole and last.endswith(":") else re.sub(r":$", ".", text)


def lead(text: str, colon: bool = False) -> str:
    """What is said directly before a formula, or, ending with a ``colon``, before a cell."""
    *before, last = sentences(text)
    if colon and not last.endswith(":"):
        return ""
    both = f"{before[-1]} {last}" if before else last
    return both if len(both) <= 260 else last if len(last) <= 260 else ""


def inline(text: str) -> str:
    """Text for a part of the page that is HTML."""
    text = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))
    return re.sub(r"(?<![\w*$\\])\*([^*$]+)\*", r"<em>\1</em>", text)


def blocks(text: str) -> list[tuple[str, str]]:
    """A text as (kind, content): equation, drawing, list, table, paragraph."""
    kinds, found = {}, []

    def kept(kind):
        def keep(match):
            kinds[key := f"@@{len(kinds)}@@"] = (kind, match)
            return f"\n\n{key}\n\n"

        return keep

    text = DRAWING.sub(kept("drawing"), text)
    text = FENCE.sub("", EQUATION.sub(kept("equation"), text))
    for part in filter(None, map(str.strip, re.split(r"\n\s*\n", text))):
        begins = next((kind for start, kind in {"* ": "list", "|": "table"}.items() if part.startswith(start)), "said")
        found.append(kinds.get(part, (begins, part)))
    return found


def picture(source: str, size: tuple[float, float], alt: str, caption: str) -> str:
    """A picture as large as fits; what is tall stands beside its caption."""
    tall = size[0] < 1.3 * size[1]
    room = (WIDTH * 0.62, HEIGHT + 70) if tall else (WIDTH, HEIGHT)
    scale = min(room[0] / size[0], room[1] / size[1], 2.4)
    width, height = round(size[0] * scale), round(size[1] * scale)
    said = inline(beginning(caption, CAPTION)) if caption else ""
    image = f'<img alt="{html.escape(alt)}" width="{width}" height="{height}" src="{source}">'
    return f'<div class="picture{" tall" if tall else ""}">{image}<figcaption>{said}</figcaption></div>'


def encoded(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def drawing(match: re.Match) -> str:
    """A drawing of the book, an SVG."""
    alt, file, caption = match.groups()
    data = (BOOK / file).read_bytes()
    _, _, width, height = map(float, re.search(rb'viewBox="([^"]*)"', data)[1].split())
    return picture(encoded("image/svg+xml", data), (width, height), alt, caption)


def equation(match: re.Match) -> str:
    number = NUMBERS.get(match[2] or "")
    tex = match[1] + (f"\n\\tag{{{number}}}" if number else "")
    return f"$$\n{tex}\n$$"


def tables(heading: str, text: str, said: str = "") -> list[Slide]:
    """A table on as many slides as it needs; none if a row does not fit. ``said`` leads to it."""
    rows = [plain(row) for row in text.splitlines() if row.startswith("|")]
    head, body = rows[:2], rows[2:]
    widest = max(map(len, rows))
    words = widest > 130  # cells of several lines
    if not body or head[0].count("|") > 11 or words and head[0].count("|") > 5:
        return []
    pages, lines = [[]], 0
    for row in body:
        cells = [len(cell) for cell in row.split("|")]
        high = 1 + max(cells) * (head[0].count("|") - 1) // 110
        if pages[-1] and (lines + high > ROWS + 2 or len(pages[-1]) >= ROWS):
            pages, lines = [*pages, []], 0
        pages[-1].append(row)
        lines += high
    return [Slide(heading, "\n".join([*head, *page]), lead=said) for page in pages]


def section(heading: str, text: str, title: bool = False) -> list[Slide]:
    """The slides of a text below its heading; the first has the beginning, and an equation that follows at once."""
    parts, slides, notes = blocks(text), [], []
    for place, (kind, content) in enumerate(parts):
        before = parts[place - 1] if place else ("", "")
        after = parts[place + 1] if place + 1 < len(parts) else ("", "")
        if kind == "equation":
            leads = lead(before[1]) if before[0] == "said" else ""
            rest = beginning(after[1], 260) if after[0] == "said" else ""
            first = len(slides) == 1 and place == 1
            body = "\n\n".join([slides[0].body if first else leads, equation(content), rest])
            slides[len(slides) - first :] = [Slide(heading, body, begins=first and not title)]
        elif kind == "drawing":
            slides.append(Slide(heading, drawing(content)))
        elif kind == "table":
            slides += tables(heading, content)
        elif kind == "list" and len(content) < 900:
            slides.append(Slide(heading, plain(content)))
        elif kind == "said" and not slides and not title:
            slides.append(Slide(heading, beginning(content), begins=True, words=True))
            notes.append(content)
        else:
            notes.append(content)
    if slides:
        slides[0].notes = plain("\n\n".join(notes))
        slides[0].begins = not title
    return slides


def shown(cell, heading: str, said: str) -> list[Slide]:
    """A code cell: its pictures, its tables; or what it printed, with its code if that fits. ``said`` leads to it."""
    about = cell.metadata.get("mystnb", {})
    alt, caption = about.get("image", {}).get("alt", ""), about.get("figure", {}).get("caption", "")
    slides, printed = [], ""
    for out in cell.outputs:
        data = out.get("data", {})
        if kind := next((kind for kind in ("image/png", "image/jpeg") if kind in data), None):
            raw = base64.b64decode("".join(data[kind]))
            size = Image.open(io.BytesIO(raw)).size
            slides.append(Slide(heading, picture(encoded(kind, raw), size, alt, caption), plain(caption)))
        elif "text/markdown" in data:
            text = "".join(data["text/markdown"])
            slides += tables(heading, text, said) if text.startswith("|") else code(heading, text, said=said)
        elif "<img" in data.get("text/html", ""):
            slides += strip(heading, "".join(data["text/html"]))
        elif out.output_type == "stream" and out.name == "stdout":
            printed += out.text
    hidden = {"hide-input", "remove-input"} & set(cell.metadata.get("tags", []))
    if not slides and printed and not hidden:
        text = f"```python\n{cell.source.strip()}\n```"
        slides += code(heading, text, printed, said) or (code(heading, "", printed, said) if said else [])
    return slides


def code(heading: str, text: str, printed: str = "", said: str = "") -> list[Slide]:
    """Code, and what it printed; none if it does not fit."""
    lines = text.splitlines() + printed.splitlines()
    if len(lines) > LINES + 2 or max(map(len, lines)) > COLUMNS or text.count("```") > 2:
        return []
    output = f'<pre class="printed">{html.escape(printed.rstrip())}</pre>' if printed else ""
    return [Slide(heading, f"{text}\n\n{output}", lead=said)]


FIGURE = re.compile(r"<figure[^>]*>(<img[^>]*>)(?:<figcaption>(.*?)</figcaption>)?</figure>", re.S)


def strip(heading: str, text: str) -> list[Slide]:
    """Pictures in a row: those of a sheet; or the stills of a slider, one column for each setting."""
    settings = re.findall(r'<div class="s2s-frame".*?</div><div>(.*?)</div>', text, re.S)
    found = FIGURE.findall(text)
    if not found or len(found) > 20:
        return []
    down = len(found) // len(settings) if settings else -(-len(found) // 5)
    across = len(settings) or -(-len(found) // down)
    if settings:  # they come column by column, and a grid is filled row by row
        found = [found[column * down + row] for row in range(down) for column in range(across)]
    side = min(WIDTH // across - 16, (HEIGHT + 60) // down - 60)
    figures = []
    for place, (image, label) in enumerate(found):
        words = [label] + settings[place - across * (down - 1) :][:1] * (place >= across * (down - 1))
        image = re.sub(r' style="[^"]*"', "", image).replace("<img", f'<img style="max-width:{side}px;height:{side}px"')
        figures.append(f"<figure>{image}<figcaption>{'<br>'.join(filter(None, words))}</figcaption></figure>")
    grid = f"grid-template-columns:repeat({across},auto)"
    return [Slide(heading, f'<div class="strip" style="{grid}">{"".join(figures)}</div>')]


def exercises(cells: list) -> list[Slide]:
    """The tasks; the hint comes with the next key, the solution is among the notes."""
    slides = []
    for cell in cells:
        if cell.cell_type == "markdown" and (
            found := re.search(r"^### (Exercise[^\n]*)\n(.*)", cell.source, re.M | re.S)
        ):
            hint = re.search(r"<details><summary>Hint</summary>(.*?)</details>", found[2], re.S)
            task = plain(found[2].split("<details>")[0].strip())
            hidden = f'<div class="fragment hint">\n\n**Hint.** {plain(hint[1].strip())}\n\n</div>'
            slides.append(Slide(found[1], f"{task}\n\n{hidden}", begins=True))
        elif "exercise-solution" in cell.metadata.get("tags", []):
            slides[-1].notes = f"```python\n{cell.source.strip()}\n```"
    return slides


def questions(chapter: str) -> list[Slide]:
    """The quiz: each question with its answers, and again with the right one and the reasons."""
    slides = []
    for number, table in enumerate(tomllib.loads((BOOK / "quizzes.toml").read_text("utf-8"))[chapter], 1):
        answers = {key: value for key, value in table.items() if key not in ("asks", "right")}
        for told in (False, True):
            lines = []
            for letter, (says, why) in answers.items():
                right = told and letter == table["right"]
                reason = f"<small>{html.escape(why)}</small>" if right else ""
                lines.append(f"<li{' class=right' if right else ''}>{letter}) {html.escape(says)}{reason}</li>")
            body = f'{html.escape(table["asks"])}\n\n<ul class="answers">{"".join(lines)}</ul>'
            why = "\n\n".join(f"{letter}) {reason}" for letter, (_, reason) in answers.items())
            slides.append(Slide(f"Have you understood it? {number}", body, why, begins=not told))
    return slides


def joined(slides: list[Slide], more: list[Slide]) -> list[Slide]:
    """A section that begins with words goes on with what they announce on the same slide, if there is room."""
    if slides and more and slides[-1].words and more[0].lead:
        said = slides[-1].body
        last = sentences(more[0].lead)[-1]
        if last not in said and last[:-1] not in said:
            said = f"{said} {last}"
        lines = len(said) / 75 + 1.2 * more[0].body.count("\n")
        if lines < LINES:
            slides[-1].body, slides[-1].words = f"{said}\n\n{more[0].body}", False
            more = more[1:]
    return [*slides, *more]


def deck(notebook, chapter: str) -> list[Slide]:
    """The slides of a chapter, in its order."""
    cells = notebook.cells
    last = next(place for place, cell in enumerate(cells) if re.match(r"## Exercises|.*\n## Exercises", cell.source))
    heading, said, slides = "", "", []
    for cell in cells[:last]:
        if cell.cell_type == "code":
            slides = joined(slides, shown(cell, heading, said))
            continue
        parts = blocks(cell.source)
        said = lead(parts[-1][1], colon=True) if parts and parts[-1][0] == "said" else ""
        if goals := GOALS.search(cell.source):
            parts = [part for part in re.split(r"\n\n", plain(goals[1])) if not part.startswith("**Study time")]
            slides.append(Slide("In this chapter", "\n\n".join(parts), begins=True))
        pieces = HEADING.split(GOALS.sub("", cell.source))
        if pieces[0].strip():
            slides += section(heading, pieces[0], title=True)
        for level, heading, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):  # noqa: B007
            if level == "#":
                slides.append(Slide(heading, beginning(blocks(text)[0][1]), plain(text), begins=True))
            else:
                slides += section(heading, text)
    return [*slides, *exercises(cells[last:]), *questions(chapter)]
