"""The chat page's HTML: questions, answers, refusals and sources, with every word of theirs escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from index.article import Scope
from rag.answers import Answer, Citation, Passage
from rag.page.panel import Source, outlet, panel

PROMISE = "Answers from your own articles, every sentence with its source."
REFUSAL_LABEL = "The articles don't say"
EXAMPLES = ("Who accompanied Kim?", "How did Kim travel to Russia?", "Which gift did Putin give Kim?")

PAPER, PAPER_DARK = "#fbfaf6", "#171614"  # as in page.css; Gradio paints the page before it is read

_SHOWN_PASSAGES = 3
_SHOWN_WORDS = 60  # of a nearest passage; the rest is one click away
_SHOWN_QUESTION = 400  # characters of a question in its headline
_CONFIDENCE = ((0.8, "Well supported"), (0.6, "Supported"), (float("-inf"), "Check the source"))
_KEY_WORDS = 8
_MARKER = re.compile(r"\s*\[(\d{1,3})\]")

ABOUT = """
<div class="about">
<p class="kicker">Sources</p>
<p>Every sentence of an answer carries a number like <span class="cite">1</span>. Choose one, and the article
opens here at the very words the sentence rests on.</p>
<p>When your articles do not hold the answer, Dateline says so and shows what came nearest.</p>
<p class="quiet">Articles, questions and answers stay on this machine.</p>
</div>"""

WELCOME = """
<div class="welcome"><p class="large">What would you like to know?</p>
<p class="kicker">For example</p></div>"""
PANEL = (
    '<div class="backdrop" data-close></div>'
    '<aside class="panel" id="source" tabindex="-1" aria-label="Source">'
    '<button class="close" data-close type="button" aria-label="Close the source">&times;</button>'
    f'<div class="shown">{ABOUT}</div></aside>'
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of getting ready, as the page shows it; `share` (0..1) draws a progress bar."""

    text: str
    share: float | None = None


@cache
def head() -> str:
    """The page's style and script, for its `<head>`."""
    css, js = ((files("rag.page") / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return f"<style>{css}</style><script>{js}</script>"


def masthead(scope: Scope | None = None) -> str:
    """The page's name and promise, and what its questions are restricted to."""
    label = scope.label if scope else ""
    only = f'<p class="scope">Only articles {escape(label)} are asked.</p>' if label else ""
    return f'<header class="masthead"><h1>Dateline</h1><p>{PROMISE}</p>{only}</header>'


def stage(now: Stage) -> str:
    """The line above the chat while weights load; nothing when `now` has no words."""
    if not now.text:
        return ""
    bar = (
        "" if now.share is None else f'<progress max="1" value="{min(max(now.share, 0), 1):.3f}"></progress>'
    )
    return f'<div class="stage" role="status"><span class="pulse"></span>{escape(now.text)}{bar}</div>'


def trouble(message: str) -> str:
    """A message about something the reader can put right."""
    text = f'<p class="kicker">This did not work</p><p>{escape(message)}</p>'
    return f'<div class="trouble" role="alert">{text}</div>'


def turn(number: int, question: str, body: str, state: str) -> str:
    """One question with what is shown for it.

    `state` is waiting, writing, answered, refused, stopped or failed.
    """
    asked = question if len(question) <= _SHOWN_QUESTION else question[:_SHOWN_QUESTION].rstrip() + " …"
    heading = f'<h2 class="question">{escape(asked)}</h2>'
    return (
        f'<article class="turn {state}" data-state="{state}" data-turn="{number}">{heading}{body}</article>'
    )


def waiting(message: str) -> str:
    """What stands in an answer's place while there is none yet."""
    return f'<p class="working"><span class="pulse"></span>{escape(message)}</p>'


def unfinished(answer: Answer) -> str:
    """An answer in the making: checked sentences as they will stay, the draft behind them greyed."""
    searched = _searched(answer)
    if not (answer.text or answer.draft):
        count = len(answer.passages)
        reading = (
            f"Reading {count} passage{'' if count == 1 else 's'}…"
            if count
            else "Looking through the articles…"
        )
        return searched + waiting(reading)
    checked = _MARKER.sub("", answer.text)
    draft = _MARKER.sub("", answer.draft)
    grey = f'<span class="draft">{escape(draft)}</span>' if draft else ""
    checking = waiting("Being checked against the sources…")
    return f'{searched}<p class="text">{escape(checked)} {grey}</p>{checking}'


def stopped(answer: Answer | None, number: int) -> str:
    """What is left of an answer that the reader stopped: the sentences checked by then."""
    checked = _text(answer, number) if answer and answer.text else ""
    return f'{checked}<p class="quiet">Stopped.</p>'


def finished(answer: Answer, number: int) -> str:
    """The whole answer with its sources, or the refusal with the nearest passages."""
    body = _text(answer, number) if answer.answered else _refusal(answer, number)
    # The reason beside an answer is what the reader should know of it: no model, or the sample articles.
    remark = answer.reason if answer.answered else ""
    note = f'<p class="note">{escape(remark)}</p>' if remark else ""
    return f"{_searched(answer)}{body}{note}{_footer(answer)}"


def _searched(answer: Answer) -> str:
    if not answer.understood or answer.understood.strip() == answer.question.strip():
        return ""
    return f'<p class="searched">Searched as: {escape(answer.understood)}</p>'


def _text(answer: Answer, number: int) -> str:
    sources = {
        c.marker: Source(f"s{number}-{c.marker}", c.marker, c.article, c.start, c.end)
        for c in answer.citations
    }
    pieces, at, keys = [], 0, _keys(answer)
    for match in _MARKER.finditer(answer.text):
        pieces.append(_emphasised(answer.text[at : match.start()], keys))
        source = sources.get(int(match[1]))
        pieces.append(_marker(source) if source else "")
        at = match.end()
    pieces.append(_emphasised(answer.text[at:], keys))
    items = "".join(f"<li>{_link(source, numbered=True)}</li>" for source in sources.values())
    listing = f'<ol class="sources" aria-label="Sources">{items}</ol>' if items else ""
    return f'<p class="text">{"".join(pieces)}</p>{listing}{_panels(list(sources.values()))}'


def _keys(answer: Answer) -> list[str]:
    """The few words that the model answered with, if the draft is no more than that; a list's by its items."""
    words = _MARKER.sub("", answer.draft).strip(' ."“”')
    if len(words.split()) > _KEY_WORDS:
        return []
    return (
        [words] if words.casefold() in answer.text.casefold() else re.split(r"\s*(?:[,;]|\band\b)\s*", words)
    )


def _emphasised(text: str, keys: Iterable[str]) -> str:
    """The text, escaped, with the words that answer in bold, so that they are seen in a long sentence."""
    found = (re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text, re.IGNORECASE) for key in keys if key)
    shown, at = "", 0
    for start, end in sorted(match.span() for match in found if match):
        if start >= at:
            shown += f"{escape(text[at:start])}<strong>{escape(text[start:end])}</strong>"
            at = end
    return shown + escape(text[at:])


def _refusal(answer: Answer, number: int) -> str:
    nearest = [_near(passage, f"s{number}-{passage.number}") for passage in answer.passages[:_SHOWN_PASSAGES]]
    quotes = "".join(
        f"<figure><blockquote>{escape(_cut(passage))}</blockquote><figcaption>{_link(source)}</figcaption></figure>"
        for passage, source in zip(answer.passages, nearest, strict=False)
    )
    shown = f'<p class="kicker">What came nearest</p>{quotes}' if quotes else ""
    verdict = f'<p class="verdict"><span class="sign" aria-hidden="true">?</span>{REFUSAL_LABEL}</p>'
    told = answer.reason.removeprefix(f"{REFUSAL_LABEL}.").strip()
    reason = f'<p class="reason">{escape(told)}</p>' if told else ""
    return f'<div class="refusal">{verdict}{reason}</div>{shown}{_panels(nearest)}'


def _near(passage: Passage, id: str) -> Source:
    return Source(id, passage.number, passage.article, passage.start, passage.end)


def _cut(passage: Passage) -> str:
    words = passage.text.split()
    return " ".join(words) if len(words) <= _SHOWN_WORDS else " ".join(words[:_SHOWN_WORDS]) + " …"


def _marker(source: Source) -> str:
    label = escape(f"Source {source.number}: {source.article.title}", quote=True)
    opens = f'class="cite" href="#source" data-source="{source.id}"'
    # The word joiner keeps the number on the line of the word it follows.
    return f'&#8288;<a {opens} aria-label="{label}" title="{label}">{source.number}</a>'


def _link(source: Source, *, numbered: bool = False) -> str:
    sign = f'<span class="cite">{source.number}</span>' if numbered else ""
    origin = outlet(source.article)
    by = f'<span class="outlet">{escape(origin)}</span>' if origin else ""
    title = f'<span class="title">{escape(source.article.title)}</span>'
    return f'<a href="#source" data-source="{source.id}">{sign}<span>{title}{by}</span></a>'


def _panels(sources: Sequence[Source]) -> str:
    # Hidden elements, not <template>: Gradio patches the page node by node and never looks inside a template.
    return "".join(f'<div hidden id="{source.id}">{panel(source)}</div>' for source in sources)


def _footer(answer: Answer) -> str:
    if not answer.answered:
        return ""
    words = next(words for least, words in _CONFIDENCE if answer.confidence >= least)
    tip = f"Dateline puts the chance that this answer is right at {answer.confidence:.0%}"
    level = words.split()[0].lower()
    badge = f'<span class="confidence {level}" title="{tip}">{words}</span>'
    copied = escape(_copied(answer), quote=True)
    button = f'<button class="copy" type="button" data-copy="{copied}">Copy with sources</button>'
    return f'<footer class="colophon">{badge}{button}</footer>'


def _copied(answer: Answer) -> str:
    lines = [f"[{c.marker}] {_copied_source(c)}" for c in answer.citations]
    return "\n".join([answer.question, "", answer.text, "", *lines])


def _copied_source(citation: Citation) -> str:
    return f"{citation.label}: “{citation.quote}” ({citation.path})"
