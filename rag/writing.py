"""Write: the model answers, in a few words and in a sentence, and what the articles bear out of it is shown."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import replace

from index.chunker import sentences
from rag import engine, facts, judge, prompts
from rag.answers import Answer
from rag.draft import without_cut_end, without_markers, without_rounds
from rag.engine import Model
from rag.evidence import Evidence, evidence_of
from rag.extract import can_answer, other_accounts
from rag.grounding import Grounded, ground
from rag.questions import Kind, is_of_kind, kind_of
from rag.run import Run, finish, look_at, quoted, refuse

_WRITTEN_TOKENS = {Kind.REASON: 160, Kind.SEVERAL: 120}
_PHRASE_TOKENS = 40
_MANIFOLD = (Kind.REASON, Kind.YES_NO, Kind.SEVERAL)  # no few words answer these whole
_PAUSE = 0.06  # seconds between snapshots of a growing draft


def write(run: Run, model: Model) -> Generator[Answer]:
    """Let the model answer, in a few words and in a sentence, and show what the articles bear out of it."""
    assert run.signals is not None  # set when the passages were found
    phrase = ""
    if (confidence := judge.READ.probability(run.signals)) >= judge.READ.least:
        phrase = yield from _phrase(run, model)
        confidence = judge.READ.probability(run.signals)
    if confidence < judge.READ.least:
        yield refuse(run, confidence)
        return
    kind = kind_of(run.answer.understood)
    evidence = evidence_of(run.found.read)
    said = _checked(run, (yield from _draft(run, model, kind)), evidence)
    grounded = _supported(run, said, kind)
    if not grounded and all(one.supported or one.says_nothing for one in said):
        # An evasion may hide what a few words tell; of a claim that failed they would only hide the failure.
        grounded = _supported(run, _checked(run, phrase, evidence), kind)
    new = _new_words(run, phrase)
    holding = [one for one in evidence if new and all(one.holds(word) for word in new)]
    if kind not in _MANIFOLD and not all(one.evasive for one in said):
        grounded = _agreed(run, grounded, new, holding)
    if not grounded:
        yield refuse(run, min(confidence, judge.WRITTEN.least) / 2)
        return
    run.clock("grounded")
    grounded += other_accounts(kind, grounded, evidence, run.found.rarity)
    look_at(run, grounded, holding)
    confidence = judge.WRITTEN.probability(run.signals)
    if confidence < judge.WRITTEN.least:
        yield refuse(run, confidence)
    else:
        yield finish(run, grounded, confidence)


def _agreed(
    run: Run, written: list[Grounded], new: Sequence[str], holding: Sequence[Evidence]
) -> list[Grounded]:
    """What was written, if the few words are in it; otherwise the sentence of an article that holds them all.

    Of two answers that have nothing in common, the few words are right more often than the sentence.
    """
    kind, asked = kind_of(run.answer.understood), run.found.rarity.keys()
    shown = facts.stated(" ".join(sentence.text for sentence in written))
    if not new or any(word in shown or facts.held(word, shown) for word in new):
        return written
    able = [one for one in holding if can_answer(one, kind, asked)]
    return quoted(run, able, known=True) or written


def _new_words(run: Run, phrase: str) -> list[str]:
    """What the few words tell that the question doesn't."""
    known, words = facts.stated(run.answer.understood), without_markers(phrase)[0]
    told = {*facts.content(words), *facts.numbers(words, claimed=True)}
    return [word for word in told if word not in known and not facts.held(word, known)]


def _phrase(run: Run, model: Model) -> Generator[Answer, None, str]:
    """Have the model answer in a few words; how sure it is of them tells whether it found or guessed them."""
    assert run.signals is not None  # set by _find
    told: list[float] = []
    phrase = ""
    messages = prompts.about_passages(run.found.read, run.answer.understood, prompts.PHRASE)
    for piece in engine.reply(model, messages, _PHRASE_TOKENS):
        phrase += piece.text
        told += piece.log_probabilities
        run.clock("first_word")
        yield run.show(draft=phrase)  # the sentence takes its place, seconds later
    run.clock("judged")
    run.signals = replace(run.signals, sure=sum(told) / len(told) if told else None)
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
    return supported if text and is_of_kind(kind, text, run.answer.understood) else []
