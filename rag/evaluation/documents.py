"""The documents that a question set speaks of, and the articles that they are in a library."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from index import Library
from index.article import Article, Scope
from index.chunker import CHUNKING
from index.copies import same_story
from index.dates import any_date
from index.errors import LibraryError, QuestionError
from index.reader import SIDECAR, file_name
from index.report import Progress
from index.weights import WEIGHTS, cache_dir
from rag.evaluation.question_set import Case, objects

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Documents:
    """Documents by id: the library that holds them, their words, and which article each is.

    Documents with the same text are one article, and files of one name in several folders one document.
    """

    library: Library
    texts: Mapping[str, str]  # title and text
    articles: Mapping[str, frozenset[str]]  # article ids by document
    names: Mapping[str, tuple[str, ...]]  # documents by article id

    def scope(self, question: Case) -> Scope:
        """Where the question may be answered from; QuestionError when it names an unknown document."""
        return Scope(
            only=self._of(question, question.only) if question.only else None,
            exclude=self._of(question, question.exclude),
        )

    def named(self, articles: Iterable[Article], question: Case) -> tuple[str, ...]:
        """The ids of the documents that these articles are, each once, in this order."""
        names = (name for article in articles for name in self.names[article.id])
        return tuple(dict.fromkeys(name for name in names if not question.only or name in question.only))

    def with_copies(self, documents: Iterable[str]) -> frozenset[str]:
        """The documents and all others that are copies or updates of them, or the same article."""
        found = set(documents)
        with self.library.snapshot() as snapshot:
            held = set(snapshot.article_ids())  # a document without a text is no article
            keys = {key for name in found for key in self.articles.get(name, ())} & held
            hidden = [snapshot.article(key) for key in keys]
            for key, named in self.names.items():
                if key in held and any(same_story(snapshot.article(key), article) for article in hidden):
                    found.update(named)
        return frozenset(found)

    def _of(self, question: Case, documents: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        for document in documents:
            if document not in self.articles:
                raise QuestionError(
                    f"Question {question.qid} names the document {document!r}, which is not there: "
                    "give the corpus or the library that it belongs to."
                )
            found |= self.articles[document]
        return frozenset(found)


def of_library(library: Library) -> Documents:
    """The library's articles, named by their files."""
    texts: dict[str, str] = {}
    articles: dict[str, frozenset[str]] = {}
    with library.snapshot() as snapshot:
        for key in snapshot.article_ids():
            article = snapshot.article(key)
            name = file_name(article.path)
            texts[name] = f"{texts.get(name, '')} {article.title} {article.text}".strip()
            articles[name] = articles.get(name, frozenset()) | {key}
    return _documents(library, texts, articles)


def of_corpus(corpus: Path, progress: Callable[[Progress], None] | None = None) -> Documents:
    """The documents of a file of one JSON object a line, indexed at first use and then kept in the cache."""
    rows = [(str(row.get("doc_id") or number), row) for number, row in objects(corpus)]
    texts = {document: str(row.get("text") or "") for document, row in rows}
    if not any(text.strip() for text in texts.values()):
        raise LibraryError(f"{corpus} holds no document with a text: write one JSON object a line.")
    home = _home(corpus)
    folder = home / "articles"
    if not folder.is_dir():
        _write(rows, folder)
    library = Library(home / "library")
    if skipped := library.sync(folder, progress=progress).skipped:
        raise LibraryError(
            f"{len(skipped)} documents of {corpus} can't be read, the first because {skipped[0].reason}: "
            "correct them there."
        )
    return _documents(
        library,
        {document: f"{row.get('title') or ''} {texts[document]}".strip() for document, row in rows},
        {document: frozenset([_digest(text)]) for document, text in texts.items()},
    )


def _documents(
    library: Library, texts: Mapping[str, str], articles: Mapping[str, frozenset[str]]
) -> Documents:
    names: dict[str, tuple[str, ...]] = {}
    for document, keys in articles.items():
        for key in keys:
            names[key] = (*names.get(key, ()), document)
    return Documents(library, texts, articles, names)


def _home(corpus: Path) -> Path:
    """Where the corpus is kept; cut or embedded otherwise, it is another library."""
    settings = f"{_file_digest(corpus)} {CHUNKING} {WEIGHTS['embedder'].sha256}"
    return cache_dir() / "corpora" / hashlib.sha256(settings.encode()).hexdigest()[:24]


def _write(rows: Iterable[tuple[str, Mapping[str, Any]]], folder: Path) -> None:
    """One file a text, all of them or none; ids may hold what no file name can."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(dir=folder.parent))
    described: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for number, (_, row) in enumerate(rows):
        data = _bytes(str(row.get("text") or ""))
        digest = hashlib.sha256(data).hexdigest()
        if digest in seen or not data.strip():
            continue
        seen.add(digest)
        name = f"{number:07}.txt"  # seven digits are never taken for a date
        (unfinished / name).write_bytes(data)
        described[name] = _description(row)
    (unfinished / SIDECAR).write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    try:
        unfinished.rename(folder)
    except OSError:
        # Another process has put it there meanwhile, or the disk is to blame.
        shutil.rmtree(unfinished)
        if not folder.is_dir():
            raise


def _description(row: Mapping[str, Any]) -> dict[str, str]:
    values = {key: str(row.get(key) or "") for key in ("title", "source", "url")}
    values["published"] = any_date(str(row.get("date") or ""))  # an odd date must not cost the article
    return {key: value for key, value in values.items() if value}


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes(text: str) -> bytes:
    """The text as a file; JSON may hold half a surrogate pair, and control characters, which tell a binary file."""
    return _CONTROL.sub(" ", text).encode("utf-8", "replace")


def _digest(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()
