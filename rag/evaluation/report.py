"""A measurement as one HTML file: figures, two drawings, and every question with its answer and sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from rag.evaluation import charts, scoreboard
from rag.evaluation.scoring import Verdict

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; }
table { border-collapse: collapse; } th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; }
th, td + td { text-align: right; font-weight: normal; } .wide { overflow-x: auto; }
figure { display: inline-block; margin: 1rem 2rem 1rem 0; } figcaption { max-width: 22rem; }
svg text { font-size: 11px; fill: #555; } .grid { stroke: #e4e4e4; } .ideal, .curve { fill: none; }
.ideal { stroke: #999; stroke-dasharray: 4 4; } .curve { stroke: #1a5fb4; stroke-width: 2; }
circle { fill: #1a5fb4; fill-opacity: .5; }
article { border-top: 1px solid #ddd; padding: .6rem 0; overflow-wrap: anywhere; }
article p, blockquote { margin: .2rem 0; } blockquote { padding-left: .8rem; border-left: 3px solid #ddd; }
.good { color: #1b6e2c; } .bad { color: #a51d2d; } .quiet { color: #666; }
"""
# The worst first: what a reader of the page wants to look into.
_ORDER = ("wrong", "answered what has no answer", "wrongly refused", "right", "rightly refused")


def write(path: Path, heading: str, verdicts: Sequence[Verdict]) -> None:
    """Write the page to `path`; it loads nothing from anywhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_page(heading, verdicts)), encoding="utf-8", errors="replace")


def _page(heading: str, verdicts: Sequence[Verdict]) -> Iterable[str]:
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)}</title><style>{_STYLE}</style></head><body><h1>{escape(heading)}</h1>"
    )
    yield from _table(scoreboard.table(verdicts))
    yield "".join(f"<p>{escape(line)}</p>" for line in scoreboard.summary(verdicts))
    yield _figure(
        charts.risk_coverage(scoreboard.risk_by_coverage(verdicts)),
        "Were only the surest questions answered, this share of the answers would be wrong.",
    )
    yield _figure(
        charts.reliability_diagram(scoreboard.reliability(verdicts)),
        "On the dashed line, things come true as often as the confidence says.",
    )
    for label in _ORDER:
        group = [verdict for verdict in verdicts if verdict.label == label]
        if group:
            yield f"<h2>{escape(label)}: {len(group)}</h2>"
            yield from map(_question, group)
    yield "</body></html>\n"


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    yield "</tr></thead><tbody>"
    for row in rows[1:]:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</tbody></table></div>"


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def _question(verdict: Verdict) -> str:
    question, prediction = verdict.question, verdict.prediction
    key = " · ".join(" / ".join(group) for group in question.groups if group)
    shown = prediction.answer or str(prediction.signals.get("reason", ""))
    confidence = "" if prediction.confidence is None else f", confidence {prediction.confidence:.0%}"
    tone = "good" if verdict.right else "bad"
    parts = [
        f"<p><b>{escape(question.text)}</b></p>",
        f'<p class="{tone}">{escape(verdict.label)}{confidence}</p>',
        f"<p>{escape(shown)}</p>",
        *(f"<blockquote>{escape(quote)}</blockquote>" for quote in prediction.quotes),
        _quiet("sources", ", ".join(prediction.citations)),
        _quiet("expected", key if question.answerable else "no answer"),
        _quiet("in", ", ".join(sorted(question.evidence))),
        _quiet("question", f"{question.qid}, {question.kind}"),
    ]
    return f"<article>{''.join(parts)}</article>"


def _quiet(name: str, value: str) -> str:
    return f'<p class="quiet">{name}: {escape(value)}</p>' if value else ""
