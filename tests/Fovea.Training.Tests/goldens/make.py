#!/usr/bin/env python3
"""Writes optimizers.json beside this script: 20 steps of PyTorch's optimizers on a small tensor with given gradients.

Needs torch (1.13 or newer). The gradients are part of the file, so that nothing depends on a generator of random numbers.
"""
import json
import pathlib

import torch

STEPS, SIZE = 20, 37
KINDS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}
CASES = {
    "sgd plain": ("sgd", dict(lr=0.1)),
    "sgd decay": ("sgd", dict(lr=0.1, weight_decay=0.01)),
    "sgd momentum": ("sgd", dict(lr=0.05, momentum=0.9)),
    "sgd momentum decay": ("sgd", dict(lr=0.05, momentum=0.9, weight_decay=0.0005)),
    "sgd nesterov decay": ("sgd", dict(lr=0.05, momentum=0.8, weight_decay=0.001, nesterov=True)),
    "adam": ("adam", dict(lr=0.001)),
    "adam decay": ("adam", dict(lr=0.01, weight_decay=0.01)),
    "adamw": ("adamw", dict(lr=0.001, weight_decay=0.01)),
    "adamw decay": ("adamw", dict(lr=0.01, weight_decay=0.2)),
    "rmsprop": ("rmsprop", dict(lr=0.01)),
    "rmsprop decay": ("rmsprop", dict(lr=0.005, weight_decay=0.02)),
    "rmsprop momentum": ("rmsprop", dict(lr=0.002, momentum=0.9)),
    "rmsprop momentum decay": ("rmsprop", dict(lr=0.002, momentum=0.8, weight_decay=0.01)),
}


def numbers(tensor):
    # The shortest text that gives the same float32 back is at most 9 digits long.
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def main():
    torch.manual_seed(0)
    start = torch.randn(SIZE)
    gradients = torch.randn(STEPS, SIZE) * torch.logspace(-4, 1, SIZE)
    gradients[:, 3] = 0
    cases = []
    for name, (kind, options) in CASES.items():
        weights = torch.nn.Parameter(start.clone())
        optimizer = KINDS[kind]([weights], **options)
        after = []
        for step in range(STEPS):
            weights.grad = gradients[step].clone()
            optimizer.step()
            if step in (0, STEPS - 1):
                after.append(numbers(weights))
        state = optimizer.state[weights]
        states = {key: numbers(value) for key, value in state.items() if torch.is_tensor(value) and value.numel() == SIZE}
        cases.append(dict(name=name, optimizer=kind, options=options, first=after[0], last=after[1], states=states))
    result = dict(torch=torch.__version__.split("+")[0], start=numbers(start), gradients=[numbers(g) for g in gradients], cases=cases)
    pathlib.Path(__file__).with_name("optimizers.json").write_text(json.dumps(result, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
