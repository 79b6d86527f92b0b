"""The configuration nouns as docs/config tells them, for the gate and the tests of the examples."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGES = Path("docs/config")
ROW = re.compile(r"^\| \[(\w+)\]\((\w+)\.md\) \| ([\w, ]+) \| ([\w/.]+) \|$", re.M)
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)


@dataclass
class Noun:
    """A row of the table in docs/config/README.md, with the page it names."""

    name: str
    translations: list[str]
    tests: str
    page: str

    @property
    def examples(self) -> list[str]:
        """The complete bootstrap files on the page."""
        return [m[3] for m in FENCE.finditer(self.page) if (m[1], m[2].strip()) == EXAMPLE]

    @property
    def fences(self) -> list[tuple[str, str]]:
        return [(m[1], m[2].strip()) for m in FENCE.finditer(self.page)]

    @property
    def code(self) -> set[str]:
        """Every word inside backticks, so that `a.b[]` names a and b."""
        return words(" ".join(re.findall(r"`([^`\n]+)`", self.page)))

    @property
    def quoted_faults(self) -> list[str]:
        """The error texts in the page's table of mistakes."""
        section = self.page.partition("\n## Common mistakes\n")[2].partition("\n## ")[0]
        table = section.partition("| written | said |\n|---|---|\n")[2].partition("\n\n")[0]
        cells = [row.rsplit(" | ", 1)[-1].removesuffix(" |") for row in table.splitlines()]
        return [text for cell in cells if cell.startswith("`") for text in [cell.strip("`")]]


EXAMPLE = ("yaml", "bootstrap")


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z0-9_]+", text))


def nouns(root: Path) -> list[Noun]:
    table = (root / PAGES / "README.md").read_text(encoding="utf-8")
    found = []
    for name, file, translations, tests in ROW.findall(table):
        path = root / PAGES / f"{file}.md"
        page = path.read_text(encoding="utf-8") if path.exists() and name == file else ""
        found.append(Noun(name, translations.split(", "), tests, page))
    return found
