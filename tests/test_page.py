"""The chat page in a real browser, over a scripted stream of answers."""

from __future__ import annotations

import http.client
import shutil
import socket
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, ViewportSize, expect, sync_playwright

import ui
from index.article import Article, Scope
from index.errors import DatelineError, QuestionError
from rag.answers import Answer, Citation, Passage, Sentence, Turn
from rag.page.view import EXAMPLES, REFUSAL_LABEL, Stage, finished, unfinished

SEEDS = Path(ui.__file__).parent / "seeds"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDE: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
DRAFT = "He was accompanied by a military-heavy entourage."

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    # Gradio's own use of pandas, for statistics that nobody reads.
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]


def seed(name: str, title: str, source: str, published: str) -> Article:
    (path,) = SEEDS.glob(f"{name}*.txt")
    return Article(
        name, Path("articles") / path.name, path.read_text(encoding="utf-8"), title, source, published
    )


TIMES = seed("000", "Putin Accepts Kim's Invitation to Visit North Korea", "The Moscow Times", "2023-09")
OTHER = seed("001", "Russian President Vladimir Putin has accepted an invitation …", "", "2023")


def cite(marker: int, article: Article, quote: str) -> Citation:
    start = article.text.index(quote)
    return Citation(
        marker=marker,
        article=article,
        title=article.title,
        source=article.source,
        published=article.published,
        path=article.path,
        start=start,
        end=start + len(quote),
        quote=quote,
    )


def passage(number: int, article: Article, text: str) -> Passage:
    start = article.text.index(text)
    return Passage(number, article, start, start + len(text), 1.0 / number)


TRAIN = "was accompanied by a military-heavy entourage"
DELEGATION = (
    "Kim\u2019s delegation includes his defense minister, his top military commander "
    "and the director of the country\u2019s munitions department."
)
BANQUET = "After touring a space center and attending a lavish banquet in his honor"


def accompanied(question: str) -> list[Answer]:
    found = Answer(
        question, understood=question, passages=(passage(1, TIMES, TRAIN), passage(2, OTHER, DELEGATION))
    )
    first = "Kim was accompanied by a military-heavy entourage."
    second = (
        "His delegation included his defense minister, his top military commander "
        "and the director of the munitions department."
    )
    return [
        found,
        found.with_(draft=DRAFT),
        found.with_(
            sentences=(
                Sentence(first, (cite(1, TIMES, TRAIN),), ((25, 49),)),
                Sentence(second, (cite(2, OTHER, DELEGATION),)),
            ),
            answered=True,
            confidence=0.87,
        ),
    ]


def refused(question: str) -> list[Answer]:
    nearest = (passage(1, TIMES, BANQUET), passage(2, OTHER, DELEGATION))
    found = Answer(question, understood="Which gift did Putin give Kim Jong Un?", passages=nearest)
    return [found, found.with_(reason="They say that gifts were exchanged, not which.", confidence=0.12)]


@dataclass
class Script:
    """A stream of answers whose words are known, and that records how it was used."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    error: Exception | None = None
    pause: float = 0.05
    endless: bool = False
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def __call__(self, question: str, *, history: Sequence[Turn] = (), **_: Any) -> Generator[Answer]:
        self.asked.append((question, tuple(history)))
        if self.error is not None:
            raise self.error
        try:
            snapshots = self.answers.get(question) or accompanied(question)
            for snapshot in snapshots[:2] if self.endless else snapshots:
                time.sleep(self.pause)
                yield snapshot
            while self.endless:
                time.sleep(0.05)
                yield snapshots[1]
        finally:
            self.closed.set()


@dataclass
class Served:
    """A page being served, and what it was served with."""

    address: str
    script: Script
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def tabs() -> Iterator[BrowserContext]:
    """A browser whose tabs share one cache: loading the page anew for every test takes seconds."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        browser.close()


class Server:
    """The application on a free loopback port, in a thread."""

    def __init__(self, script: Script, **options: Any) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        app = ui.create_app(answer_stream=script, **options)
        self._server = ui.Server(app)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        self.served = Served(f"http://127.0.0.1:{self._listener.getsockname()[1]}", script)

    def __enter__(self) -> Served:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        return self.served

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Served]:
    """One server for all tests that do not need their own: building a page takes a second."""
    with Server(Script()) as served:
        yield served


@pytest.fixture
def served(shared: Served) -> Iterator[Served]:
    fresh = Script()
    shared.script.__dict__.update(fresh.__dict__)
    shared.requests, shared.dialogs, shared.trouble = [], [], []
    yield shared
    assert not shared.trouble
    assert not shared.dialogs


def open_page(tabs: BrowserContext, served: Served, viewport: ViewportSize = WIDE) -> Page:
    page = tabs.new_page()
    page.set_viewport_size(viewport)
    page.set_default_timeout(8_000)

    def dismiss(dialog: Dialog) -> None:
        served.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: served.requests.append(request.url))
    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: served.trouble.append(str(error)))
    page.goto(served.address)
    expect(page.get_by_label("Your question")).to_be_visible(timeout=15_000)
    return page


def ask(page: Page, question: str) -> None:
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")


def answered(page: Page) -> None:
    expect(page.locator("#live .turn.answered")).to_be_visible()


def test_enter_asks_and_what_is_nearest_makes_way_for_the_answer(
    tabs: BrowserContext, served: Served
) -> None:
    served.script.pause = 1.0
    page = open_page(tabs, served)
    box = page.get_by_label("Your question")
    ask(page, "Who accompanied Kim?")
    draft = page.locator(".turn.writing .draft")
    expect(draft).to_have_text(DRAFT)
    expect(page.get_by_text("Nearest so far")).to_be_visible()
    expect(page.get_by_text("Being confirmed")).to_be_visible()
    grey, black = (
        page.locator(f"#live {part}").first.evaluate("e => getComputedStyle(e).color")
        for part in (".draft", ".text")
    )
    assert grey != black
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    answered(page)
    expect(page.locator("#live .text")).to_contain_text("His delegation included his defense minister")
    expect(page.locator("#live strong")).to_have_text(["military-heavy entourage"])
    expect(page.locator(".draft")).to_have_count(0)
    expect(page.get_by_text("Nearest so far")).to_have_count(0)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.get_by_role("button", name="Ask")).to_be_visible()
    expect(box).to_have_value("")
    expect(page.locator("#live")).to_have_attribute("aria-live", "polite")
    expect(page.locator("#live")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".confidence")).to_have_attribute(
        "title", "Dateline puts the chance that this answer is right at 87%"
    )
    page.close()


def test_a_marker_opens_the_source_at_the_quoted_words(tabs: BrowserContext, served: Served) -> None:
    page = open_page(tabs, served)
    ask(page, "Who accompanied Kim?")
    answered(page)
    panel = page.get_by_role("complementary", name="Source")
    expect(panel.locator("mark").first).to_have_text(TRAIN)  # the first one opens by itself
    expect(panel).to_contain_text("The Moscow Times · September 2023")
    page.locator("#live a.cite", has_text="2").click()
    expect(panel.get_by_role("heading")).to_have_text(OTHER.title)
    expect(panel.locator(".excerpt mark").first).to_have_text(DELEGATION)
    paragraph = panel.locator(".excerpt").first
    expect(paragraph).to_contain_text("aircraft factory and travel to Vladivostok")
    expect(paragraph).not_to_contain_text("Leif-Eric Easley")
    expect(panel).to_contain_text("articles/001_8d78625b3cd1f2a8.txt")
    expect(panel).to_be_focused()
    panel.get_by_text("Whole article").click()
    expect(panel.get_by_text("Leif-Eric Easley, a professor")).to_be_visible()
    expect(panel.locator(".whole mark")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(panel.locator("mark")).to_have_count(0)
    expect(page.locator("#live a.cite", has_text="2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.locator("mark").first).to_have_text(DELEGATION)
    page.close()


def test_a_long_conversation_keeps_answer_source_and_box_in_sight(
    tabs: BrowserContext, served: Served
) -> None:
    page = open_page(tabs, served, {"width": 1400, "height": 560})
    for earlier in range(3):
        ask(page, f"Who accompanied Kim, {earlier}?")
        expect(page.locator("#past .turn")).to_have_count(earlier)
        answered(page)
    in_sight = [
        page.get_by_label("Your question"),
        page.locator("#live .text"),
        page.locator(".panel mark").first,
    ]
    for part in in_sight:
        expect(part).to_be_in_viewport(ratio=1)
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_label("Your question")).to_be_in_viewport(ratio=1)
    page.close()


def test_a_refusal_looks_different_and_shows_what_came_nearest(tabs: BrowserContext, served: Served) -> None:
    served.script.answers = {EXAMPLES[2]: refused(EXAMPLES[2])}
    page = open_page(tabs, served)
    page.get_by_role("button", name=EXAMPLES[2]).click()
    turn = page.locator("#live .turn.refused")
    expect(turn.get_by_text(REFUSAL_LABEL)).to_be_visible()
    expect(turn).to_contain_text("They say that gifts were exchanged, not which.")
    expect(turn).to_contain_text("Searched as: Which gift did Putin give Kim Jong Un?")
    expect(turn.locator("blockquote")).to_have_text([BANQUET, DELEGATION])
    expect(turn.locator(".confidence")).to_have_count(0)
    expect(page.get_by_role("button", name=EXAMPLES[0])).to_be_hidden()
    turn.locator("figcaption a").first.click()
    expect(page.locator(".panel mark").first).to_have_text(BANQUET)
    page.close()


def test_a_follow_up_is_asked_with_the_turns_before_it(tabs: BrowserContext, served: Served) -> None:
    page = open_page(tabs, served)
    other = open_page(tabs, served)
    ask(page, "Who accompanied Kim?")
    answered(page)
    ask(other, "Who else?")
    answered(other)
    ask(page, "And where did they meet?")
    expect(page.locator("#past .turn")).to_have_count(1)
    answered(page)
    (_, none), (_, other_tab), (question, history) = served.script.asked
    assert none == other_tab == ()
    assert question == "And where did they meet?"
    assert [turn.question for turn in history] == ["Who accompanied Kim?"]
    assert "military-heavy entourage" in history[0].answer
    page.locator("#past a.cite").first.click()  # an earlier turn's sources still open
    expect(page.locator(".panel mark").first).to_have_text(TRAIN)
    page.close()
    other.close()


def shown(text: str, *words: str) -> str:
    """An answer of one sentence as the page shows it, where these words answer."""
    spans = tuple((text.index(one), text.index(one) + len(one)) for one in words)
    sentence = Sentence(text, (cite(1, TIMES, TRAIN),), spans)
    return finished(Answer("How?", understood="How?", sentences=(sentence,), answered=True), 1)


@pytest.mark.parametrize(
    ("words", "bold"),
    [
        (["armoured train"], ["<strong>armoured train</strong> with"]),
        (["a <i>"], ["<strong>a &lt;i&gt;</strong> &amp; a flag"]),
        (["a flag", "He"], ["<strong>He</strong> came", "<strong>a flag</strong> on it."]),
        ([], []),
    ],
    ids=["words", "markup", "two", "none"],
)
def test_the_words_that_answer_stand_out(words: list[str], bold: list[str]) -> None:
    html = shown("He came in an armoured train with a <i> & a flag on it.", *words)
    assert html.count("<strong>") == len(bold)
    assert all(part in html for part in bold)
    assert "<i>" not in html


def test_an_answer_in_the_making_shows_no_more_than_what_came_nearest() -> None:
    started, draft, _ = accompanied("Who accompanied Kim?")
    assert "Looking through" in unfinished(Answer("Who?"))
    assert "Reading 2 passages" in unfinished(started)
    assert "Reading 1 passage…" in unfinished(started.with_(passages=started.passages[:1]))
    assert DRAFT in unfinished(draft)
    assert "<i>" not in unfinished(draft.with_(draft="A <i> in the draft"))
    assert DRAFT not in finished(draft, 1)


def test_stop_closes_the_stream_and_the_next_question_is_answered(
    tabs: BrowserContext, served: Served
) -> None:
    served.script.endless = True
    page = open_page(tabs, served)
    ask(page, "Who accompanied Kim?")
    expect(page.locator(".draft")).to_be_visible()
    assert not served.script.closed.is_set()
    page.get_by_role("button", name="Stop").click()
    stopped = page.locator("#live .turn.stopped")
    expect(stopped).to_contain_text("Stopped.")
    expect(stopped).not_to_contain_text("entourage")  # what was not confirmed does not stay
    expect(page.locator(".draft")).to_have_count(0)
    assert served.script.closed.wait(2)
    served.script.endless = False
    ask(page, "Who accompanied Kim?")
    answered(page)
    page.close()


def test_a_closed_tab_closes_the_stream(tabs: BrowserContext, served: Served) -> None:
    served.script.endless = True
    page = open_page(tabs, served)
    ask(page, "Who accompanied Kim?")
    expect(page.locator(".draft")).to_be_visible()
    page.close()
    assert served.script.closed.wait(10)


def test_a_second_tab_waits_its_turn(tabs: BrowserContext, served: Served) -> None:
    served.script.endless = True
    first, second = open_page(tabs, served), open_page(tabs, served)
    ask(first, "Who accompanied Kim?")
    expect(first.locator(".draft")).to_be_visible()
    ask(second, "How did Kim travel to Russia?")
    expect(second.get_by_text("another question is being answered")).to_be_visible()
    assert len(served.script.asked) == 1
    served.script.endless = False
    answered(second)
    first.close()
    second.close()


HOSTILE = (
    '<script>alert("script")</script> <img src=x onerror=alert("img")> ![pixel](http://evil.example/p.png) '
    '<a href="javascript:alert(1)">link</a> </mark></div><b>bold</b> ${alert("template")} {{constructor}} `x`'
)


def hostile_answers(question: str) -> list[Answer]:
    article = Article(
        "h",
        Path("a/<b>evil.txt"),
        f"Before. {HOSTILE} After.",
        HOSTILE,
        HOSTILE,
        '"><img src=x>',
        "javascript:alert(2)",
    )
    sentence = Sentence(HOSTILE, (cite(1, article, HOSTILE),), ((3, 40), (50, len(HOSTILE) - 5)))
    found = Answer(question, understood=HOSTILE, passages=(passage(1, article, HOSTILE),), draft=HOSTILE)
    return [found, found, found.with_(draft="", sentences=(sentence,), answered=True, reason=HOSTILE)]


@pytest.mark.parametrize("answers", [True, False], ids=["answered", "refused"])
def test_hostile_words_stay_words(tabs: BrowserContext, served: Served, answers: bool) -> None:
    question = f"Is this safe? {HOSTILE}"
    snapshots = hostile_answers(question)
    if not answers:
        snapshots[-1] = snapshots[-1].with_(sentences=(), answered=False)
    served.script.answers = {question: snapshots}
    page = open_page(tabs, served)
    ask(page, question)
    turn = page.locator(f"#live .turn.{'answered' if answers else 'refused'}")
    expect(turn).to_be_visible()
    turn.locator("[data-source]").first.click()
    page.locator(".panel summary").click()
    expect(page.locator(".panel mark").first).to_have_text(HOSTILE)
    expect(turn.locator("h2.question")).to_have_text(question)
    assert not answers or HOSTILE in turn.locator(".text").inner_text()
    for part in ("#live", "#source"):
        for forbidden in ("img", "script", "b", "iframe", 'a[href^="javascript"]', "[onerror]"):
            expect(page.locator(f"{part} {forbidden}")).to_have_count(0)
    page.wait_for_timeout(300)
    assert served.requests
    assert [url for url in served.requests if not url.startswith(f"{served.address}/")] == []
    page.close()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (QuestionError("The question has 20,000 characters; ask it in at most 2,000."), "at most 2,000"),
        (ValueError("<b>odd</b>"), "Something inside Dateline failed (ValueError: <b>odd</b>)"),
    ],
    ids=["ours", "unexpected"],
)
def test_an_error_is_a_message_in_the_chat(
    tabs: BrowserContext, served: Served, error: Exception, message: str
) -> None:
    served.script.error = error
    page = open_page(tabs, served)
    ask(page, "x" * 20_000)
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.get_by_role("button", name="Ask")).to_be_visible()
    assert served.script.asked[0][0] == "x" * 20_000
    page.close()


def test_an_empty_question_asks_nothing(tabs: BrowserContext, served: Served) -> None:
    page = open_page(tabs, served)
    ask(page, "   ")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_timeout(500)
    assert served.script.asked == []
    ask(page, "Who accompanied Kim?")
    answered(page)
    page.close()


def test_on_a_phone_the_source_lies_over_the_chat(tabs: BrowserContext, served: Served) -> None:
    page = open_page(tabs, served, PHONE)
    ask(page, "Who accompanied Kim?")
    answered(page)
    panel = page.locator(".panel")
    expect(panel).to_be_hidden()
    page.locator("#live a.cite").first.click()
    expect(panel.locator("mark").first).to_be_in_viewport()
    page.get_by_role("button", name="Close the source").click()
    expect(panel).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()


def test_copy_takes_the_answer_with_its_sources(tabs: BrowserContext, served: Served) -> None:
    page = open_page(tabs, served)
    ask(page, "Who accompanied Kim?")
    answered(page)
    page.get_by_role("button", name="Copy with sources").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"[1] {TIMES.title} · The Moscow Times · 2023-09: “{TRAIN}” ({TIMES.path})" in copied
    page.close()


def test_the_page_says_what_it_is_loading(tabs: BrowserContext) -> None:
    loaded = threading.Event()

    def stages() -> Iterator[Stage]:
        yield Stage("Loading the model…", 0.5)
        loaded.wait(20)
        yield Stage("Reading 5 articles…")
        raise DatelineError("The articles are gone: run dateline index FOLDER.")

    with Server(Script(), warm_up=stages) as served:
        page = open_page(tabs, served)
        expect(page.get_by_role("status").filter(has_text="Loading the model…")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.500")
        loaded.set()
        expect(page.get_by_role("alert")).to_contain_text("run dateline index FOLDER")
        page.close()


def test_a_restricted_page_says_so_and_asks_within_it(tabs: BrowserContext) -> None:
    scope = Scope(since="2023-09", sources=("The <East>",), folders=(Path("/news"),))
    scopes: list[Scope | None] = []

    class Restricted(Script):
        def __call__(
            self,
            question: str,
            *,
            history: Sequence[Turn] = (),
            scope: Scope | None = None,
            **_: Any,
        ) -> Generator[Answer]:
            scopes.append(scope)
            yield from super().__call__(question, history=history)

    with Server(Restricted(), scope=scope) as served:
        page = open_page(tabs, served)
        only = "Only articles since 2023-09, from The <East>, in /news are asked."
        expect(page.get_by_text(only, exact=True)).to_be_visible()
        ask(page, EXAMPLES[0])
        answered(page)
        page.close()
    assert scopes == [scope]


def fetch(served: Served, path: str, **headers: str) -> tuple[int, Message]:
    """Status and headers of a GET, with exactly these request headers."""
    host, port = served.address.removeprefix("http://").split(":")
    with closing(http.client.HTTPConnection(host, int(port), timeout=5)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as response:
            response.read()
            return response.status, response.headers


def test_every_response_carries_the_security_headers(served: Served) -> None:
    status, headers = fetch(served, "/")
    assert status == 200
    policy = headers["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "object-src 'none'",
    ):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"Host": "evil.com"}, 400),
        ("/", {"Host": "127.0.0.1.evil.com:80"}, 400),
        ("/", {"Origin": "http://evil.com"}, 403),
        ("/", {"Origin": "null"}, 403),
        ("/gradio_api/file=/etc/hostname", {}, 404),
        ("/gradio_api/proxy=http://evil.com/", {}, 404),
        ("/gradio_api/upload", {}, 404),
        ("/docs", {}, 404),
    ],
    ids=["host", "host-suffix", "origin", "null-origin", "file", "proxy", "upload", "docs"],
)
def test_what_the_page_does_not_need_is_shut(
    served: Served, path: str, headers: dict[str, str], status: int
) -> None:
    assert fetch(served, path, **headers)[0] == status


def test_a_port_in_use_names_the_port_and_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DatelineError, match=rf"Port {port} .*--port"):
            ui.serve(port=port, open_browser=False)


def test_only_this_machine_is_served() -> None:
    with pytest.raises(DatelineError, match="this machine only"):
        ui.serve("0.0.0.0", open_browser=False)
