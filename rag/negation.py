"""Whether a text denies something, and whether it denies what another one says."""

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
