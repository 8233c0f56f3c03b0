"""What the book needs of Sphinx beyond its settings.

* ``S2S_EXECUTE=1`` in the environment runs every chapter; otherwise the stored outputs are shown.
* Without torch and its companions the page of the package is built from stand-ins, so that a small
  environment can build the site.
* There are launch buttons only if ``_config.yml`` says where the book is published.
* A drawing of ``_static/drawings`` is there twice, light and dark; ``s2s.css`` shows the one that suits the page.
* The scripts of sphinx-thebe, which would load code from another host, are dropped.
* In docstrings ``|x|`` is an absolute value, not a substitution.
* Types in signatures are without what the command line adds to them.
* Types in signatures link to their page if there is one; elsewhere a missing name is an error.
* On the one page that becomes the PDF (tools/pdf.py), links lead to the right chapter.
"""

import os
import re
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Annotated, get_origin

from docutils import nodes
from sphinx.addnodes import desc_signature, start_of_file
from sphinx.ext.autodoc.mock import _MockObject

HEAVY = ["torch", "numpy", "PIL", "skimage", "scipy", "safetensors", "tqdm", "typer", "matplotlib", "torchmetrics", "filelock"]
OPERATORS = "add radd sub rsub mul rmul truediv rtruediv pow rpow neg matmul lt le gt ge or ror and float".split()


def complete_stand_ins():
    """Let autodoc's stand-ins take part in what modules do when imported: ``np.ndarray | None``, ``2 * np.pi``.

    As decorators, such as ``torch.no_grad()``, they leave the function as it is.
    """
    original = _MockObject.__call__

    def call(self, *args, **kwargs):
        return args[0] if len(args) == 1 and isinstance(args[0], FunctionType | type) else original(self, *args, **kwargs)

    _MockObject.__call__ = call
    for name in OPERATORS:
        setattr(_MockObject, f"__{name}__", (lambda self: 1.0) if name == "float" else (lambda self, *other: self))


def _settings(app, config):
    if os.environ.get("S2S_EXECUTE", "0") not in ("", "0"):
        config.nb_execution_mode = "force"
        app.tags.add("executed")  # for the page run_times
    if not config.html_theme_options.get("repository_url"):  # the theme would raise
        config.html_theme_options.pop("launch_buttons", None)
    complete_stand_ins()
    config.autodoc_mock_imports = [name for name in HEAVY if find_spec(name) is None]


def _drop_thebe(app, pagename, templatename, context, doctree):
    def is_thebe(script):
        body = getattr(script, "attributes", {}).get("body") or ""
        return "THEBE_JS_URL" in body or "thebe" in str(getattr(script, "filename", "") or script)

    context["script_files"] = [s for s in context.get("script_files", []) if not is_thebe(s)]


def _light_and_dark(app, tree):
    """Beside each drawing its dark form, which a screen reader does not find as long as the page is light."""
    for light in list(tree.findall(nodes.image)):
        if found := re.fullmatch(r"(_static/drawings/\w+)\.svg", light["uri"]):
            dark = light.copy()
            dark["uri"] = f"{found[1]}.dark.svg"
            light["classes"].append("s2s-light")
            dark["classes"] += ["s2s-dark", "dark-light"]  # the theme gives what is "dark-light" no white ground
            light.parent.insert(light.parent.index(light) + 1, dark)


def _bars(app, what, name, obj, options, lines):
    for i, line in enumerate(lines):
        parts = re.split(r"(``.*?``)", line)
        lines[i] = "".join(part if part.startswith("``") else part.replace("|", r"\|") for part in parts)


def _plain_types(app, obj, bound_method):
    """``Annotated[Path, an option of typer]`` is a ``Path``."""
    hints = getattr(obj, "__annotations__", {})
    hints.update({name: hint.__origin__ for name, hint in hints.items() if get_origin(hint) is Annotated})


def _type_without_page(app, env, node, contnode):
    parent = node.parent
    while parent is not None:
        if isinstance(parent, desc_signature):
            return contnode
        parent = parent.parent
    return None


def _lead_to_the_right_chapter(app, tree, docname):
    """On one page, chapters have places of the same name: those get a second name, which no other chapter has."""
    if app.builder.name != "singlehtml":
        return
    names = Counter(name for node in tree.findall(nodes.Element) for name in node["ids"])

    def own(chapter, name):
        return f"{chapter}:{name}" if names[name] > 1 else name

    for chapter in tree.findall(start_of_file):
        for node in chapter.findall(nodes.Element):
            node["ids"] += [own(chapter["docname"], name) for name in node["ids"] if names[name] > 1]
            if "refid" in node:
                node["refid"] = own(chapter["docname"], node["refid"])
    for link in tree.findall(nodes.reference):
        if found := re.fullmatch("#document-(.+)#(.+)", link.get("refuri", "")):
            link["refuri"] = "#" + own(*found.groups())


def setup(app):
    sys.path.insert(0, str(Path(__file__).parents[2]))
    app.connect("config-inited", _settings, priority=1)
    app.connect("autodoc-before-process-signature", _plain_types)
    app.connect("autodoc-process-docstring", _bars)
    app.connect("doctree-read", _light_and_dark, priority=400)  # before Sphinx collects the pictures
    app.connect("missing-reference", _type_without_page)
    app.connect("doctree-resolved", _lead_to_the_right_chapter)
    app.connect("html-page-context", _drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
