"""The chat page's HTML: questions, answers, refusals and sources, with every word of theirs escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from index.article import Scope
from rag.answers import Answer, Citation, Passage, Sentence
from rag.page.panel import Source, outlet, panel

PROMISE = "Answers from your own articles, every sentence with its source."
REFUSAL_LABEL = "The articles don't say"
EXAMPLES = ("Who accompanied Kim?", "How did Kim travel to Russia?", "Which gift did Putin give Kim?")

PAPER, PAPER_DARK = "#fbfaf6", "#171614"  # as in page.css; Gradio paints the page before it is read

_SHOWN_PASSAGES = 3
_SHOWN_WORDS = 60  # of a nearest passage; the rest is one click away
_SHOWN_QUESTION = 400  # characters of a question in its headline
_CONFIDENCE = ((0.8, "Well supported"), (0.6, "Supported"), (float("-inf"), "Check the source"))

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
    """An answer in the making: the sentence that came nearest so far, greyed until it is confirmed."""
    searched = _searched(answer)
    if not answer.draft:
        count = len(answer.passages)
        reading = (
            f"Reading {count} passage{'' if count == 1 else 's'}…"
            if count
            else "Looking through the articles…"
        )
        return searched + waiting(reading)
    nearest = f'<p class="kicker">Nearest so far</p><p class="text"><span class="draft">{escape(answer.draft)}</span></p>'
    return searched + nearest + waiting("Being confirmed…")


def stopped() -> str:
    """What is left of an answer that the user stopped: nothing that was not confirmed."""
    return '<p class="quiet">Stopped.</p>'


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
    shown = " ".join(_sentence(sentence, sources) for sentence in answer.sentences)
    items = "".join(f"<li>{_link(source, numbered=True)}</li>" for source in sources.values())
    listing = f'<ol class="sources" aria-label="Sources">{items}</ol>' if items else ""
    return f'<p class="text">{shown}</p>{listing}{_panels(list(sources.values()))}'


def _sentence(sentence: Sentence, sources: Mapping[int, Source]) -> str:
    """The sentence, escaped, with the words that answer in bold and its numbers behind it."""
    shown, at = "", 0
    for start, end in sorted(sentence.words):
        shown += f"{escape(sentence.text[at:start])}<strong>{escape(sentence.text[start:end])}</strong>"
        at = end
    shown += escape(sentence.text[at:])
    return shown + "".join(_marker(sources[citation.marker]) for citation in sentence.citations)


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
