"""Every relative link and anchor of the guides leads somewhere, and every page can be reached from the README."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"\bdocs/[\w./-]+\.md\b")


def prose(page: Path) -> str:
    """The page without its blocks of code and what it quotes as code."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!\[)`(?:[^`\n]|\n(?!\n))*`(?!\])", "", text)


def links(page: Path) -> list[str]:
    """The targets of the page's links that stay within the repository."""
    return [each for each in LINK.findall(prose(page)) if "://" not in each and not each.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page; of equal ones the later ones are numbered."""
    found: list[str] = []
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return set(found)


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""

    def leads(link: str) -> bool:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        return target.exists() and (not anchor or anchor in anchors(target))

    return [each for each in links(page) if not leads(each)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        to = {(page.parent / each.partition("#")[0]).resolve() for each in links(page) if not each.startswith("#")}
        waiting += [each for each in to if each.suffix == ".md" and each.exists() and each not in reached]
    assert {str(each.relative_to(ROOT)) for each in PAGES[2:] if each not in reached} == set()


def test_pages_that_code_and_text_name_exist() -> None:
    sources = [
        each for top in ("bot", "core", "workflows", "bench", "examples") for each in (ROOT / top).rglob("*.py")
    ]
    named = {name for each in [*sources, *PAGES] for name in NAMED.findall(each.read_text(encoding="utf-8"))}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_architecture_names_every_folder() -> None:
    named = set(re.findall(r"\b(\w+)/", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")))
    inits = [each for top in ("bot", "core", "workflows") for each in (ROOT / top).rglob("__init__.py")]
    assert {each.parent.name for each in inits} - named == set()


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `name` & more\n[a](#a-name--more) [b](#no) [c](gone.md) [d](https://example.com) `[e](no.md)`\n"
    )
    assert broken(page) == ["#no", "gone.md"]
