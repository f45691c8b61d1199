"""Ask axe about a page."""

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, one line each: rule, where, what to do."""
    page.evaluate(SOURCE)
    # Without preload axe copies no style sheet in, which the content policy would refuse.
    found = page.evaluate(
        "tags => axe.run({runOnly: tags, preload: false}).then(result => result.violations)", TAGS
    )
    return [
        f"{rule['id']}: {node['target']} {rule['help']}" for rule in found for node in rule["nodes"]
    ]
