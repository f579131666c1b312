"""The embedder as llama-index knows one, for callers who build on llama-index."""

from __future__ import annotations

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from index.embedder import Embedder, shared_embedder


class MiniLMEmbedding(BaseEmbedding):
    """Unit vectors of 384 floats; texts over 256 tokens are cut at 256. Safe from several threads."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder | None = None) -> None:
        super().__init__(model_name="all-MiniLM-L6-v2", embed_batch_size=8)
        self._embedder = embedder or shared_embedder()

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in row] for row in self._embedder.embed(texts)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)
