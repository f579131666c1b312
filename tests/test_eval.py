"""Measuring: question sets, their documents as articles, verdicts by hand, the command and its page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from conftest import ROOT, SEEDS, Dateline, ScriptedModel, ScriptedReader

from index import Library, weights
from index.errors import QuestionError
from rag.answering import Trace, trace
from rag.evaluation import asking, documents, question_set, scoreboard, scoring
from rag.evaluation.documents import Documents
from rag.evaluation.guarantee import FEWEST, Guarantee, guarantee, upper_bound
from rag.evaluation.question_set import Case, Half
from rag.evaluation.scoring import Prediction, Verdict
from rag.evaluation.unanswerable import made_unanswerable
from rag.reading import weights_digest

BRIDGE = "The new bridge in Springfield is painted green. It cost 12 million dollars and opened in May 2021."
HARBOUR = "The harbour of Shelbyville was closed after a storm. Mayor Ann Lee said repairs take two years."
MUSEUM = (
    "The railway museum in Ogdenville shows 40 locomotives. The oldest was built by Robert Stone in 1831."
)
CORPUS = [
    {"doc_id": "a/../1", "title": "A bridge", "text": BRIDGE, "source": "Daily <b>", "date": "2021-05-04"},
    {"doc_id": "b", "title": "A storm", "text": HARBOUR, "source": "", "date": "some day"},
    {"doc_id": "b again", "title": "The same storm", "text": HARBOUR, "source": "", "date": ""},
    {"doc_id": "c?", "title": "Locomotives", "text": MUSEUM, "source": "", "date": ""},
    {"doc_id": "empty", "title": "Nothing", "text": " ", "source": "", "date": ""},
]
COLOUR = {
    "qid": "colour",
    "question": "Which colour is the new bridge in Springfield painted?",
    "answers": ["green"],
    "answer_groups": [["green"]],
    "evidence": [{"doc_id": "a/../1", "text": BRIDGE}],
    "evidence_alt": [],
    "answerable": True,
    "type": "fact",
}
HIDDEN = COLOUR | {
    "qid": "hidden",
    "answers": [],
    "answer_groups": [],
    "evidence": [],
    "answerable": False,
    "type": "hidden",
    "exclude_docs": ["a/../1"],
    "context_doc": "a/../1",
}
STORM = {
    "qid": "storm",
    "question": "Who said after the storm in <script>Shelbyville</script> that repairs take two years?",
    "answers": ["Ann Lee"],
    "evidence": [{"doc_id": "b again"}],
    "evidence_alt": ["b"],
    "answerable": True,
    "type": "person",
}
QUESTIONS = [COLOUR, HIDDEN, STORM]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, fetched: Path) -> Path:
    """A corpus, its questions, and a cache that has the weights and may be written to."""
    folder = tmp_path_factory.mktemp("eval")
    write(folder / "corpus.jsonl", CORPUS)
    write(folder / "questions.jsonl", QUESTIONS)
    cache = folder / "cache"
    cache.mkdir()
    for weight in (weights.WEIGHTS[name] for name in ("embedder", "tokenizer")):
        (cache / weight.file).symlink_to(fetched / weight.file)
    return folder


@pytest.fixture
def held(files: Path, monkeypatch: pytest.MonkeyPatch) -> Documents:
    monkeypatch.setenv("DATELINE_CACHE", str(files / "cache"))
    return documents.of_corpus(files / "corpus.jsonl")


def asked(**fields: Any) -> Case:
    (question,) = loaded([COLOUR | fields])
    return question


def loaded(rows: list[dict[str, Any]]) -> list[Case]:
    with TemporaryDirectory() as temporary:
        return question_set.load(write(Path(temporary) / "questions.jsonl", rows))


def judged(question: Case, answer: str = "", **fields: Any) -> Verdict:
    prediction = Prediction(question.qid, answer, **({"refused": False} | fields))
    return scoring.verdict(question, prediction, {})


# The question set


def test_a_sample_is_the_same_every_time_and_one_of_a_larger_one() -> None:
    rows = [COLOUR | {"qid": f"q{i}", "answerable": i % 3 > 0} for i in range(60)]
    one = question_set.choose(loaded(rows), 5, None)
    assert {q.qid for q in one} == {q.qid for q in question_set.choose(loaded(rows[::-1]), 5, None)}
    assert {q.qid for q in one} < {q.qid for q in question_set.choose(loaded(rows), 8, None)}
    assert [sum(q.answerable is kind for q in one) for kind in (True, False)] == [5, 5]


def test_halves_are_a_partition_and_samples_lie_in_both() -> None:
    rows = [COLOUR | {"qid": f"q{i}", "question": f"What is the bridge number {i}?"} for i in range(200)]
    questions = loaded(rows)
    fit, report = ({q.qid for q in question_set.choose(questions, None, half)} for half in Half)
    assert fit | report == {q.qid for q in questions}
    assert not fit & report
    assert 70 < len(fit) < 130
    sample = {q.qid for q in question_set.choose(questions, 40, None)}
    assert min(len(sample & fit), len(sample & report)) >= 10


@pytest.mark.parametrize(
    ("rows", "only"),
    [
        ([COLOUR | {"context_doc": "b"}, HIDDEN], set()),
        ([COLOUR | {"context_doc": "b"}], set()),
        ([COLOUR | {"context_doc": "b"}, HIDDEN | {"exclude_docs": []}], {"b"}),
        (
            [COLOUR | {"given_docs": ["b", "c?"], "context_doc": "b"}, HIDDEN | {"exclude_docs": []}],
            {"b", "c?"},
        ),
    ],
    ids=["hidden documents", "no unanswerable one", "unanswerable from its own document", "given documents"],
)
def test_where_the_answer_is_looked_for(rows: list[dict[str, Any]], only: set[str]) -> None:
    assert loaded(rows)[0].only == only


def test_a_readers_own_questions_need_little() -> None:
    first, second = loaded(
        [{"question": "Who?", "answers": ["Kim"], "evidence": ["x.txt"]}, {"question": "Whither?"}]
    )
    assert first.answerable
    assert first.evidence == {"x.txt"}
    assert first.groups == (("Kim",),)
    assert not second.answerable
    assert first.qid != second.qid


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no question"),
        ('{"question": "Who?"}\n{"question"\n', "line 2: not valid JSON"),
        ("[1]\n", "line 1: holds no JSON object"),
        ('{"answers": ["Kim"]}\n', "line 1: there is no question"),
        ('{"question": "Who?"}\n{"question": "Who?"}\n', "two questions with the qid"),
        ('{"question": "Who?", "history": [3]}\n', "line 1: a turn of the history"),
    ],
    ids=["empty", "broken", "no object", "no question", "twice", "odd history"],
)
def test_a_broken_question_file_names_the_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionError, match=message):
        question_set.load(path)


# Verdicts, by hand


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("The Café’s 1,250 seats: 3.5% (a record).", "cafe s 1250 seats 3.5 percent record"),
        ("U.S. forces, an end.", "u s forces end"),
        ("Version 2.0. Then", "version 2.0 then"),
    ],
    ids=["accents and numbers", "initials", "decimals"],
)
def test_words_are_compared_without_their_dress(written: str, words: str) -> None:
    assert scoring.normal(written) == words


@pytest.mark.parametrize(
    ("fields", "answer", "right"),
    [
        ({}, "It is Green.", True),
        ({}, "It is greenish.", False),
        ({}, "", False),
        ({"answer_groups": [["green", "verdant"], ["May 2021"]]}, "Verdant, since May 2021.", True),
        ({"answer_groups": [["green"], ["May 2021"]]}, "Green.", False),
        ({"wrong_answers": ["blue"]}, "Green or blue.", False),
        ({"wrong_answers": ["green"]}, "Green.", True),
        ({"type": "longform", "answers": ["one two three four"]}, "one three nine ten eleven twelve", True),
        ({"type": "longform", "answers": ["one two three four"]}, "one five six seven eight nine", False),
    ],
    ids=[
        *("held", "part of a word", "nothing", "all groups", "a group missing", "false claim"),
        *("claim that is a key", "long, 0.4", "long, 0.2"),
    ],
)
def test_right_and_wrong(fields: dict[str, Any], answer: str, right: bool) -> None:
    verdict = judged(asked(**fields), answer)
    assert verdict.right is right
    assert verdict.label == ("right" if right else "wrong")
    assert verdict.measures["words"] == len(answer.split())


def test_refusals_are_right_where_there_is_no_answer() -> None:
    (hidden,) = loaded([HIDDEN])
    assert judged(hidden, refused=True).label == "rightly refused"
    assert judged(hidden, "Green.").label == "answered what has no answer"
    assert judged(asked(), refused=True).label == "wrongly refused"


def test_documents_found_and_cited() -> None:
    question = asked(evidence=[{"doc_id": "x"}], evidence_alt=["y"])
    prediction = Prediction(
        "colour",
        "Green.",
        refused=False,
        citations=("y", "z"),
        quotes=("the GREEN bridge", "a red one"),
        retrieved=("p", "p", "q", "y", "x"),
    )
    measures = scoring.verdict(question, prediction, {"y": "On the green bridge", "z": ""}).measures
    assert [measures[f"hit@{depth}"] for depth in (1, 5, 10)] == [0, 1, 1]
    assert measures["MRR@10"] == pytest.approx(1 / 3)
    assert (measures["cite precision"], measures["cite recall"], measures["verbatim"]) == (0.5, 1, 0.5)


def test_calibration_and_risk() -> None:
    (hidden,) = loaded([HIDDEN])
    verdicts = [
        judged(asked(), "Green.", confidence=0.9),
        judged(asked(), "Red.", confidence=0.6),
        judged(asked(), "Green.", confidence=0.6),
        judged(hidden, refused=True, confidence=0.2),
    ]
    # Bins 0.9: said 0.9, was 1. 0.6: said 0.6 twice, was 0.5. 0.8 (refused): was 1.
    assert scoreboard.calibration_error(verdicts) == pytest.approx((0.1 + 0.2 + 0.2) / 4)
    curve = scoreboard.risk_by_coverage(verdicts)
    assert [coverage for coverage, _ in curve] == [0.25, 0.5, 0.75]
    assert [risk for _, risk in curve] == pytest.approx([0, 0.25, 1 / 3])
    harmonic, calibration, *_ = scoreboard.summary(verdicts)
    assert harmonic == "right 66.7, rejection 100.0, harmonic mean 80.0"
    assert "calibration error 12.5, area under the risk-coverage curve 19.4" in calibration


@pytest.mark.parametrize(
    ("wrong", "of", "bound"),
    [(0, 20, 1 - 0.05 ** (1 / 20)), (1, 20, 0.2161), (5, 100, 0.1023), (20, 20, 1.0)],
    ids=["none", "one", "some", "all"],
)
def test_how_many_may_be_wrong_after_all(wrong: int, of: int, bound: float) -> None:
    assert upper_bound(wrong, of) == pytest.approx(bound, abs=0.0005)


def test_a_confidence_is_chosen_on_one_half_and_judged_on_the_other() -> None:
    verdicts = [
        judged(
            asked(qid=f"q{i}", question=f"What is the bridge number {i}?"),
            "Green." if i % 10 < 9 else "Red.",
            confidence=0.9 if i % 10 < 9 else 0.6,
        )
        for i in range(200)
    ]
    found = guarantee(verdicts, 0.05)
    assert isinstance(found, Guarantee)
    assert (found.confidence, found.wrong) == (0.9, 0)
    assert found.answers >= FEWEST
    assert found.bound == upper_bound(0, found.answers)
    assert 0.8 < found.coverage < 1
    assert "--sure 0.90" in str(found)
    assert str(guarantee(verdicts[9::10], 0.05)).startswith("No confidence keeps")


def test_questions_are_made_unanswerable(held: Documents) -> None:
    cases = loaded(
        [
            COLOUR | {"question": "Which of 12 colours did Springfield paint its bridge in 2021?"},
            STORM,
            HIDDEN,
        ]
    )
    made = made_unanswerable(cases, held)
    assert made == made_unanswerable(cases, held)
    assert not any(case.answerable or case.answers for case in made)
    assert len({case.qid for case in made}) == len(made)
    kinds = [case.kind for case in made if case.qid.startswith("colour")]
    assert kinds == ["articles hidden", "year swapped", "number swapped", "name swapped"]
    hidden = {case.qid: case.exclude for case in made if case.kind == "articles hidden"}
    assert hidden == {"colour hidden": {"a/../1"}, "storm hidden": {"b", "b again"}}
    texts = {case.kind: case.text for case in made if case.qid.startswith("colour")}
    assert "2021" not in texts["year swapped"]
    assert "25 colours" in texts["number swapped"]
    assert "Springfield" not in texts["name swapped"]


# Documents as articles


def test_documents_become_articles_whatever_their_ids(held: Documents) -> None:
    with held.library.snapshot() as snapshot:
        assert snapshot.article_count == 3
        (key,) = held.articles["a/../1"]
        article = snapshot.article(key)
        assert (article.text, article.title, article.source) == (BRIDGE, "A bridge", "Daily <b>")
        assert article.known_date == "2021-05-04"
        (storm,) = held.articles["b"]
        assert snapshot.article(storm).known_date == ""
        assert held.named([snapshot.article(storm), article], asked()) == ("b", "b again", "a/../1")
        assert held.named([snapshot.article(storm)], asked(given_docs=["b again"])) == ("b again",)


def test_a_corpus_is_indexed_once(files: Path, held: Documents) -> None:
    before = {path: path.stat().st_mtime_ns for path in held.library.path.glob("*.sqlite3")}
    again = documents.of_corpus(files / "corpus.jsonl")
    assert again.library.path == held.library.path
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_corpus_may_hold_control_characters(files: Path) -> None:
    write(
        files / "nul.jsonl",
        [{"doc_id": "a", "title": "", "text": "The mill\0in\x02Vik was sold\x1bin May 1990."}],
    )
    held = documents.of_corpus(files / "nul.jsonl")
    with held.library.snapshot() as snapshot:
        assert [snapshot.article(key).text for key in held.articles["a"]] == [
            "The mill in Vik was sold in May 1990."
        ]


def test_a_question_of_unknown_documents(held: Documents) -> None:
    with pytest.raises(QuestionError, match="names the document 'elsewhere'"):
        held.scope(asked(given_docs=["elsewhere"]))


# Asking


def with_model(model: ScriptedModel) -> asking.Answering:
    def put(question: Case, documents: Documents) -> Generator[Trace]:
        scope = documents.scope(question)
        yield from trace(
            question.text, history=question.history, library=documents.library, model=model, scope=scope
        )

    return put


@pytest.mark.usefixtures("unsure")
def test_every_signal_is_kept(held: Documents, reads: ScriptedReader, scripted: ScriptedModel) -> None:
    reads.tell("green", score=0.0)
    scripted.tell("green")
    prediction = asking.predict(asked(), held, with_model(scripted))
    assert prediction.answer == "The new bridge in Springfield is painted green."
    assert prediction.citations == ("a/../1",)
    assert all(quote in BRIDGE for quote in prediction.quotes)
    assert prediction.retrieved[0] == "a/../1"
    assert prediction.first_token_seconds is not None
    assert prediction.seconds is not None
    assert prediction.first_token_seconds <= prediction.seconds
    signals = prediction.signals
    assert {"understood", "reason", "timings", "candidates", "passages"} <= signals.keys()
    best, *others = signals["candidates"]
    assert (best["documents"], best["words"], best["score"], best["agrees"]) == (("a/../1",), "green", 0, 1)
    assert best["text"] in BRIDGE
    assert best["probability"] == prediction.confidence
    assert {"lead", "nearness", "coverage", "sure"} <= best.keys()
    assert [one["agrees"] for one in others] == [-1] * len(others)
    first = signals["passages"][0]
    assert first["documents"] == ("a/../1",)
    assert "green" in BRIDGE[first["start"] : first["end"]]
    json.dumps(signals)


def test_a_question_of_two_parts_keeps_the_candidates_of_the_one_it_is_judged_by(
    held: Documents, reads: ScriptedReader, scripted: ScriptedModel
) -> None:
    reads.tell("green", of="colour")
    question = asked(question="Which colour is the bridge painted, and when was the storm in Shelbyville?")
    prediction = asking.predict(question, held, with_model(scripted))
    assert not prediction.refused
    assert prediction.confidence == prediction.signals["candidates"][0]["probability"] < 0.5


def test_earlier_turns_are_heard(held: Documents, scripted: ScriptedModel) -> None:
    scripted.tell("May 2021")
    question = asked(
        question="When did it open?",
        history=[{"question": "Is there a bridge in Springfield?", "answer": "Yes."}],
    )
    prediction = asking.predict(question, held, with_model(scripted))
    assert "Springfield" in prediction.signals["understood"]


def test_excluded_documents_are_never_seen(held: Documents) -> None:
    (hidden,) = loaded([HIDDEN])
    answering, name = asking.answering(Path("none"))
    prediction = asking.predict(hidden, held, answering)
    assert name == f"none reader {weights_digest()[:12]}"
    assert "a/../1" not in prediction.retrieved
    assert prediction.refused


# The command


def run(dateline: Dateline, files: Path, *more: object) -> Any:
    return dateline(
        "eval",
        *("--corpus", files / "corpus.jsonl", "--questions", files / "questions.jsonl", "--extractive"),
        *more,
        DATELINE_CACHE=str(files / "cache"),
    )


def test_the_command_prints_the_figures_and_keeps_the_answers(
    dateline: Dateline, files: Path, tmp_path: Path
) -> None:
    kept, page = tmp_path / "new" / "out.jsonl", tmp_path / "report.html"
    shown = run(dateline, files, "--predictions", kept, "--report", page).stdout
    rows = {
        cells[1]: cells[2:-1]
        for line in shown.splitlines()
        if len(cells := re.split(r"\s*[│┃]\s*", line)) > 2
    }
    assert rows[""][:4] == ["questions", "right", "words", "over-refusal"]
    assert rows["answerable"][:2] == ["2", "100.0"]
    assert rows["unanswerable"][0] == "1"
    assert "100.0" in rows["· hidden"]
    assert "harmonic mean 100.0" in shown
    predictions = {row["qid"]: row for row in lines(kept)}
    assert list(predictions) == ["colour", "hidden", "storm"]
    wanted = "qid answer refused citations quotes retrieved confidence seconds first_token_seconds signals"
    assert all(list(row) == wanted.split() for row in predictions.values())
    assert predictions["storm"]["citations"] == ["b", "b again"]
    check_page(page.read_text(encoding="utf-8"))


def check_page(page: str) -> None:
    assert page.count("<svg") == 2
    assert page.count("<article>") == 3
    assert "&lt;script&gt;Shelbyville" in page
    assert "<script" not in page
    assert not re.search(r"(?:https?:)?//|\b(?:src|href)=|url\(|@import", page.replace("a/../1", ""))
    assert "Ann Lee" in page


def test_it_goes_on_where_it_stopped(dateline: Dateline, files: Path, tmp_path: Path) -> None:
    kept = tmp_path / "out.jsonl"
    run(dateline, files, "--predictions", kept)
    first, second, third = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    marked = first.replace('"seconds": ', '"seconds": 77', 1)
    kept.write_text(marked + second + third[:40], encoding="utf-8")
    assert run(dateline, files, "--predictions", kept).exit_code == 0
    again = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    assert again[:2] == [marked, second]
    assert [json.loads(line)["qid"] for line in again] == ["colour", "hidden", "storm"]


def test_answers_of_two_models_are_not_mixed(dateline: Dateline, files: Path, tmp_path: Path) -> None:
    kept = tmp_path / "out.jsonl"
    run(dateline, files, "--predictions", kept, "--sample", 1)
    assert len(lines(kept)) == 2
    kept.write_text(kept.read_text(encoding="utf-8").replace('"model": "none ', '"model": "other.gguf '))
    refused = run(dateline, files, "--predictions", kept)
    assert refused.exit_code == 1
    assert "of the model 'other.gguf reader" in refused.stderr
    assert "not 'none reader" in refused.stderr


def test_a_readers_own_library_is_measured_by_file_name(
    dateline: Dateline, seed_library: Library, tmp_path: Path
) -> None:
    names = {path.name for path in SEEDS.glob("*.txt") if "train" in path.read_text(encoding="utf-8")}
    questions = write(
        tmp_path / "questions.jsonl",
        [{"question": "How did Kim travel to Russia?", "answers": ["train"], "evidence": sorted(names)}],
    )
    kept = tmp_path / "out.jsonl"
    shown = dateline(
        *("eval", "--questions", questions, "--library", seed_library.path, "--model", "none"),
        *("--predictions", kept),
    )
    assert shown.exit_code == 0
    (prediction,) = lines(kept)
    assert set(prediction["citations"]) <= set(prediction["retrieved"])
    assert prediction["retrieved"][0] in names
    assert re.search(r"answerable +│ 1 +│ 100.0", shown.stdout)


# The independent check


@pytest.mark.parametrize(
    ("answer", "quote", "invented"),
    [
        ("The UN’s envoy sent four men on Sept. 14.", "United Nations: 4 men, 14 September", []),
        ("Kim met Putin in 2019.", "Kim Jong Un met Vladimir Putin.", ["2019"]),
        ("In Russia, Lavrov spoke.", "Russian ministers spoke.", ["Lavrov"]),
        ("The bridge in Springfield opened in May.", "It opened in June.", ["May"]),
        ("It cost $37.6 million.", "It cost 376 million dollars.", ["37.6"]),
    ],
    ids=["the same in other dress", "number", "name", "date; a name of the question", "decimal"],
)
def test_the_checker_finds_what_was_not_quoted(
    answer: str, quote: str, invented: list[str], tmp_path: Path
) -> None:
    row = {"qid": "colour", "answer": answer, "refused": False, "quotes": [quote]}
    questions, predictions = write(tmp_path / "q.jsonl", [COLOUR]), write(tmp_path / "p.jsonl", [row])
    checked = subprocess.run(
        [sys.executable, "-m", "tests.quality.checker", "--questions", questions, predictions],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert re.findall(r"'([^']+)', invented", checked.stdout) == invented
    assert checked.returncode == (1 if invented else 0)
