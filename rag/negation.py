"""Whether a text denies something, and whether it denies, hedges or turns round what another one says."""

from __future__ import annotations

import re

from rag.facts import content, tokens

_NEGATIONS = frozenset("not no never none neither nor without cannot nobody nothing nowhere hardly".split())


def negated(text: str) -> bool:
    """True when the text denies something."""
    return any(
        token.text.lower() in _NEGATIONS or re.search(r"n['’]t$", token.text.lower())
        for token in tokens(text)
    )


def denies_shared(source: str, claim: str) -> bool:
    """True when `source` denies, in the same clause, most of the content words that `claim` shares with it."""
    wanted = set(content(claim))
    shared = denied = 0
    for clause in re.split(r"[,;:—–]|\b(?:but|although|while|because|and|which|who)\b", source):
        held = wanted & set(content(clause))
        shared += len(held)
        denied += len(held) if negated(clause) else 0
    return shared > 0 and denied > 0.5 * shared


_OPPOSITES = [
    (set(first.split()), set(second.split()))
    for first, second in (
        ("rise rises rose risen rising", "fall falls fell fallen falling"),
        ("increase increases increased increasing", "decrease decreases decreased decreasing"),
        ("gain gains gained", "lose loses lost"),
        ("win wins won", "lose loses lost"),
        ("profit profits", "loss losses"),
        ("more above over", "less fewer below under"),
        ("before", "after"),
        ("accept accepts accepted", "reject rejects rejected refuse refuses refused decline declined"),
        ("open opens opened", "close closes closed shut"),
        ("alive survived", "dead died"),
        ("north northern", "south southern"),
        ("east eastern", "west western"),
        ("first", "last"),
        ("maximum highest largest", "minimum lowest smallest"),
        ("best", "worst"),
        ("all every", "some few"),
    )
]
_HEDGES = re.compile(
    r"\b(?:may|might|could|would|possibly|perhaps|reportedly|allegedly|rumou?red|refused to|failed to|declined to|"
    r"plans? to|planned to|hopes? to|hoped to|wants? to|wanted to|likely|unlikely|expected to|seeking to)\b",
    re.I,
)


def opposite(claim: str, source: str) -> bool:
    """True when the claim says one of a pair of opposites and its source only the other."""
    ours = {token.text.lower() for token in tokens(claim)}
    theirs = {token.text.lower() for token in tokens(source)}
    return any(
        (ours & one and not ours & other and theirs & other and not theirs & one)
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
    )


def unhedged(claim: str, source: str) -> bool:
    """True when the clause that the claim rests on only says that something may be, and the claim that it is."""
    if _HEDGES.search(claim):
        return False
    wanted = set(content(claim))
    clauses = re.split(r"[,;:—–]|\b(?:but|although|while|because|which|who)\b", source)
    best = max(clauses, key=lambda clause: len(wanted & set(content(clause))), default="")
    return bool(_HEDGES.search(best))
