"""The public surface, pinned: whoever changes it changes this file, and knows it."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys

import pytest
from conftest import ROOT

import index
import rag
from index import Library, Report

PARAMETERS = {"question": "str", "history": (), "library": None, "model": None, "scope": None, "sure": None}
HEAVY = (
    *("chromadb", "docx", "feedparser", "gradio", "llama_index", "lxml", "numpy", "onnxruntime", "pypdf"),
    *("rensa", "tokenizers", "trafilatura", "xllamacpp"),
)
FIELDS = {
    rag.Answer: (
        "question understood sentences draft passages answered confidence reason code timings".split()
    ),
    rag.Sentence: "text citations words".split(),
    rag.Citation: "marker article title source published path start end quote page".split(),
    rag.Passage: "number article start end score".split(),
    rag.Turn: "question answer".split(),
    Report: "added changed moved removed unchanged skipped articles chunks seconds".split(),
}


def test_names() -> None:
    names = ["Answer", "Citation", "Passage", "Scope", "Sentence", "Turn", "answer", "ask"]
    assert sorted(rag.__all__) == names
    assert sorted(index.__all__) == ["Library", "Report"]
    for package in (rag, index):
        assert all(hasattr(package, name) for name in package.__all__)


@pytest.mark.parametrize("cls", FIELDS, ids=lambda cls: cls.__name__)
def test_values_are_frozen_and_have_these_fields(cls: type) -> None:
    assert [field.name for field in dataclasses.fields(cls)] == FIELDS[cls]
    assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]  # dataclasses give it no type


@pytest.mark.parametrize("function", [rag.answer, rag.ask], ids=lambda function: function.__name__)
def test_answer_and_ask_take_the_same(function: object) -> None:
    assert callable(function)
    parameters = inspect.signature(function).parameters
    assert list(parameters) == list(PARAMETERS)
    assert parameters["question"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    for name in list(PARAMETERS)[1:]:
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[name].default == PARAMETERS[name]


def test_a_library_is_a_path_and_syncs_folders() -> None:
    assert next(iter(inspect.signature(Library).parameters)) == "path"
    sync = inspect.signature(Library.sync).parameters
    assert sync["folders"].kind is inspect.Parameter.VAR_POSITIONAL


@pytest.mark.parametrize("module", ["rag", "index", "rag.cli", "rag.page.chat", "rag.page.fence"])
def test_importing_is_light(module: str) -> None:
    program = (
        f"import sys, {module}; print(*sorted({{m.split('.')[0] for m in sys.modules}} & set({HEAVY!r})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []
