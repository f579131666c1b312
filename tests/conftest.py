"""What the tests share: a library of the sample articles, the real weights, a scripted model, the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms.custom import CustomLLM
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from index import Library, weights
from index.embedder import MiniLMEmbedding, shared_embedder
from rag import prompts
from rag.cli import app

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
COMMAND = (sys.executable, "-m", "rag.cli")  # `dateline`, before it is installed as well

Dateline = Callable[..., Result]
Spawned = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees, or leaves anything in, the reader's own data; the weights cache is shared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        for name in ("DATELINE_LIBRARY", "DATELINE_MODEL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def fetched(_nobodys_home: None) -> Path:
    """The weights cache with everything in it that an answer needs."""
    for name in ("embedder", "tokenizer", "answering"):
        weights.ensure(name)
    return weights.cache_dir()


@pytest.fixture(scope="session")
def embedder() -> MiniLMEmbedding:
    return shared_embedder()


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that the real embedder is given."""
    seen: list[str] = []
    real = MiniLMEmbedding.embed

    def embed(self: MiniLMEmbedding, texts: list[str]) -> NDArray[np.float32]:
        seen.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(MiniLMEmbedding, "embed", embed)
    return seen


@pytest.fixture(scope="session")
def seed_library(tmp_path_factory: pytest.TempPathFactory, embedder: MiniLMEmbedding) -> Library:
    """The five sample articles, indexed; tests only read it."""
    library = Library(tmp_path_factory.mktemp("seeds") / "library", embedder)
    library.sync(SEEDS)
    return library


@pytest.fixture
def dateline(fetched: Path, tmp_path: Path) -> Dateline:
    """The command in this process, in a home of its own; keyword arguments are environment variables."""

    def run(*arguments: object, **environment: str) -> Result:
        variables = {"XDG_DATA_HOME": str(tmp_path / "home"), **environment}
        return CliRunner().invoke(app, list(map(str, arguments)), env=variables, catch_exceptions=False)

    return run


@pytest.fixture
def spawned(tmp_path: Path) -> Iterator[Spawned]:
    """Starts the command, behind the words of `before`, as a process of its own; it ends with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(
        *arguments: object,
        before: Sequence[str] = (),
        stderr: int = subprocess.PIPE,
        **environment: str,
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*before, *COMMAND, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "home"), **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


class ScriptedModel(CustomLLM):
    """Replies with the texts it was given, one a call, word by word; keeps the prompts it was sent."""

    _replies: list[str] = PrivateAttr(default_factory=list)
    _prompts: list[str] = PrivateAttr(default_factory=list)
    _closed: list[bool] = PrivateAttr(default_factory=list)
    _few_words: str = PrivateAttr(default="")
    _sentence: str = PrivateAttr(default="")

    def enqueue(self, *replies: str) -> None:
        """Texts for the next calls; a call too many fails."""
        self._replies.extend(replies)

    def tell(self, few_words: str, sentence: str) -> None:
        """What to say, however often, when few words are asked for and when a sentence is."""
        self._few_words, self._sentence = few_words, sentence

    @property
    def prompts(self) -> list[str]:
        """Each call's messages, joined."""
        return self._prompts

    @property
    def stopped(self) -> int:
        """Replies that were closed before they had ended."""
        return len(self._closed)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", is_chat_model=True)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return list(self.stream_chat(messages))[-1]

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        self._prompts.append("\n".join(str(message.content) for message in messages))
        if self._sentence and not self._replies:
            reply = self._few_words if prompts.PHRASE in self._prompts[-1] else self._sentence
        else:
            reply = self._replies.pop(0)

        def stream() -> ChatResponseGen:
            text = ""
            try:
                for word in reply.split(" "):
                    delta = word if not text else f" {word}"
                    text += delta
                    whole = ChatMessage(role=MessageRole.ASSISTANT, content=text)
                    yield ChatResponse(message=whole, delta=delta)
            except GeneratorExit:
                self._closed.append(True)
                raise

        return stream()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)])
        return CompletionResponse(text=reply.message.content or "")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        for part in self.stream_chat([ChatMessage(role=MessageRole.USER, content=prompt)]):
            yield CompletionResponse(text=part.message.content or "", delta=part.delta)


@pytest.fixture
def scripted() -> ScriptedModel:
    return ScriptedModel()
