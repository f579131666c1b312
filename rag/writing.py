"""Write: the model answers, in a few words or in a sentence, and what the articles bear out of it is shown."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Sequence
from dataclasses import replace

from index.chunker import sentences
from rag import facts, judge, prompts
from rag.answers import Answer, Passage
from rag.claim import named_again
from rag.draft import settled, without_cut_end, without_markers, without_rounds
from rag.evidence import Evidence, evidence_of
from rag.extract import can_answer, covering, disputing, other_accounts
from rag.grounding import Grounded, ground
from rag.model import engine
from rag.model.engine import Model
from rag.questions import Kind, is_of_kind, kind_of, may_answer
from rag.run import Run, finish, look_at, of_another, quoted, refuse, told_together
from rag.verdict import answers

_WRITTEN_TOKENS = {Kind.REASON: 160, Kind.SEVERAL: 120}
_PHRASE_TOKENS = 40
_MANIFOLD = (Kind.REASON, Kind.SEVERAL)  # few words seldom answer these whole
_NEXT_ITEM = re.compile(r"[,;\n•]|\band\b")  # of a list
_FEW = 6  # words; what has more is a sentence
_SAID = frozenset(map(facts.fold, "according passage article".split()))
_TELLING = 2  # new words that may be a reason by themselves
_GIVES = re.compile(r"\b(?:because|due|since|so|after|as|over|amid|for|to|by|from|with|of|if|when)\b", re.I)
_PAUSE = 0.06  # seconds between snapshots of a growing draft


def write(run: Run, model: Model) -> Generator[Answer]:
    """Let the model answer, and show what the articles bear out of it.

    A few words are enough where a sentence of the articles holds them: that is the answer, as it stands. They are
    asked for over the best passages first, and over all of them where that leaves a doubt. Otherwise the model
    writes a sentence.
    """
    assert run.signals is not None  # set when the passages were found
    kind, evidence = kind_of(run.answer.understood), evidence_of(run.found.read)
    confidence, phrase = judge.READ.probability(run.signals), ""
    grounded: list[Grounded] = []
    for passages, least in _readings(run, kind):
        if judge.hopeful(run.signals):
            phrase = yield from _phrase(run, model, kind, passages)
            confidence = judge.READ.probability(run.signals)
        if not judge.hopeful(run.signals):
            yield refuse(run, confidence)
            return
        grounded = [] if kind in _MANIFOLD else _in_their_words(run, kind, phrase, evidence)
        if grounded and (probability := judge.WRITTEN.probability(run.signals)) >= least:
            sure = probability >= judge.SURE or settled(run.drafts)
            yield _end(run, model, grounded, probability) if sure else refuse(run, probability / 2)
            return
    if not grounded:
        grounded = yield from _sentence(run, model, kind, phrase, evidence)
    if not grounded:
        yield refuse(run, min(confidence, judge.WRITTEN.least) / 2)
    elif (confidence := judge.WRITTEN.probability(run.signals)) < judge.WRITTEN.least:
        yield refuse(run, confidence)
    else:
        yield _end(run, model, grounded, confidence)


def _end(run: Run, model: Model, grounded: Sequence[Grounded], confidence: float) -> Answer:
    """End with an answer, and with another article's account if that answers the question by itself."""
    idle = [one for one in run.added if not answers(run, model, one.evidence[0])]
    return finish(run, [one for one in grounded if one not in idle], confidence)


def _readings(run: Run, kind: Kind) -> list[tuple[Sequence[Passage], float]]:
    """The passages to ask about, one after the other, and how likely an answer has to be to end with it."""
    found = run.found
    last = (found.read, judge.WRITTEN.least)
    return [last] if kind in _MANIFOLD or found.first == found.read else [(found.first, judge.SURE), last]


def _holding(run: Run, kind: Kind, phrase: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The sentences that hold what the few words tell, alone or under their title."""
    again = named_again(phrase, run.answer.understood, evidence)
    new = [word for word in _new_words(run, phrase) if word not in again]
    holding = [one for one in evidence if new and all(one.holds(word) for word in new)]
    headings = all(one.text.strip() == one.article.title for one in holding)
    return (headings and [one for one in evidence if _under_title(one, new, phrase)]) or holding


def _under_title(one: Evidence, words: Sequence[str], phrase: str) -> bool:
    """True when the sentence holds some of the words and its article's title the others, names or numbers."""
    left = [word for word in words if not one.holds(word)]
    title = facts.stated(one.article.title)
    named = facts.numbers(phrase) | {word.folded for word in facts.tokens(phrase) if word.capital}
    return 0 < len(left) < len(words) and all(word in named and facts.held(word, title) for word in left)


def _in_their_words(run: Run, kind: Kind, phrase: str, evidence: Sequence[Evidence]) -> list[Grounded]:
    """The sentence of an article that holds the few words, as the answer; or those that hold a list between them."""
    holding = _holding(run, kind, phrase, evidence)
    able = [one for one in evidence if can_answer(one, kind, run.found.rarity.keys())]
    found = [one for one in able if one in holding]
    shown = quoted(run, found, known=True)
    if not shown:
        items = [words for item in _NEXT_ITEM.split(phrase) if (words := _new_words(run, item))]
        shown = told_together(run, covering(items, able))
    return _whole(run, kind, shown, evidence, holding)


def _sentence(
    run: Run, model: Model, kind: Kind, phrase: str, evidence: Sequence[Evidence]
) -> Generator[Answer, None, list[Grounded]]:
    """What the articles bear out of a sentence that the model writes; or of the few words, if it evades."""
    said = _checked(run, (yield from _draft(run, model, kind)), evidence)
    # What follows a claim that the articles don't bear out is about that claim.
    failed = bool(said) and kind not in _MANIFOLD and not (said[0].supported or said[0].says_nothing)
    if kind is Kind.REASON:
        return _reasons(run, phrase, said, evidence)
    grounded = _instead(run, kind, said[0]) if failed else _supported(run, said, kind)
    if not grounded and all(one.supported or one.says_nothing for one in said):
        # An evasion may hide what a few words tell; of a claim that failed they would only hide the failure.
        grounded = _supported(run, _checked(run, phrase, evidence), kind)
    if not grounded and kind is Kind.SEVERAL:
        return _in_their_words(run, kind, phrase, evidence)
    return _whole(run, kind, grounded, evidence, _holding(run, kind, phrase, evidence))


def _instead(run: Run, kind: Kind, one: Grounded) -> list[Grounded]:
    """The article's own sentence in the place of a claim that only puts the question's part of it in other words."""
    asked, found = run.found.rarity.keys(), one.evidence[:1] if one.supported or one.found else ()
    able = [told for told in found if can_answer(told, kind, asked)]
    if kind is Kind.PLACE and not able:  # what is borne out needs no name: "in nuclear reactors"
        able = [told for told in found if can_answer(told, Kind.FACT, asked) and is_of_kind(kind, told.text)]
    return told_together(run, able)


def _reasons(run: Run, phrase: str, said: Sequence[Grounded], evidence: Sequence[Evidence]) -> list[Grounded]:
    """What is written of a reason, behind the sentence that holds the few words, if that isn't cited anyway."""
    written: list[Grounded] = []
    for one in said:
        if not _explains(run, one.text):
            continue
        # What the question takes for granted need not be so: "sold because its captain was ill" is said by no article
        # that only tells of the illness.
        whole = one.supported and all(one.evidence[0].holds(word) for word in facts.content(one.text))
        written += [one] if whole else _instead(run, Kind.REASON, one)
    written = _supported(run, written, Kind.REASON)
    cited = [e for one in written for e in one.evidence]
    holding = _holding(run, Kind.REASON, phrase, evidence) if _explains(run, phrase) else []
    able = [one for one in holding if _explains(run, one.text)]
    able = [one for one in able if can_answer(one, Kind.REASON, run.found.rarity.keys())]
    few = [] if any(one in cited for one in able) else quoted(run, able, known=True)
    return _whole(run, Kind.REASON, few + written, evidence, holding)


def _whole(
    run: Run, kind: Kind, grounded: list[Grounded], evidence: Sequence[Evidence], holding: Sequence[Evidence]
) -> list[Grounded]:
    """An answer with another article's account, if there is an answer; its signals are noted."""
    if not grounded:
        return []
    run.clock("grounded")
    about = [one for one in evidence if not of_another(run, one)]
    dispute = disputing(run.answer.understood, grounded, about, holding)
    run.disputed = bool(dispute)
    others = [] if dispute else other_accounts(kind, grounded, about, run.found.rarity)
    run.added = tuple(one for one in others if one not in grounded)
    whole = grounded + (dispute or others)
    if dispute and len(grounded) == 1:
        whole.sort(key=lambda one: one.evidence[0].article.known_date, reverse=True)  # the latest first
    look_at(run, whole, holding)
    return whole


def _new_words(run: Run, phrase: str) -> list[str]:
    """What the few words tell that the question doesn't."""
    known, words = facts.stated(run.answer.understood), without_markers(phrase)[0]
    told = {*facts.content(words), *facts.numbers(words, claimed=True)}
    return [word for word in told if word not in known and not facts.held(word, known)]


def _phrase(run: Run, model: Model, kind: Kind, passages: Sequence[Passage]) -> Generator[Answer, None, str]:
    """Have the model answer in a few words; how sure it is of them tells whether it found or guessed them."""
    assert run.signals is not None  # set by _find
    told: list[float] = []
    phrase = ""
    messages = prompts.about_passages(passages, run.answer.understood, prompts.PHRASE)
    for piece in engine.reply(model, messages, _PHRASE_TOKENS):
        phrase += piece.text
        told += piece.log_probabilities
        run.clock("first_word")
        yield run.show(draft=phrase)
    run.clock("judged")
    run.signals = replace(run.signals, sure=sum(told) / len(told) if told else None, around=None, near=None)
    run.drafts.append(phrase)
    return phrase


def _draft(run: Run, model: Model, kind: Kind) -> Generator[Answer, None, str]:
    """Let the model write, shown as it grows."""
    draft, count, shown = "", 0, time.perf_counter()
    messages = prompts.about_passages(run.found.read, run.answer.understood, prompts.instruction(kind))
    longest = _WRITTEN_TOKENS.get(kind, 90)
    for piece in engine.reply(model, messages, longest):
        draft += piece.text
        count += 1  # a piece is a token
        if time.perf_counter() - shown > _PAUSE:
            shown = time.perf_counter()
            yield run.show(draft=draft)
    if count >= longest:
        draft = without_cut_end(without_rounds(draft))
    yield run.show(draft=draft)
    run.drafts.append(draft)
    return draft


def _checked(run: Run, draft: str, evidence: Sequence[Evidence]) -> list[Grounded]:
    return [ground(draft[start:end], run.answer.understood, evidence) for start, end in sentences(draft)]


def _supported(run: Run, said: Sequence[Grounded], kind: Kind) -> list[Grounded]:
    """The sentences that the articles bear out; none unless they hold what was asked for."""
    # Said twice, it is shown once: a small model may go round in circles.
    supported = list({one.text.casefold(): one for one in said if one.supported}.values())
    text = " ".join(sentence.text for sentence in supported)
    if not text or not is_of_kind(kind, text, run.answer.understood):
        return []
    # "The judge he met was a judge in Vik" names nobody, whoever the next sentence names.
    nobody = kind in (Kind.NAME, Kind.NAMED) and len(supported[0].text.split()) > _FEW
    return [] if nobody and not may_answer(kind, supported[0].text, run.found.rarity.keys()) else supported


def _explains(run: Run, text: str) -> bool:
    """False for what adds nothing but a date or a number: "He was arrested on 31 July" gives no reason."""
    told = set(_new_words(run, text)) - facts.numbers(text) - facts.WEEKDAYS - _SAID
    return len(told) >= _TELLING or bool(told and _GIVES.search(text))
