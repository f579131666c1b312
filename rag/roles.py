"""Who did what to whom: whether a sentence swaps the two sides of an action its source describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag import facts
from rag.figures import number_of
from rag.irregular import IRREGULAR

_BE = frozenset("is are was were be been being am get got gets".split())
_TO = frozenset("to will would can could may might must shall should did does do".split())
_ASIDE = re.compile(
    r",\s(?P<relative>(?:who|which|whose|whom|where)\b[^,]*),|\([^)]*\)"
)  # stands between a verb and its subject
_OBJECT_RELATIVES = frozenset("whom which".split())
_SUBJECT_RELATIVES = frozenset("who which that".split())
_PARTICLES = frozenset("down up off out over away back".split())
_PREPOSITIONS = frozenset(
    "as at after against before between by during for from in into near on over since to with".split()
)
# What stands behind one of these, or behind a number, is a noun: "the talks", "after talks", "four talks".
_BEFORE_NOUN = frozenset(
    "a an the his her its their our my your these those some any no each every of".split()
) | (_PREPOSITIONS - {"to"})
# Done by both sides to each other, so either may stand first.
_MUTUAL = frozenset(
    facts.fold(word) for word in "meet married marry divorced fight faced played tied resembled".split()
)
_ASKED_DOER = re.compile(r"\b(?:do|does|did|has|have|had|will|would|can|could|should)\s+(?:the\s+)?(?=[A-Z])")
_IN_NAMES = frozenset("of the and de van von".split())
# Who speaks for another is no other doer: what a company said, its spokesman said.
_SPEECH = frozenset(map(facts.fold, "say tell announce report claim call think believe want".split()))
_OWNER = re.compile(r"\b([A-Z][\w-]+)(?:['’]s|(?<=s)['’])\s+(?=[\"“‘']?\w)")  # "Degas' " of: Degas' "Dancers"
_OWNED = 5  # words at most that name what is owned
_SIDE = 6  # words looked at on either side of the verb
_FAR = 8  # words within which a passive's "by", or a second object, stands


@dataclass(frozen=True, slots=True)
class _Action:
    verb: str
    agents: frozenset[str]
    patients: frozenset[str]
    tail: frozenset[str] = frozenset()  # everything behind the verb: "Rome" of "sold ships to Rome"

    def told_apart(self) -> _Action:
        """Without the words that stand on both sides, such as "minister"."""
        both = self.agents & (self.patients | self.tail)
        return replace(self, agents=self.agents - both, patients=self.patients - both, tail=self.tail - both)


def reversed_roles(claim: str, source: str) -> bool:
    """True when claim and source share a verb whose doer and receiver have changed places."""
    theirs = [action.told_apart() for action in _actions(source)]
    for ours in _actions(claim):
        ours = ours.told_apart()
        others = [other for other in theirs if other.verb == ours.verb]
        if any(_swapped(ours, other) for other in others) and not any(ours.agents & o.agents for o in others):
            return True
    return False


def other_doer(question: str, source: str, title: str) -> str:
    """Who did in the source what the question asks of somebody whom neither it nor its title names, or "".

    "How much did Rome bid?" is not answered by "Carthage bid 300 talents".
    """
    asked, verb = asked_doer(question)
    told = facts.stated(f"{title} {source}") | facts.initials(source)
    if not asked or verb in _SPEECH or any(facts.held(name, told) for name in asked):
        return ""
    first = {t.folded for t in facts.tokens(source)[:1] if t.text.lower() not in facts.FUNCTION_WORDS}
    named = facts.named_words(source) | first
    others = [action.agents & named for action in _actions(source) if action.verb == verb]
    return " ".join(sorted(others[0])) if others and all(others) else ""


def misowned(claim: str, question: str, sources: Sequence[str]) -> str:
    """What the claim newly says to be somebody's though no source names both, or "".

    "Degas' Dancers" is not borne out by one sentence on Degas and another on the Dancers.
    """
    known, told = facts.stated(question), [facts.stated(source) for source in sources]
    for match in _OWNER.finditer(claim):
        behind = facts.tokens(claim[match.end() :])[:_OWNED]
        # Its first word, and those of a name or title: in "Khan's sons lost" nothing tells the noun from the verb.
        end = next((i for i, word in enumerate(behind) if i and not word.capital), len(behind))
        pair = [facts.fold(match[1]), *(word.folded for word in behind[:end])]
        said = (known, *told)
        if end and not any(all(facts.held(word, words) for word in pair) for words in said):
            return " ".join(word.text for word in behind[:end])
    return ""


def asked_doer(question: str) -> tuple[frozenset[str], str]:
    """The name behind "did" or "will" in a question, in folded words, and what it is asked to have done."""
    found = _ASKED_DOER.search(question)
    words = facts.tokens(question[found.end() :]) if found else ()
    end = next(
        (i for i, word in enumerate(words) if not word.capital and word.text.lower() not in _IN_NAMES), 0
    )
    names = frozenset(word.folded for word in words[:end] if word.capital)
    return names, _lemma(words[end].text) if words else ""


def _swapped(ours: _Action, other: _Action) -> bool:
    as_receiver = ours.agents & other.patients
    as_doer = ours.patients & other.agents and not ours.patients & other.patients
    crossed = ours.agents & other.tail and other.agents & ours.tail
    return bool(as_receiver or as_doer or crossed)


def _actions(text: str) -> list[_Action]:
    """Every verb with what stands on its sides, active or passive ("was … by")."""
    return [action for clause in _clauses(text) for action in _actions_in(clause)]


def _clauses(text: str) -> Iterator[str]:
    """The text without its asides, then each relative clause among them behind its noun."""
    for part in re.split(r"[;:]\s|\.\s(?=[A-Z])", text):
        yield _ASIDE.sub(" ", part)
        for aside in _ASIDE.finditer(part):
            if aside["relative"]:
                yield f"{part[: aside.start()]} {aside['relative']}"


def _actions_in(clause: str) -> Iterator[_Action]:
    words = facts.tokens(clause)
    # Where a comma stands before a word, a subject seldom reaches back beyond it.
    commas = {i for i in range(1, len(words)) if "," in clause[words[i - 1].end : words[i].start]}
    for place, word in enumerate(words):
        if not _is_verb(words, place):
            continue
        verb = _lemma(word.text)
        if verb in _MUTUAL:
            continue
        stop = min((i for i in commas if i > place), default=len(words))
        rest = words[place + 1 : max(stop, place + 1)]
        if rest and rest[0].text.lower() in _PARTICLES:
            rest = rest[1:]
        before, received = _before(words, place, commas)
        by = next((i for i, w in enumerate(rest[:_FAR]) if w.text.lower() == "by"), None)
        auxiliary = any(w.text.lower() in _BE for w in words[max(0, place - 3) : place])
        if auxiliary or by == 0:
            doers = _side(_object(rest[by + 1 :])) if by is not None else frozenset[str]()
            yield _Action(verb, doers, before)
        elif before:
            tail = frozenset[str]() if received else _tail(rest)
            yield _Action(verb, before, received or _side(_object(rest)), tail)


def _is_verb(words: Sequence[facts.Token], place: int) -> bool:
    word, lower = words[place], words[place].text.lower()
    previous = words[place - 1].text.lower() if place else ""
    following = words[place + 1].text.lower() if place + 1 < len(words) else ""
    if word.capital or lower in facts.FUNCTION_WORDS | _BE or previous in _BEFORE_NOUN:
        return False
    if number_of(previous) is not None:
        return False
    if previous.endswith(("'s", "’s")):  # "Turkey's attack on …" says that Turkey attacked
        return following in ("of", "on", "against")
    if lower in IRREGULAR or lower.endswith("ed"):
        return True
    return following != "of" and (lower.endswith("s") or previous in _TO)


def _lemma(word: str) -> str:
    return IRREGULAR.get(word.lower()) or facts.fold(word)


def _before(
    words: Sequence[facts.Token], place: int, commas: set[int]
) -> tuple[frozenset[str], frozenset[str]]:
    """Who stands before the verb, and what a relative clause puts there as its object: "the man whom I saw"."""
    start = max((i for i in commas if i <= place), default=0)
    reach = words[max(start, place - _SIDE) : place] if _side(words[start:place]) else words[:place][-_SIDE:]
    relative = next((i for i in range(len(reach) - 1, -1, -1) if _relative(reach[i])), None)
    if relative is None:
        return _side(reach), frozenset()
    inside, noun = _side(reach[relative + 1 :]), _noun(reach[:relative])
    if not inside:
        return noun, frozenset()
    return inside, noun if reach[relative].text.lower() in _OBJECT_RELATIVES else frozenset()


def _relative(word: facts.Token) -> bool:
    return word.text.lower() in _OBJECT_RELATIVES | _SUBJECT_RELATIVES


def _noun(words: Sequence[facts.Token]) -> frozenset[str]:
    """The words just before a relative clause, back to the article: "editor" of "praised the editor"."""
    taken: list[facts.Token] = []
    for word in reversed(words):
        if word.text.lower() in facts.FUNCTION_WORDS and taken:
            break
        taken.append(word)
    return _side(taken)


def _object(words: Sequence[facts.Token]) -> list[facts.Token]:
    """The words after a verb up to the next preposition: "Jones" of "Jones as director in 1998"."""
    taken: list[facts.Token] = []
    for word in words[:_SIDE]:
        if word.text.lower() in _PREPOSITIONS and _side(taken):
            break
        taken.append(word)
    return taken


def _tail(words: Sequence[facts.Token]) -> frozenset[str]:
    """The words after a verb, up to "with": what is done with somebody is done by both."""
    near = words[:_FAR]
    end = next((i for i, word in enumerate(near) if word.text.lower() == "with"), len(near))
    return _side(near[:end])


def _side(words: Sequence[facts.Token]) -> frozenset[str]:
    return frozenset(
        word.folded
        for word in words
        if word.text.lower() not in facts.FUNCTION_WORDS and word.text[0].isalpha()
    )
