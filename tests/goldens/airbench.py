#!/usr/bin/env python3
"""Writes airbench94.json beside this script: what PyTorch makes of airbench94 and its way of training (Jordan 2024, arXiv 2404.00498), written down from the paper.

`whitening`: the filters of section 3.2 from the first IMAGES images of formula.py, in float64; of each eigenvector the sign in which its largest component is positive.

`steps`: STEPS updates in float64 from formula.py's weights and images: Nesterov momentum, the summands of normalisations with a rate of their own, label smoothing, the
triangular schedule, lookahead with its moving statistics, the bias of the first layer frozen after FROZEN of them. `losses` by step, and by key the L2 norm and the projection
(formula.py) of what is evaluated at the end: the slow weights. The weights of trained parameters are numbered in the order of KEYS; normalisations begin with factors of one,
summands of zero, and statistics of zero and one.

Conditioning: LR is chosen such that float32 stays within 1e-5 of float64 in every loss, and within 1e-4 in every norm and projection, relative to the norm.
"""
import json
import math
import pathlib

import numpy as np
import torch
from torch import nn

import formula

# As a checkpoint has them: float32. Eigenvectors multiply their rounding with the largest eigenvalue over the smallest gap.
MEAN, STD, SCALE = np.float32([0.4914, 0.4822, 0.4465]), np.float32([0.2470, 0.2435, 0.2616]), np.float32(1 / 255)
STEPS, BATCH, FROZEN, EVERY, IMAGES = 20, 8, 12, 5, 64
LR, MOMENTUM, DECAY, NORM_BIAS, SMOOTHING = 0.002, 0.85, 0.0153 / 11.5, 64.0, 0.2


class Block(nn.Module):
    def __init__(self, ic, oc):
        super().__init__()
        norm = lambda: nn.BatchNorm2d(oc, eps=1e-12, momentum=0.4)
        self.conv1, self.norm1 = nn.Conv2d(ic, oc, 3, padding=1, bias=False), norm()
        self.conv2, self.norm2 = nn.Conv2d(oc, oc, 3, padding=1, bias=False), norm()

    def forward(self, x):
        x = nn.functional.gelu(self.norm1(nn.functional.max_pool2d(self.conv1(x), 2)))
        return nn.functional.gelu(self.norm2(self.conv2(x)))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.block1, self.block2, self.block3 = Block(24, 64), Block(64, 256), Block(256, 256)
        self.head = nn.Linear(256, 10, bias=False)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(nn.functional.gelu(self.whiten(x)))))
        return self.head(torch.flatten(nn.functional.max_pool2d(x, 3), 1)) / 9


def images(first, count, dtype):
    pixels = torch.from_numpy(formula.images(first, count, 10, 32, 32, 3)).permute(0, 3, 1, 2).to(dtype)
    view = lambda values: torch.from_numpy(values).to(dtype).view(1, -1, 1, 1)
    return (pixels * float(SCALE) - view(MEAN)) / view(STD), torch.from_numpy(formula.labels(first, count, 10))


def whitening():
    x, _ = images(0, IMAGES, torch.float64)
    patches = nn.functional.unfold(x, 2).permute(0, 2, 1).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = (vectors / torch.sqrt(values + 5e-4)).T.flip(0)
    signs = torch.sign(torch.gather(filters, 1, filters.abs().argmax(1, keepdim=True)))
    return filters * signs


def rate(step):
    return LR * float(np.interp(step, [0, int(0.23 * STEPS), STEPS], [0.2, 1.0, 0.07]))


def train(dtype):
    net = Network().to(dtype).train()
    keys = [k for k, v in net.named_parameters() if "norm" not in k]
    with torch.no_grad():
        for p, key in enumerate(keys):
            value = net.get_parameter(key)
            value.copy_(torch.from_numpy(formula.parameter(p, tuple(value.shape))))
    norms = [v for k, v in net.named_parameters() if "norm" in k and k.endswith("bias")]
    others = [net.get_parameter(k) for k in keys if k != "whiten.weight"]
    optimizer = torch.optim.SGD([dict(params=norms, weight_decay=DECAY / NORM_BIAS), dict(params=others, weight_decay=DECAY)], lr=1.0, momentum=MOMENTUM, nesterov=True)
    fixed = {"whiten.weight"} | {k for k, v in net.named_parameters() if "norm" in k and k.endswith("weight")}
    state = {k: v for k, v in net.state_dict().items() if k not in fixed and v.dtype == dtype}
    slow = {k: v.clone() for k, v in state.items()}
    losses = []
    for step in range(STEPS):
        if step == FROZEN:
            net.whiten.bias.requires_grad = False
            slow.pop("whiten.bias")
        x, labels = images(step * BATCH, BATCH, dtype)
        loss = nn.functional.cross_entropy(net(x), labels, label_smoothing=SMOOTHING)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for group, factor in zip(optimizer.param_groups, (NORM_BIAS, 1.0)):
            group["lr"] = rate(step) * factor
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            decay = 0.95 ** EVERY * ((step + 1) / STEPS) ** 3
            with torch.no_grad():
                for key, average in slow.items():
                    average.lerp_(state[key], 1 - decay)
                    state[key].copy_(average)
    values = {k: v.detach().double().numpy() for k, v in state.items()}
    values.update({k: v.detach().double().numpy() for k, v in slow.items()})
    return keys, losses, {k: (float(np.sqrt((v * v).sum())), formula.projection(p, v)) for p, (k, v) in enumerate(values.items())}


def digits(values):
    return [float(f"{v:.9g}") for v in values]


def main():
    torch.set_num_threads(1)
    keys, losses, after = train(torch.float64)
    _, single, single_after = train(torch.float32)
    error = max(abs(a - b) / b for a, b in zip(single, losses))
    far = max(abs(x - y) / max(after[k][0], 1e-6) for k in after for x, y in zip(single_after[k], after[k]))
    print("losses", digits(losses), "float32 within", error, "norms and projections within", far)
    assert error < 1e-5 and far < 1e-4
    result = dict(
        torch=torch.__version__.split("+")[0], images=IMAGES, whitening=[digits(row) for row in whitening().tolist()], steps=STEPS, batch=BATCH, frozen=FROZEN, every=EVERY,
        lr=LR, momentum=MOMENTUM, decay=DECAY, normBias=NORM_BIAS, smoothing=SMOOTHING, keys=keys, losses=digits(losses),
        norms={k: digits(v)[0] for k, v in after.items()}, projections={k: digits(v)[1] for k, v in after.items()},
        conditioning=[float(f"{error:.3g}"), float(f"{far:.3g}")])
    pathlib.Path(__file__).with_name("airbench94.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
