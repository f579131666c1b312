"""The trained network as int8 ONNX."""

from __future__ import annotations

from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn


def export(network: nn.Module, path: Path) -> None:
    """Write the network to `path`, about 23 MB.

    Weights are signed, a channel at a time, and use seven bits: on processors without VNNI eight would saturate, and
    the probabilities would hang on the machine.
    """
    network.eval()
    whole = path.with_suffix(".fp32.onnx")
    ids = torch.randint(5, 1_000, (2, 16))
    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "tokens"} for name in (*inputs, "span")} | {"answers": {0: "batch"}}
    torch.onnx.export(
        network,
        (ids, torch.ones_like(ids), torch.ones_like(ids)),
        str(whole),
        input_names=inputs,
        output_names=["span", "answers"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(whole, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    whole.unlink()
