"""Whether a text denies something, and whether it denies, hedges, turns round or leaves out what another one says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from rag.facts import WEEKDAYS, Token, content, tokens

_NEGATIONS = frozenset("not no never none neither nor without cannot nobody nothing nowhere hardly".split())


def negated(text: str) -> bool:
    """True when the text denies something."""
    return any(
        token.text.lower() in _NEGATIONS or re.search(r"n['’]t$", token.text.lower())
        for token in tokens(text)
    )


_CLAUSES = re.compile(r"[,;:—–]|\b(?:but|although|while|because|and|which|who)\b")


def denies_shared(source: str, claim: str) -> bool:
    """True when `source` denies, in the same clause, most of the content words that `claim` shares with it."""
    wanted = set(content(claim))
    shared = denied = 0
    for clause in _CLAUSES.split(source):
        held = wanted & set(content(clause))
        shared += len(held)
        denied += len(held) if negated(clause) else 0
    return shared > 0 and denied > 0.5 * shared


def asserts_denied(claim: str, sources: Iterable[str], known: Set[str]) -> bool:
    """True when the claim asserts a content word, not among the `known` ones, that its sources only deny."""
    asserted = {word for c in _CLAUSES.split(claim) if not negated(c) for word in content(c)} - known
    clauses = [clause for source in sources for clause in _CLAUSES.split(source)]
    told = {word for clause in clauses if not negated(clause) for word in content(clause)}
    return any(asserted & set(content(clause)) - told for clause in clauses if negated(clause))


_OPPOSITES = [
    (set(first.split()), set(second.split()))
    for first, second in (
        ("rise rises rose risen rising", "fall falls fell fallen falling drop drops dropped dropping"),
        ("increase increases increased increasing", "decrease decreases decreased decreasing"),
        ("gain gains gained", "lose loses lost"),
        ("win wins won", "lose loses lost"),
        ("profit profits", "loss losses"),
        ("guilty convict convicts convicted", "acquit acquits acquitted cleared innocent"),
        ("more above over", "less fewer below under"),
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
_ORDERED = 4  # words behind "before" that it may set in order: "after the second world war"
_HEDGES = re.compile(
    r"\b(?:(?-i:may)|might|could|would|possibly|perhaps|reportedly|allegedly|rumou?red|refused to|failed to|declined to|"
    r"plans? to|planned to|hopes? to|hoped to|wants? to|wanted to|likely|unlikely|expected to|seeking to)\b",
    re.I,
)


def opposite(claim: str, source: str) -> bool:
    """True when the claim says one of a pair of opposites and its source only the other."""
    ours = {token.text.lower() for token in tokens(claim)}
    theirs = {token.text.lower() for token in tokens(source)}
    turned = any(
        (ours & one and not ours & other and theirs & other and not theirs & one)
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
    )
    return turned or any(
        _behind(one, claim) & _behind(other, source)
        for one, other in (("before", "after"), ("after", "before"))
    )


def _behind(order: str, text: str) -> set[str]:
    """The content words right behind each "before" or "after": what it sets in order."""
    return {
        word
        for match in re.finditer(rf"\b{order}\b", text, re.I)
        for word in content(" ".join(token.text for token in tokens(text[match.end() :])[:_ORDERED]))
    }


def unhedged(claim: str, source: str) -> bool:
    """True when the clause that the claim rests on only says that something may be, and the claim that it is."""
    if _HEDGES.search(claim):
        return False
    wanted = set(content(claim))
    clauses = re.split(r"[,;:—–]|\b(?:but|although|while|because|which|who)\b", source)
    best = max(clauses, key=lambda clause: len(wanted & set(content(clause))), default="")
    return bool(_HEDGES.search(best))


_PAST = "then|former|ex"
_QUALIFIERS = re.compile(
    rf"\b(?:{_PAST}|deputy|vice|acting|interim|outgoing|alleged|suspected|supposed|so-called|self-styled"
    r"|attempted|failed|proposed|planned|potential|would-be)\b[ -]",
    re.I,
)
_QUALIFIED = 4  # words behind a qualifier that it may belong to: "then South Korean President"
_PRESENT = re.compile(r"\b(?:is|are|who['’]s|what['’]s)\b", re.I)
_TITLE = re.compile(
    r"president|premier|chancellor|minister|secretary|leader|chief|head|king|queen|pope|governor|mayor|senator"
    r"|ambassador|general|commander|director|chair(?:man|woman)?|prime|foreign|defen[cs]e",
    re.I,
)


def unqualified(claim: str, source: str, question: str) -> str:
    """The "former", "then" or "alleged" before a word in the source that the claim uses without it, or "".

    Of what is past, only what is said of the present has to be called former.
    """
    present = _PRESENT.search(f"{question} {claim}")
    for match in _QUALIFIERS.finditer(source):
        word = match.group().strip(" -").lower()
        past = re.fullmatch(_PAST, word)
        behind = re.split(r"[,;:.()]", source[match.end() :], maxsplit=1)[0]
        if (past and not present) or _qualifies(word, claim, behind):
            continue
        noun = next((t for t in tokens(behind)[:_QUALIFIED] if _is_common(t)), None)
        # A bare name says what the question asked of it.
        wanted = {t.folded for t in tokens(f"{claim} {question}" if past else claim) if _is_common(t)}
        if noun is None or noun.folded not in wanted:
            continue
        elsewhere = tokens(source[: match.start()]) + tokens(source[match.end() + noun.end :])
        if noun.folded not in {token.folded for token in elsewhere}:
            return word
    return ""


def _qualifies(word: str, claim: str, behind: str) -> bool:
    """True when the claim has the qualifier too, and before the same words rather than other ones."""
    theirs = {token.folded for token in tokens(behind)[:_QUALIFIED]}
    for match in re.finditer(rf"\b{word}\b[ -]*", claim, re.I):
        ours = tokens(claim[match.end() :])[:_QUALIFIED]
        noun = next((place for place, token in enumerate(ours) if _is_common(token)), 0)
        if all(token.folded in theirs for token in ours[: noun + 1]):
            return True
    return False


def _is_common(token: Token) -> bool:
    return not token.capital or bool(_TITLE.fullmatch(token.text))


_DAYS = "|".join(WEEKDAYS)
_SAID = r"(?:said|says|told|announced|reported|confirmed|added|wrote|tweeted|stated|noted|warned)"
_REPORTED = re.compile(
    rf"\b{_SAID}\b(?:\s+(?!that\b)\w+){{0,2}}?\s+(?:(?:on|late|early)\s+)*(?P<after>{_DAYS})\b"
    rf"|\bon (?P<before>{_DAYS})(?:,|\s+\w+)?\s+{_SAID}\b",
    re.I,
)


def dated_by_report(claim: str, source: str) -> bool:
    """True when the claim dates an event by the weekday on which, in the source, somebody only spoke of it."""
    if re.search(rf"\b{_SAID}\b", claim, re.I):
        return False
    spoken = {(match["after"] or match["before"]).lower() for match in _REPORTED.finditer(source)}
    said = [token.text.lower() for token in tokens(source)]
    once = {day for day in spoken if said.count(day) == 1}
    return any(token.text.lower() in once for token in tokens(claim))
