"""Train the reader: `python -m rag.reader.train --data FOLDER --start STATE --out FOLDER`, with the extra `[train]`.

The reader is all-MiniLM-L6-v2 as a cross-encoder: question and passage in; out come a start and an end logit for every
token, the first token standing for "none", and one logit for "the passage answers" (the extractive readers of Devlin
et al., 2019, with the answerability logit of Zhang et al., 2021).
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from index import weights
from rag.reader.export import export
from rag.reader.pairs import Pair, everyday, public
from rag.reading import QUESTION_TOKENS, TOKENS

SEED = 1
# Each stage: pairs of the public sets, pairs of the everyday ones, learning rate at its start and at its end.
STAGES = ((18_000, 8_000, 1.2e-4, 5e-5), (2_500, 6_500, 1e-4, 1e-6))
_FROZEN = 2  # lower layers, and the embeddings, that stay as they are: half as fast again, and no worse
_BATCH_TOKENS = 5_120
_WARM_UP = 60  # batches
_SAVED_EVERY = 600.0  # seconds
_IMPOSSIBLE = -1e4
_ANSWERS_SHARE = 2.0  # of the loss: whether it answers matters more than where its words end

Encoded = tuple[
    list[int], int, int, int
]  # tokens, where the passage begins, first and last token of the answer


class Network(nn.Module):
    """The encoder with its two heads."""

    def __init__(self) -> None:
        super().__init__()
        shape = BertConfig(
            vocab_size=30_522,
            hidden_size=384,
            num_hidden_layers=6,
            num_attention_heads=12,
            intermediate_size=1_536,
        )
        self.enc = BertModel(shape, add_pooling_layer=False)
        self.span = nn.Linear(384, 2)
        self.ans = nn.Linear(384, 1)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Start and end logits, shape (batch, tokens, 2), and the answers logit, shape (batch,)."""
        hidden = self.enc(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        return self.span(hidden), self.ans(hidden[:, 0])[:, 0]


def load(path: Path) -> Network:
    """A network with the weights of a safetensors file; heads that the file lacks begin at random."""
    network = Network()
    state = {name: tensor.float() for name, tensor in load_file(path).items()}
    network.load_state_dict(state, strict=False)
    return network


def encoded(pair: Pair, tokenizer: Tokenizer) -> Encoded | None:
    """The pair as tokens, with the answer's first and last one, 0 for none; None where the answer is cut off."""
    question = tokenizer.encode(pair.question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    passage = tokenizer.encode(pair.passage, add_special_tokens=False)
    room, before = TOKENS - len(question) - 3, len(question) + 2
    ids = [101, *question, 102, *passage.ids[:room], 102]
    if pair.start < 0:
        return ids, before, 0, 0
    offsets = passage.offsets[:room]
    held = [place for place, (a, b) in enumerate(offsets) if a < pair.end and pair.start < b]
    if not held or offsets[-1][1] < pair.end:
        return None
    return ids, before, held[0] + before, held[-1] + before


def batches(pairs: Sequence[Encoded], rng: random.Random) -> list[list[Encoded]]:
    """The pairs in batches of like length, at random."""
    left, found = list(pairs), []
    rng.shuffle(left)
    for first in range(0, len(left), 2_048):
        batch: list[Encoded] = []
        for one in sorted(left[first : first + 2_048], key=lambda pair: len(pair[0])):
            if batch and (len(batch) + 1) * len(one[0]) > _BATCH_TOKENS:
                found.append(batch)
                batch = []
            batch.append(one)
        found.append(batch)
    rng.shuffle(found)
    return found


def loss(network: Network, batch: Sequence[Encoded]) -> Tensor:
    """Cross-entropy of start and end, and binary cross-entropy of "answers"."""
    width = max(len(ids) for ids, *_ in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (tokens, before, _, _) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
        types[row, before : len(tokens)] = 1
    first, last = (torch.tensor([pair[place] for pair in batch]) for place in (2, 3))
    span, answers = network(ids, mask, types)
    outside = types == 0
    outside[:, 0] = False
    span = span.masked_fill(outside[:, :, None], _IMPOSSIBLE)
    total = nn.functional.cross_entropy(span[..., 0], first) + nn.functional.cross_entropy(span[..., 1], last)
    said = nn.functional.binary_cross_entropy_with_logits(answers, (first > 0).float())
    return total + _ANSWERS_SHARE * said


def train(
    network: Network, pairs: Sequence[Encoded], rates: tuple[float, float], out: Path, seed: int
) -> None:
    """One pass over the pairs, from the first rate to the second; the state is saved to `out` on the way."""
    network.train()
    for part in (network.enc.embeddings, *network.enc.encoder.layer[:_FROZEN]):
        part.requires_grad_(False)
    moved = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(moved, weight_decay=0.01)
    found = batches(pairs, random.Random(seed))
    saved = began = time.monotonic()
    for number, batch in enumerate(found):
        warm = min(1.0, (number + 1) / _WARM_UP)
        rate = warm * (rates[0] + (rates[1] - rates[0]) * number / len(found))
        for group in optimizer.param_groups:
            group["lr"] = rate
        value = loss(network, batch)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        nn.utils.clip_grad_norm_(moved, 1.0)
        optimizer.step()
        if number % 20 == 0:
            minutes = (time.monotonic() - began) / 60
            print(f"{number} of {len(found)}, loss {value.item():.2f}, {minutes:.1f} min", flush=True)
        if number == len(found) - 1 or time.monotonic() - saved > _SAVED_EVERY:
            save_file(
                {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}, out
            )
            saved = time.monotonic()


def stages(
    data: Path, tokenizer: Tokenizer, seed: int
) -> Iterator[tuple[list[Encoded], tuple[float, float]]]:
    """The pairs of each stage, drawn anew, and its rates."""
    rng = random.Random(seed)
    for many, plain, *rates in STAGES:
        drawn = []
        for made, most in ((list(public(data, rng)), many), (list(everyday(data / "plain", rng)), plain)):
            rng.shuffle(made)
            drawn += made[:most]
        yield [one for pair in drawn if (one := encoded(pair, tokenizer))], (rates[0], rates[1])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Train the reader and export it.")
    parser.add_argument("--data", type=Path, required=True, help="the folder of training sets")
    parser.add_argument("--start", type=Path, required=True, help="a state to start from, safetensors")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the states and reader.onnx")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(chosen.seed)
    tokenizer = Tokenizer.from_file(str(weights.ensure("tokenizer")))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    network = load(chosen.start)
    for number, (pairs, rates) in enumerate(stages(chosen.data, tokenizer, chosen.seed), 1):
        print(f"stage {number}: {len(pairs)} pairs, seed {chosen.seed}", flush=True)
        train(network, pairs, rates, chosen.out / f"stage{number}.safetensors", chosen.seed)
    export(network, chosen.out / "reader.onnx")


if __name__ == "__main__":
    main()
