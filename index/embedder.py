"""all-MiniLM-L6-v2 on onnxruntime: texts in, unit vectors of 384 out."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Before the first import of the library that it silences.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from tokenizers import Tokenizer

from index import weights

DIMENSIONS = 384
MAX_TOKENS = 256  # the publisher's own limit; its tokenizer file says 128
_BATCH_TOKENS = 256  # run at once, padding included; more takes memory and is no faster on two cores


class Embedder:
    """Unit vectors of 384 floats; texts over 256 tokens are cut at 256. Safe from several threads."""

    def __init__(self, model: Path | None = None, tokenizer: Path | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(2, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        # Spinning threads starve the answering model, which shares the same two cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            str(model or weights.ensure("embedder")), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer or weights.ensure("tokenizer")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 384), in the order of `texts`."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        encodings = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        by_length = sorted(range(len(texts)), key=lambda i: len(encodings[i]))
        while by_length:
            # The longest ones first: the memory they take serves all that follow.
            rows = by_length[-max(1, _BATCH_TOKENS // len(encodings[by_length[-1]])) :]
            del by_length[-len(rows) :]
            vectors[rows] = self._run([encodings[row] for row in rows])
        return vectors

    def token_count(self, text: str) -> int:
        """Tokens of `text` as the model would be given them, at most 256."""
        return len(self._tokenizer.encode(text).ids)

    def knows(self, word: str) -> bool:
        """True when the word is one of the 30,000 or so, mostly English, that are a token of their own."""
        return self._tokenizer.token_to_id(self._tokenizer.normalizer.normalize_str(word)) is not None

    def _run(self, batch: list[list[int]]) -> NDArray[np.float32]:
        width = max(len(ids) for ids in batch)
        ids = np.zeros((len(batch), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, feeds)[0]
        # Mean over the real tokens, then unit length: the pooling the publisher trained with.
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: NDArray[np.float32] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit.astype(np.float32)


_lock = threading.Lock()
_shared: Embedder | None = None


def shared_embedder() -> Embedder:
    """The process's one embedder, loaded at first use."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = Embedder()
        return _shared
