"""From a file to an article ready to be embedded: read, described, cut so that the model sees every word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.article import Article, Span
from index.chunker import chunks, sentences

if TYPE_CHECKING:
    from index.embedder import Embedder

_HEADING_WORDS = 25
_HEADING_CHARACTERS = 200  # a title may be one long address
_SMALLEST_CUT = 40  # characters; whatever their script, so few never fill the model's window


@dataclass(frozen=True, slots=True)
class Draft:
    """An article with its chunks, about to be embedded and stored."""

    article: Article
    spans: tuple[Span, ...]
    heading: str
    basis: str

    def texts(self) -> list[str]:
        """What the embedder is given, one text a chunk."""
        return [embedded_text(self.heading, self.article.text[start:end]) for start, end in self.spans]


def draft(article: Article, basis: str, embedder: Embedder) -> Draft:
    """Cut the article into chunks that, title included, fit the embedder's window."""
    top = heading(article)

    def fits(span: Span) -> bool:
        text = embedded_text(top, article.text[span[0] : span[1]])
        # A token holds at least one character, so short texts need no counting.
        return len(text) < MAX_TOKENS - 2 or embedder.token_count(text) < MAX_TOKENS

    from index.embedder import MAX_TOKENS  # onnxruntime takes half a second to import

    spans = [
        piece for span in chunks(article.text, article.boilerplate) for piece in _cut(article, span, fits)
    ]
    return Draft(article, tuple(spans), top, basis)


def heading(article: Article) -> str:
    """The words of the title that are embedded with every chunk; none when only the file's name tells.

    A file that is renamed keeps its bytes, and then nothing has to be embedded again.
    """
    if article.provenance.get("title") == "file name":
        return ""
    return " ".join(article.title.split()[:_HEADING_WORDS])[:_HEADING_CHARACTERS]


def embedded_text(top: str, text: str) -> str:
    """A chunk as the embedder sees it."""
    return f"{top}\n{text}" if top else text


def _cut(article: Article, span: Span, fits: Callable[[Span], bool]) -> list[Span]:
    if span[1] - span[0] <= _SMALLEST_CUT or fits(span):
        return [span]
    first, second = _halves(article.text, span)
    return _cut(article, first, fits) + _cut(article, second, fits)


def _halves(text: str, span: Span) -> tuple[Span, Span]:
    """Two parts cut between sentences, else between words, else anywhere; as near the middle as can be."""
    start, end = span
    middle = (start + end) // 2
    inside = sentences(text, start, end)
    if len(inside) > 1:
        last = min(range(len(inside) - 1), key=lambda i: abs(inside[i][1] - middle))
        return (start, inside[last][1]), (inside[last + 1][0], end)
    gaps = [i for i in range(start + 1, end - 1) if text[i].isspace()]
    if not gaps:
        return (start, middle), (middle, end)
    gap = min(gaps, key=lambda i: abs(i - middle))
    left, right = gap, gap + 1
    while text[left - 1].isspace():
        left -= 1
    while text[right].isspace():
        right += 1
    return (start, left), (right, end)
