#!/usr/bin/python3
"""Reads what `fovea export` wrote, with Python's own means, into torchvision's network of that name, strictly:

    fovea export --weights RUN -o out.safetensors && /usr/bin/python3 tests/goldens/read_export.py out.safetensors resnet18 [CLASSES]

Without arguments it writes resnet18.state_dict.tsv (key, type, shape of torchvision's state dict), which tests compare an export with."""
import os
import sys

import torch
import torchvision

import safetensors_io

NAMES = {torch.float32: "F32", torch.int64: "I64"}


def check(path, name, classes):
    network = getattr(torchvision.models, name)(weights=None, num_classes=classes)
    tensors = {key: torch.from_numpy(values.copy()) for key, values in safetensors_io.load(path).items()}
    network.load_state_dict(tensors, strict=True)
    for key, value in network.state_dict().items():
        assert torch.equal(value, tensors[key]) and value.dtype == tensors[key].dtype, key
    steps = sorted({int(v) for k, v in tensors.items() if k.endswith("num_batches_tracked")})
    print(f"{path}: {len(tensors)} tensors load strictly into torchvision's {name}" + (f"; training steps seen: {steps}" if steps else ""))


def main():
    if len(sys.argv) > 2:
        check(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1000)
        return
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "resnet18.state_dict.tsv"), "w") as f:
        for key, value in torchvision.models.resnet18().state_dict().items():
            f.write(f"{key}\t{NAMES[value.dtype]}\t{','.join(map(str, value.shape))}\n")


if __name__ == "__main__":
    main()
