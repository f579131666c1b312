"""What the same parts give when they are put together plainly: llama-index's citation engine over Chroma.

`VectorStoreIndex` and `CitationQueryEngine` with their defaults (chunks of 1,024 tokens, citations of 512,
two chunks a question), Dateline's embedder and model. It writes predictions that `dateline eval` would
write, and prints the same table. Half a minute a question on two cores:

    python -m tests.quality.baseline --corpus corpus.jsonl --questions questions.jsonl \\
        --predictions baseline.jsonl --sample 15 --half report
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import chromadb
import typer
from chromadb.config import Settings
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.llms import LLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import CitationQueryEngine
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters
from llama_index.vector_stores.chroma import ChromaVectorStore

from index.embedding import MiniLMEmbedding
from rag.evaluation import scoreboard
from rag.evaluation.asking import Predictions
from rag.evaluation.question_set import Case, Half, choose, objects
from rag.evaluation.question_set import load as load_questions
from rag.evaluation.scoring import Prediction, verdict
from rag.model.engine import load as load_model

_BATCH = 250  # rows Chroma takes at once without complaint
_KEY = "document"  # llama-index writes its own ids over a "doc_id"
_MARKER = re.compile(r"\s*\[(\d+)\]")
_HEAD = re.compile(r"^Source \d+:\n")
# The engine has no word of its own for a refusal; these are how models put one.
_NOTHING = re.compile(
    r"\b(?:no|not any|none of the|not enough|insufficient) (?:\w+ ){0,3}"
    r"(?:information|sources?|mention|evidence|details?|answer)\b"
    r"|\b(?:do|does|did)(?: not|n't) (?:\w+ ){0,2}"
    r"(?:mention|contain|provide|include|specify|state|say|give|know|have|answer)\b"
    r"|\b(?:is|are|was|were)(?: not|n't) (?:\w+ ){0,2}"
    r"(?:mentioned|specified|provided|included|stated|given|available|found)\b"
    r"|\b(?:can ?not|can't|could not|unable to|impossible to) (?:be )?"
    r"(?:find|found|answer\w*|determin\w+|say|provide)\b"
    r"|^(?:Empty Response)?\W*$",
    re.IGNORECASE,
)


def build(rows: Sequence[dict[str, Any]]) -> VectorStoreIndex:
    """The documents in a Chroma collection in memory, cut as llama-index cuts by default."""
    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    collection = client.get_or_create_collection("baseline", embedding_function=None)
    documents = [
        Document(
            text=str(row.get("text") or ""),
            metadata={_KEY: str(row["doc_id"]), "title": str(row.get("title") or "")},
        )
        for row in rows
    ]
    return VectorStoreIndex(
        SentenceSplitter().get_nodes_from_documents(documents),
        storage_context=StorageContext.from_defaults(
            vector_store=ChromaVectorStore(chroma_collection=collection)
        ),
        embed_model=MiniLMEmbedding(),
        insert_batch_size=_BATCH,
    )


def ask(index: VectorStoreIndex, llm: LLM, question: Case) -> Prediction:
    """One answer; what it cites are the engine's sources that its markers name."""
    began = time.perf_counter()
    engine = CitationQueryEngine.from_args(
        index, llm=llm, retriever=index.as_retriever(filters=_filters(question)), streaming=True
    )
    response = engine.query(question.text)
    text, first = "", None
    for piece in getattr(response, "response_gen", None) or ():
        first = first or time.perf_counter() - began
        text += piece
    sources = response.source_nodes
    marked = [int(marker) for marker in _MARKER.findall(text)]
    cited = [sources[number - 1].node for number in dict.fromkeys(marked) if 0 < number <= len(sources)]
    answer = _MARKER.sub("", text).strip()
    refused = _NOTHING.search(answer.replace("’", "'")) is not None
    return Prediction(
        qid=question.qid,
        answer=answer,
        refused=refused,
        citations=tuple(dict.fromkeys(str(node.metadata[_KEY]) for node in cited)),
        quotes=tuple(_HEAD.sub("", node.get_content()) for node in cited),
        retrieved=tuple(dict.fromkeys(str(source.node.metadata[_KEY]) for source in sources)),
        seconds=time.perf_counter() - began,
        first_token_seconds=first,
    )


def _filters(question: Case) -> MetadataFilters | None:
    wanted = [
        MetadataFilter(key=_KEY, value=sorted(names), operator=operator)
        for names, operator in ((question.only, FilterOperator.IN), (question.exclude, FilterOperator.NIN))
        if names
    ]
    return MetadataFilters(filters=list(wanted)) if wanted else None


def main(
    corpus: Annotated[Path, typer.Option(help="The documents, one JSON object a line.")],
    questions: Annotated[Path, typer.Option(help="The questions, one JSON object a line.")],
    predictions: Annotated[Path, typer.Option(help="Where the answers are kept.")],
    sample: Annotated[int, typer.Option(min=1, help="So many of either kind.")] = 15,
    half: Annotated[Half | None, typer.Option(help="Ask one half of the questions only.")] = None,
    model: Annotated[Path | None, typer.Option(help="Another GGUF file.")] = None,
) -> None:
    """Measure plain llama-index and Chroma on a question set."""
    asked = choose(load_questions(questions), sample, half)
    rows = [row for _, row in objects(corpus)]
    llm = load_model(model)
    kept = Predictions(predictions, f"baseline, {Path(llm.path).name}")
    index = build(rows)
    for number, question in enumerate(asked, 1):
        if question.qid not in kept.held:
            kept.add(ask(index, llm, question))
        typer.echo(f"{number} of {len(asked)}", err=True)
    texts = {str(row["doc_id"]): f"{row.get('title') or ''} {row.get('text') or ''}" for row in rows}
    verdicts = [verdict(question, kept.held[question.qid], texts) for question in asked]
    for line in (*("\t".join(row) for row in scoreboard.table(verdicts)), *scoreboard.summary(verdicts)):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
