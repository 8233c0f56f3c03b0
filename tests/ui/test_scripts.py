"""A pad's script is one file: what it imports stands in it, once, and before what needs it."""

import re

import pytest

pytest.importorskip("anywidget")
from s2s_helpers.ui import labels, sketchpad  # noqa: E402
from s2s_helpers.ui.scripts import script  # noqa: E402

MODULES = {sketchpad: {"elements", "files", "lines", "pad"}, labels: {"elements", "files", "pad"}}


@pytest.mark.parametrize("pad", MODULES, ids=lambda pad: pad.__name__)
def test_the_script_is_one_file_that_imports_nothing(pad):
    whole = script(pad.SCRIPT)
    assert "import {" not in whole and "import(" not in whole
    for path in pad.SCRIPT.parent.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        own = [line for line in text.splitlines() if line and not line.startswith("import ")]
        if path.stem in MODULES[pad] or path == pad.SCRIPT:
            assert all(line in whole for line in own), path.name
            assert whole.count(own[0]) == 1, f"{path.name} stands there twice"
    names = re.findall(r"^(?:export )?(?:const|let|function) (\w+)", whole, re.M)
    assert len(names) == len(set(names)) > 20


def test_a_module_of_several_comes_before_all_of_them(tmp_path):
    files = {"a": "x()", "b": "const x = y;", "c": "const y = 1;"}
    needs = {"a": "cb", "b": "c", "c": ""}
    for name, text in files.items():
        imports = "".join(f'import {{x}} from "./{other}.js";\n' for other in needs[name])
        (tmp_path / f"{name}.js").write_text(f"{imports}{text}\n", encoding="utf-8")
    assert script(tmp_path / "a.js").split("\n") == ["const y = 1;", "const x = y;", "x()", ""]
