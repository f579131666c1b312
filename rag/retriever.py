"""The search as a llama-index retriever, for callers who build on llama-index."""

from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index import Library
from index.article import Scope
from rag.finding import PASSAGES, find


class LibraryRetriever(BaseRetriever):
    """Passages of a library, best first, as nodes with their offsets; scores as `rag.finding.find` gives them."""

    def __init__(self, library: Library, scope: Scope | None = None, limit: int = PASSAGES) -> None:
        # An own callback manager keeps llama-index from reading its global Settings.
        super().__init__(callback_manager=CallbackManager())
        self._library = library
        self._scope = scope
        self._limit = limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with self._library.snapshot() as snapshot:
            found = find(query_bundle.query_str, snapshot, self._library.embedder, self._scope, self._limit)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=f"{passage.article.id}:{passage.start}",
                    text=passage.text,
                    start_char_idx=passage.start,
                    end_char_idx=passage.end,
                    metadata={"article": passage.article.id, "title": passage.article.title},
                ),
                score=passage.score,
            )
            for passage in found
        ]
