#!/usr/bin/env python3
"""Writes updates.json beside this script: a small network trained by PyTorch with gradients clipped by their global norm, accumulated over
micro-batches, weight decay on weights alone, and an exponential moving average of the weights.

Needs torch (1.13 or newer). Everything is float64 there, so that the difference is the rounding of the one who is tested. The network is
flatten, linear 12 -> 6, ReLU, linear 6 -> 3 on 1x3x4 pixels of bytes, normalised as (x / 255 - 0.5) / 0.5.
"""
import json
import pathlib

import torch

GROUP, GROUPS = [4, 4, 2], 6
LR, MOMENTUM, DECAY, EMA = 0.5, 0.9, 0.05, 0.8


def network(generator):
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64).mul(0.5).float().double()
    net = torch.nn.Sequential(torch.nn.Linear(12, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3)).double()
    for p in net.parameters():
        p.data = draw(*p.shape)
    return net


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def train(pixels, labels, clip, accumulate):
    net = network(torch.Generator().manual_seed(1))
    start = {k: numbers(v) for k, v in net.state_dict().items()}
    groups = [dict(params=[p for k, p in net.named_parameters() if k.endswith("weight")], weight_decay=DECAY),
              dict(params=[p for k, p in net.named_parameters() if k.endswith("bias")], weight_decay=0.0)]
    optimizer = torch.optim.SGD(groups, lr=LR, momentum=MOMENTUM)
    average = torch.optim.swa_utils.AveragedModel(net, avg_fn=lambda avg, w, n: EMA * avg + (1 - EMA) * w)
    norms, at = [], 0
    for batch in range(GROUPS):
        sizes = GROUP if accumulate else [sum(GROUP)]
        optimizer.zero_grad()
        for size in sizes:
            x = (pixels[at:at + size].double() / 255 - 0.5) / 0.5
            # The mean over the images of the whole group, whatever the micro-batches' sizes.
            loss = torch.nn.functional.cross_entropy(net(x), labels[at:at + size]) * size / sum(sizes)
            loss.backward()
            at += size
        if clip:
            norms.append(float(torch.nn.utils.clip_grad_norm_(net.parameters(), clip)))
        optimizer.step()
        average.update_parameters(net)
    return dict(clip=clip, accumulate=accumulate, norms=norms, start=start,
                last={k: numbers(v) for k, v in net.state_dict().items()},
                ema={k: numbers(v) for k, v in average.module.state_dict().items()})


def main():
    generator = torch.Generator().manual_seed(0)
    count = sum(GROUP) * GROUPS
    pixels = torch.randint(0, 256, (count, 12), generator=generator)
    labels = torch.randint(0, 3, (count,), generator=generator)
    cases = [train(pixels, labels, clip, accumulate) for clip in (None, 0.7) for accumulate in (False, True)]
    result = dict(torch=torch.__version__.split("+")[0], group=GROUP, lr=LR, momentum=MOMENTUM, decay=DECAY, emaDecay=EMA,
                  pixels=pixels.flatten().tolist(), labels=labels.tolist(), cases=cases)
    pathlib.Path(__file__).with_name("updates.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
