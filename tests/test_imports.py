"""Who may import whom, read from the source: the packages' direction, and each third party's one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from conftest import ROOT

from index import Library
from rag import answer
from rag.answering import NO_MODEL

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
    "onnxruntime": {"index.embedder", "rag.reading", "rag.reader.export"},
    "py3langid": {"index.language"},
    "pypdf": {"index.format_pdf"},
    "rapidfuzz": {"rag.question"},
    "rensa": {"index.copies"},
    "rich": {"rag.cli.terminal"},
    "safetensors": {"rag.reader.train"},
    "sklearn": {"rag.reader.pairs"},
    "starlette": {"ui", "rag.page.fence"},
    "tokenizers": {"index.embedder", "rag.reading", "rag.reader.train"},
    "torch": {"rag.reader.export", "rag.reader.train"},
    "trafilatura": {"index.format_html"},
    "transformers": {"rag.reader.train"},
    "typer": {"rag.cli.app", "rag.cli.library_commands", "rag.cli.options", "rag.cli.terminal"},
    "uvicorn": {"ui"},
    "watchfiles": {"index.watch"},
    "wcmatch": {"index.rules"},
    "xllamacpp": {"rag.model.engine"},
    "yaml": {"index.metadata"},
}
# The adapters (embedder, vectors, engine, retriever) and those that name its types for callers.
LLAMA_INDEX = {
    "index.embedding",
    "index.library",
    "index.vectors",
    "rag",
    "rag.answering",
    "rag.evaluation.asking",
    "rag.model.engine",
    "rag.retriever",
    "ui",
}
# How the reader was made; nothing that answers needs it, or what it needs.
TRAINING = {"rag.reader.export", "rag.reader.pairs", "rag.reader.train"}
# A question's way to its answer: each module knows only those before it.
WAY = (
    *("rag.answers", "rag.names", "rag.question", "rag.conversation", "rag.libraries"),
    *("rag.finding", "rag.reading", "rag.confidence"),
    *("rag.model.engine", "rag.model.prompts", "rag.confirming", "rag.answering"),
)
ROOMS = {  # what each may open of the others
    "rag.cli": {"rag.evaluation", "rag.page"},
    "rag.evaluation": set[str](),
    "rag.model": set[str](),
    "rag.page": set[str](),
}
MOST_MODULES = 8  # that an answer passes through, but for the model's
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


def modules_of_ours(module: str) -> set[str]:
    """The modules of this project that one of them imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES.keys()) or {str(node.module)}
    return found & MODULES.keys()


def of(package: str, name: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("module", [name for name in MODULES if of("index", name)])
def test_index_knows_nothing_of_rag_or_the_page(module: str) -> None:
    assert [name for name in imported(MODULES[module]) if of("rag", name) or of("ui", name)] == []


def test_rag_imports_the_page_only_to_open_it() -> None:
    assert {m for m in MODULES if any(of("ui", name) for name in imported(MODULES[m]))} == {"rag.cli.app"}


@pytest.mark.parametrize("module", WAY)
def test_the_way_to_an_answer_leads_one_way(module: str) -> None:
    known = {name for name in modules_of_ours(module) if of("rag", name)}
    assert known - set(WAY[: WAY.index(module)]) == set()


@pytest.mark.parametrize("module", [name for name in MODULES if of("rag", name)])
def test_rooms_stay_apart(module: str) -> None:
    own = next((room for room in ROOMS if of(room, module)), None)
    shut = ROOMS.keys() - (ROOMS[own] | {own} if own else set()) - {"rag.model"}
    assert [name for name in modules_of_ours(module) if any(of(room, name) for room in shut)] == []


def test_nothing_that_answers_needs_what_made_the_reader() -> None:
    users = {module for module in MODULES if modules_of_ours(module) & TRAINING}
    assert users <= TRAINING


@pytest.mark.parametrize("package", HOMES)
def test_each_third_party_has_its_place(package: str) -> None:
    users = {m for m, path in MODULES.items() if any(of(package, name) for name in imported(path))}
    assert users == HOMES[package]


def test_llama_index_stays_in_its_adapters() -> None:
    users = {m for m, path in MODULES.items() if any(of("llama_index", name) for name in imported(path))}
    assert users == LLAMA_INDEX


@pytest.mark.parametrize(
    "module", ["rag", "rag.answering", "rag.evaluation.asking", "index", "index.library", "ui"]
)
def test_llama_index_is_but_a_type_here(module: str) -> None:
    assert not any(of("llama_index", name) for name in imported(MODULES[module], run=True))


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_readable(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_an_answer_passes_through_few_modules(seed_library: Library) -> None:
    entered: set[str] = set()
    names = {str(path): name for name, path in MODULES.items() if of("rag", name)}

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_name != "<module>" and code.co_filename in names:
            entered.add(names[code.co_filename])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        found = answer("When did Putin last visit Pyongyang?", library=seed_library, model=NO_MODEL)
    finally:
        sys.setprofile(before)
    assert found.answered
    assert "rag.answering" in entered
    assert not any(of("rag.model", name) for name in entered)
    assert len(entered) <= MOST_MODULES, sorted(entered)


def test_an_answer_without_a_model_loads_neither_llama_index_nor_chroma(seed_library: Library) -> None:
    program = f"""if True:
        import sys
        from pathlib import Path
        from rag import answer
        found = answer("How did Kim travel?", library=Path({str(seed_library.path)!r}), model=Path("none"))
        print(found.answered, *sorted({{name.split(".")[0] for name in sys.modules}} & {{"chromadb", "llama_index"}}))
    """
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True"]
