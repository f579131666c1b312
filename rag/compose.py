"""From grounded sentences to the text that is shown: markers, and one citation for each span of words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answers import Citation
from rag.evidence import Evidence
from rag.grounding import Grounded


def compose(sentences: Sequence[Grounded]) -> tuple[str, tuple[Citation, ...]]:
    """The sentences with their markers behind them, and the citations that the markers name."""
    markers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    shown = []
    for sentence in sentences:
        numbers = []
        for evidence in sorted(sentence.evidence, key=sentence.evidence.index):
            key = (evidence.article.id, evidence.start, evidence.end)
            if key not in markers:
                markers[key] = len(markers) + 1
                citations.append(_citation(markers[key], evidence))
            numbers.append(markers[key])
        shown.append(f"{closed(sentence.text)} {''.join(f'[{number}]' for number in numbers)}")
    return " ".join(shown), tuple(citations)


def closed(text: str) -> str:
    """The text as a sentence: a capital first, a stop last."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…", '."', ".”", ".’")) else f"{text}."


def quotes(evidence: Iterable[Evidence]) -> list[Grounded]:
    """Evidence as sentences that speak for themselves: the extractive answer."""
    return [Grounded(" ".join(e.text.split()), (e,)) for e in evidence]


def _citation(marker: int, evidence: Evidence) -> Citation:
    article = evidence.article
    return Citation(
        marker=marker,
        article=article,
        title=article.title,
        source=article.source,
        published=article.known_date,
        path=article.path,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.text,
        page=article.page(evidence.start),
    )
