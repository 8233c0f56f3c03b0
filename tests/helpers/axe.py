"""axe-core, which looks for what keeps readers out, asked about a page in a browser."""

from pathlib import Path

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
# What depends on the theme, and so is asked again in dark mode.
COLORS = ["color-contrast", "link-in-text-block"]
# Text that is told apart from its ground by nothing is to axe no finding, but a question.
ASK = """async (rules) => {
  const only = rules ? {runOnly: {type: "rule", values: rules}} : {};
  const {violations, incomplete} = await axe.run(document, {resultTypes: ["violations", "incomplete"], ...only});
  const told = ({id, impact}, node) => [id, impact, node.target.join(" "), node.html.slice(0, 200)];
  const invisible = (node) => node.any.some((check) => check.data?.messageKey === "equalRatio");
  return [
    ...violations.flatMap((rule) => rule.nodes.map((node) => told(rule, node))),
    ...incomplete.flatMap((rule) => rule.nodes.filter(invisible).map((node) => told(rule, node))),
  ];
}"""


def findings(page, rules: list[str] | None = None) -> list[list[str]]:
    """What axe says of the page as it is shown now: rule, impact, place, element. All rules, unless some are named."""
    assert AXE.is_file(), "run `make vendor` (python tools/vendor.py) first"
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    return page.evaluate(ASK, rules)
