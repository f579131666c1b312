"""The chat page in the browser: a question in, a cited answer out, on this machine only."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

# Gradio reads these when it is imported; without them it reports home and asks for its newest version.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr
import uvicorn
from fastapi import FastAPI
from gradio.routes import App as GradioApp
from starlette.routing import Mount

from index.article import Scope
from index.errors import DatelineError
from rag.answers import Answer, Turn
from rag.page import view
from rag.page.chat import Chat, Conversation, Picture, Preparation
from rag.page.fence import HOSTS, fence

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index import Library

PORT = 8765
WarmUp = Callable[[], Iterable[view.Stage]]


class AnswerStream(Protocol):
    """What `rag.ask` is: a question's answer as snapshots; closing the generator stops the model."""

    def __call__(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        library: Library | Path | None = None,
        model: LLM | Path | None = None,
        scope: Scope | None = None,
        sure: float | None = None,
    ) -> Generator[Answer]:
        """The snapshots of the answer, the last one whole."""


def create_app(
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    *,
    scope: Scope | None = None,
    sure: float | None = None,
    answer_stream: AnswerStream | None = None,
    warm_up: WarmUp | None = None,
) -> FastAPI:
    """The page as a web application over `library`, `model`, `scope` and `sure`, as `rag.ask` takes them.

    `warm_up` runs once, when the first tab opens; the page shows each stage it yields.
    """
    if answer_stream is None:
        from rag import ask  # pulls in everything that answers: a scripted stream needs none of it

        answer_stream = ask
    stream = answer_stream
    chat = Chat(
        lambda question, history: stream(
            question, history=history, library=library, model=model, scope=scope, sure=sure
        )
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    fence(app)
    gr.mount_gradio_app(
        app,
        _blocks(chat, Preparation(warm_up), view.masthead(scope)),
        path="/",
        theme=_theme(),
        head=view.head(),
        footer_links=[],
        ssr_mode=False,
        run_history=False,
        show_error=False,
    )
    return app


def _theme() -> gr.themes.Base:
    # Plain font names: Gradio's own themes would fetch theirs.
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Liberation Sans", "sans-serif"]
    return gr.themes.Base(font=sans, font_mono=["ui-monospace", "Consolas", "monospace"]).set(
        body_background_fill=view.PAPER, body_background_fill_dark=view.PAPER_DARK
    )


def _blocks(chat: Chat, preparation: Preparation, masthead: str) -> gr.Blocks:
    def respond(asked: str, conversation: Conversation) -> Iterator[tuple[Any, ...]]:
        nothing_new = True
        for picture in chat.respond(asked, conversation):
            nothing_new = False
            yield _updates(picture)
        if nothing_new:  # Gradio wants at least one value from a generator
            yield (gr.skip(),) * 6

    blocks = gr.Blocks(title="Dateline", analytics_enabled=False)
    with blocks:
        conversation = gr.State(Conversation())
        _html("masthead", masthead)
        with gr.Row(elem_id="page"):
            with gr.Column(elem_id="desk"):
                stage, past, live = _html("stage"), _html("past"), _html("live", view.WELCOME)
                with gr.Row(elem_id="examples") as examples:
                    chips = [gr.Button(question, size="sm") for question in view.EXAMPLES]
                with gr.Row(elem_id="composer"):
                    box = _question_box()
                    ask = gr.Button("Ask", elem_id="ask")
                    stop = gr.Button("Stop", elem_id="stop", visible=False)
            with gr.Column(elem_id="beside"):
                _html("sources", view.PANEL)
        shown = [past, live, box, ask, stop, examples]
        quiet: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": None,
        }
        once = {**quiet, "trigger_mode": "once"}
        gr.on([box.submit, ask.click], respond, [box, conversation], shown, **once)
        for chip in chips:  # the value of a button is its words
            chip.click(respond, [chip, conversation], shown, **once)
        stop.click(Conversation.stop, [conversation], None, **quiet)
        blocks.load(preparation.watch, None, [stage], **quiet)
    return blocks


def _html(name: str, value: str = "") -> gr.HTML:
    # Gradio's own style for HTML would win over the page's.
    return gr.HTML(value, elem_id=name, apply_default_css=False)


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="question",
        label="Your question",
        show_label=False,
        container=False,
        placeholder="Ask your articles…",
        max_lines=6,
        autofocus=True,
    )


def _updates(picture: Picture) -> tuple[Any, ...]:
    """A picture as values for: past, live, text box, Ask, Stop, examples."""
    past = gr.skip() if picture.past is None else picture.past
    if picture.phase == "more":
        return past, picture.live, *(gr.skip(),) * 4
    answering = picture.phase == "first"
    box = "" if answering else gr.skip()
    ask, stop = gr.update(visible=not answering), gr.update(visible=answering)
    return past, picture.live, box, ask, stop, gr.update(visible=False)


class Server(uvicorn.Server):
    """A web server that lets go of open tabs when it ends: each holds a connection for good."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        self._pages = [mount.app for mount in app.routes if isinstance(mount, Mount)]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the tabs' connections, then the server."""
        for page_app in self._pages:
            if isinstance(page_app, GradioApp):
                page_app.stop_event.set()
        # An answer cut off by Ctrl+C is meant to be: no traceback for it.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def serve(
    host: str = "127.0.0.1",
    port: int = PORT,
    open_browser: bool = True,
    *,
    library: Library | Path | None = None,
    model: LLM | Path | None = None,
    scope: Scope | None = None,
    sure: float | None = None,
    warm_up: WarmUp | None = None,
) -> None:
    """Serve the page on this machine until interrupted; raises DatelineError when the port is taken."""
    with _listen(host, port) as listener:
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        app = create_app(library, model, scope=scope, sure=sure, warm_up=warm_up)
        server = Server(app)
        threading.Thread(target=_announce, args=(server, address, open_browser), daemon=True).start()
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    if host not in HOSTS:
        raise DatelineError(f"Dateline serves this machine only, not {host!r}: use 127.0.0.1.")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise DatelineError(
            f"Port {port} on {host} cannot be used ({error}). If Dateline is open already, go to "
            f"http://{host}:{port}; otherwise choose another port, for example with --port {PORT + 1}."
        ) from error
    return listener


def _announce(server: uvicorn.Server, address: str, open_browser: bool) -> None:
    while not server.started:
        time.sleep(0.05)
    print(f"Dateline is open at {address} (Ctrl+C ends it)", flush=True)
    if open_browser:
        webbrowser.open(address)


if __name__ == "__main__":
    from rag.cli.app import app as command_line

    command_line(["chat", *sys.argv[1:]])
