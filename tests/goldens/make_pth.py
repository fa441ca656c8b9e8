"""Writes pth/*: small state dicts as torch.save writes them, in both formats, for tests/Fovea.Formats.Tests; pth/expected.safetensors has their values.

Run with torch 1.13: python3 make_pth.py. The files' bytes depend on torch's version; what they hold does not.
"""
import collections
import os

import numpy as np
import torch

import safetensors_io

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pth")


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 8 - 1
    shared = torch.arange(10, dtype=torch.float32) * 0.1
    return collections.OrderedDict([
        ("conv.weight", base),
        ("conv.bias", torch.tensor([1.5, -0.0])),
        ("transposed", base.permute(2, 0, 1)),
        ("strided", base[:, 1:, ::2]),
        ("expanded", torch.tensor([[1.0], [2.0]]).expand(2, 3)),
        ("shared.head", shared[:4]),
        ("shared.tail", shared[4:]),
        ("double", torch.tensor([0.1, -1.0 / 3.0], dtype=torch.float64)),
        ("double.view", torch.arange(6, dtype=torch.float64).reshape(2, 3).t()),
        ("half", torch.tensor([0.333251953125, 65504.0], dtype=torch.float16)),
        ("bfloat16", torch.tensor([1.0, -2.5, 3.3895313892515355e38], dtype=torch.bfloat16)),
        ("scalar", torch.tensor(42.0)),
        ("empty", torch.zeros(0, 3)),
        ("bn.num_batches_tracked", torch.tensor(123456789012, dtype=torch.int64)),
        ("parameter", torch.nn.Parameter(torch.tensor([[0.25, 0.5]]))),
    ])


class OnCuda:
    """Names every storage's place as cuda:0, which is all that a tensor saved from there differs in."""

    def __enter__(self):
        self.original = torch.serialization.location_tag
        torch.serialization.location_tag = lambda storage: "cuda:0"

    def __exit__(self, *_):
        torch.serialization.location_tag = self.original


def save(name, value, **options):
    torch.save(value, os.path.join(FOLDER, name), **options)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    values = tensors()
    values._metadata = collections.OrderedDict([("", {"version": 1})])
    legacy = {"_use_new_zipfile_serialization": False}
    save("zip.pth", values)
    save("legacy.pth", values, **legacy)
    save("protocol4.pth", dict(values), pickle_protocol=4)
    parallel = collections.OrderedDict(("module." + key, value) for key, value in values.items())
    with OnCuda():
        save("wrapped-zip.pth", {"epoch": 7, "best": 0.5, "state_dict": parallel, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}})
        save("wrapped-legacy.pth", {"epoch": 7, "model_state_dict": parallel, "none": None, "long": 2 ** 70}, **legacy)
    save("nan.pth", {"w": torch.tensor([1.0, float("nan"), float("inf")])})
    net = torch.nn.Sequential(torch.nn.Linear(2, 2))
    save("module-zip.pth", net)
    # The values with which a converted file must agree, in the file's order.
    expected = {key: value.detach().to(torch.float32).contiguous().numpy() for key, value in values.items() if value.dtype != torch.int64}
    expected["bn.num_batches_tracked"] = np.array(values["bn.num_batches_tracked"].item(), np.int64)
    safetensors_io.save(os.path.join(FOLDER, "expected.safetensors"), {key: expected[key] for key in values})


if __name__ == "__main__":
    main()
