"""Who may import whom, read from the source: the packages' direction, and each third party's one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted([*ROOT.glob("index/**/*.py"), *ROOT.glob("rag/**/*.py"), ROOT / "ui.py"])
}
HOMES = {
    "chromadb": {"index.vectors"},
    "docx": {"index.format_docx"},
    "fastapi": {"ui", "rag.page.fence"},
    "feedparser": {"index.format_feed"},
    "gradio": {"ui"},
    "huggingface_hub": {"index.fetch"},
    "llama_index.vector_stores": {"index.vectors", "index.library"},  # the latter for a return type
    "lxml": {"index.format_docx", "index.format_html"},  # the former for its errors
    "onnxruntime": {"index.embedder"},
    "py3langid": {"index.language"},
    "pypdf": {"index.format_pdf"},
    "rensa": {"index.copies"},
    "rich": {"rag.cli.terminal"},
    "starlette": {"ui", "rag.page.fence"},
    "tokenizers": {"index.embedder"},
    "trafilatura": {"index.format_html"},
    "typer": {"rag.cli.app", "rag.cli.library_commands", "rag.cli.options", "rag.cli.terminal"},
    "uvicorn": {"ui"},
    "watchfiles": {"index.watch"},
    "wcmatch": {"index.rules"},
    "xllamacpp": {"rag.model.engine"},
    "yaml": {"index.metadata"},
}
# The adapters (embedder, vectors, engine, retriever) and those that name its types for callers.
LLAMA_INDEX = {
    "index.embedder",
    "index.library",
    "index.vectors",
    "rag",
    "rag.model.engine",
    "rag.retriever",
    "ui",
}
MOST_LINES = 300


def imported(path: Path, run: bool = False) -> Iterator[str]:
    """The modules a file imports, anywhere in it; `run`: without those only a type checker sees."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if run and id(node) in typed:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which package is meant"
            yield str(node.module)


def of(package: str, name: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("module", [name for name in MODULES if of("index", name)])
def test_index_knows_nothing_of_rag_or_the_page(module: str) -> None:
    assert [name for name in imported(MODULES[module]) if of("rag", name) or of("ui", name)] == []


def test_rag_imports_the_page_only_to_open_it() -> None:
    assert {m for m in MODULES if any(of("ui", name) for name in imported(MODULES[m]))} == {"rag.cli.app"}


@pytest.mark.parametrize("package", HOMES)
def test_each_third_party_has_its_place(package: str) -> None:
    users = {m for m, path in MODULES.items() if any(of(package, name) for name in imported(path))}
    assert users == HOMES[package]


def test_llama_index_stays_in_its_adapters() -> None:
    users = {m for m, path in MODULES.items() if any(of("llama_index", name) for name in imported(path))}
    assert users == LLAMA_INDEX


@pytest.mark.parametrize("module", ["rag", "index", "index.library", "ui"])
def test_llama_index_is_but_a_type_here(module: str) -> None:
    assert not any(of("llama_index", name) for name in imported(MODULES[module], run=True))


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_readable(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MOST_LINES
