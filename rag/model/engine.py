"""The answering model on llama.cpp, as a llama-index LLM: one copy a process, callers wait their turn."""

from __future__ import annotations

import math
import os
import queue
import re
import secrets
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms import LLM
from llama_index.core.llms.custom import CustomLLM

from index import weights
from index.errors import ModelError, WeightsError

Model = LLM  # any model of llama-index's
Message = tuple[str, str]  # role, "system" or "user", and text
CONTEXT_TOKENS = 4096
_ALTERNATIVES = 12  # tokens of which the probability is asked: "yes", "Yes" and " yes" are three
_ENGINE_ERRORS = (RuntimeError, ValueError, OSError)
_SPECIAL = re.compile(
    r"<(?=[|\uff5c]|/?(?:s|bos|eos|unk|pad|start_of_turn|end_of_turn|think|tool_call|tool_response)>|<SYS>)"
    r"|(?<=[|\uff5c])>|\[(?=/?[A-Z_]{4,}\])",
    re.I,
)


def plain(text: str) -> str:
    """`text` with a chat template's special tokens broken up, so that the engine reads them as words."""
    return _SPECIAL.sub(lambda match: f"{match.group()} " if match.group() != ">" else " >", text)


@dataclass(frozen=True, slots=True)
class Piece:
    """A few letters of a reply and the log-probabilities of the tokens they came from, where known."""

    text: str
    log_probabilities: tuple[float, ...] = ()


class LlamaCppModel(CustomLLM):
    """A GGUF file on xllamacpp. Greedy: the same prompt gives the same words. Safe from several threads."""

    path: str
    _server: Any = PrivateAttr()
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))
        self._server = _open_server(path)

    @classmethod
    def class_name(cls) -> str:
        """The name llama-index stores for this class."""
        return "LlamaCppModel"

    @property
    def metadata(self) -> LLMMetadata:
        """Window, output length and name, as llama-index asks for them."""
        return LLMMetadata(context_window=CONTEXT_TOKENS, num_output=256, model_name=Path(self.path).name)

    def write(self, messages: Sequence[ChatMessage], max_tokens: int = 160) -> Generator[Piece]:
        """The reply piece by piece; closing the generator stops the model at its next token."""
        pieces: queue.SimpleQueue[Piece | Exception | None] = queue.SimpleQueue()
        body = self._body(messages, max_tokens) | {"stream": True, "logprobs": True, "top_logprobs": 1}
        stop = threading.Event()

        def receive(event: dict[str, Any] | list[dict[str, Any]]) -> bool:
            for part in event if isinstance(event, list) else [event]:
                if "error" in part:
                    pieces.put(ModelError(_error_text(part)))
                for choice in part.get("choices", ()):
                    if text := choice.get("delta", {}).get("content"):
                        tokens = (choice.get("logprobs") or {}).get("content") or ()
                        pieces.put(Piece(text, tuple(token["logprob"] for token in tokens)))
            return stop.is_set()

        def run() -> None:
            try:
                self._server.handle_chat_completions(body, receive)
            except _ENGINE_ERRORS as error:
                pieces.put(_stopped(error))
            finally:
                pieces.put(None)

        with self._turn:
            worker = threading.Thread(target=run, daemon=True)
            worker.start()
            try:
                while (piece := pieces.get()) is not None:
                    if isinstance(piece, Exception):
                        raise piece
                    yield piece
            finally:
                # The next caller's turn begins only when the engine has really let go.
                stop.set()
                worker.join()

    def first_words(self, messages: Sequence[ChatMessage]) -> dict[str, float]:
        """What a reply may begin with and how probable it is, in lower case."""
        body = self._body(messages, 1) | {"logprobs": True, "top_logprobs": _ALTERNATIVES}
        try:
            with self._turn:
                reply = self._server.handle_chat_completions(body)
        except _ENGINE_ERRORS as error:
            raise _stopped(error) from error
        if "error" in reply:
            raise ModelError(_error_text(reply))
        found: dict[str, float] = {}
        for token in reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]:
            word = token["token"].strip().lower()
            found[word] = found.get(word, 0.0) + math.exp(token["logprob"])
        return found

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """llama-index's blocking form."""
        messages = [ChatMessage(role=MessageRole.USER, content=prompt)]
        return CompletionResponse(
            text="".join(piece.text for piece in self.write(messages, **_length(kwargs)))
        )

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """llama-index's streaming form."""
        text = ""
        for piece in self.write([ChatMessage(role=MessageRole.USER, content=prompt)], **_length(kwargs)):
            text += piece.text
            yield CompletionResponse(text=text, delta=piece.text)

    def _body(self, messages: Sequence[ChatMessage], max_tokens: int) -> dict[str, Any]:
        turns = [{"role": message.role.value, "content": message.content} for message in messages]
        return {"messages": turns, "max_tokens": max_tokens, "temperature": 0.0, "cache_prompt": True}


def _length(kwargs: dict[str, Any]) -> dict[str, int]:
    return {"max_tokens": kwargs["max_tokens"]} if "max_tokens" in kwargs else {}


def _open_server(path: Path) -> Any:
    # Passive waiting has to be set before llama.cpp loads OpenMP, or two busy cores slow it to a crawl.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp  # half a second, and only an answer needs it

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    threads = min(8, os.cpu_count() or 2)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = 256  # its default of 8 GiB outgrows a small machine
    params.api_keys = [secrets.token_hex(16)]  # it opens a loopback port for anyone who knows the key: nobody
    params.verbosity = -1
    params.ui = False
    params.warmup = False
    try:
        return xllamacpp.Server(params)
    except Exception as error:
        raise ModelError(
            f"{path} could not be loaded as a model: {error}. Name another GGUF file."
        ) from error


def _stopped(error: Exception) -> ModelError:
    return ModelError(f"The model stopped with: {error}. Ask again.")


def _error_text(reply: dict[str, Any]) -> str:
    error = reply["error"]
    reason = error.get("message", error) if isinstance(error, dict) else error
    return f"The model could not answer: {reason}. Ask a shorter question."


@lru_cache(maxsize=2)
def _load(path: Path, _stamp: tuple[int, int]) -> LlamaCppModel:
    return LlamaCppModel(path)


_loading = threading.Lock()
_RETRY_SECONDS = 60.0  # asking every source again takes seconds, which each question would wait
_failed: tuple[float, WeightsError] | None = None


def load(path: Path | None = None, progress: Callable[[str, int, int], None] | None = None) -> LlamaCppModel:
    """The process's copy of a GGUF file, by default the answering model of the weights table."""
    found = path or _answering(progress)
    if not found.is_file():
        raise ModelError(f"There is no model file at {found}. Name a GGUF file, or leave --model out.")
    with _loading:
        stat = found.stat()
        return _load(found.resolve(), (stat.st_size, stat.st_mtime_ns))


def _answering(progress: Callable[[str, int, int], None] | None) -> Path:
    global _failed
    if _failed is not None and time.monotonic() - _failed[0] < _RETRY_SECONDS:
        raise _failed[1]
    try:
        return weights.ensure("answering", progress)
    except WeightsError as error:
        _failed = (time.monotonic(), error)
        raise


def reply(model: Model, messages: Sequence[Message], max_tokens: int) -> Generator[Piece]:
    """The reply piece by piece from any llama-index model."""
    chat = _chat(messages)
    if isinstance(model, LlamaCppModel):
        yield from model.write(chat, max_tokens)
        return
    try:
        # Other models know no limit of ours, but write a token or more at a time.
        for response in islice(model.stream_chat(chat), max_tokens):
            yield Piece(response.delta or "")
    except Exception as error:
        raise ModelError(f"The model {model.metadata.model_name} failed: {error}. Is it running?") from error


def first_words(model: Model, messages: Sequence[Message]) -> dict[str, float]:
    """What the reply begins with and how probable that is; 0.5 from a model that doesn't tell."""
    if isinstance(model, LlamaCppModel):
        return model.first_words(_chat(messages))
    said = "".join(piece.text for piece in reply(model, messages, 1)).split()
    return {said[0].strip(".,").lower(): 0.5} if said else {}


def _chat(messages: Sequence[Message]) -> list[ChatMessage]:
    return [ChatMessage(role=MessageRole(role), content=text) for role, text in messages]
