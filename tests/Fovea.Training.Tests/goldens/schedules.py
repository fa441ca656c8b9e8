#!/usr/bin/env python3
"""Writes schedules.json beside this script: the learning rate of every step of a run, by PyTorch's schedulers.

Needs torch (1.13 or newer). A run has 12 epochs of 7 steps. The plateau cases come with the losses and accuracies that the epochs end with.
"""
import json
import pathlib
import warnings

import numpy
import torch
from torch.optim import lr_scheduler as lrs

EPOCHS, STEPS, LR = 12, 7, 0.4
LOSSES = [2.3, 2.0, 1.99999, 2.1, 2.05, 1.8, 1.9, 1.85, 1.81, 1.79, 1.799, 1.7]
ACCURACIES = [0.1, 0.3, 0.3, 0.29, 0.25, 0.4, 0.4, 0.40003, 0.39, 0.45, 0.45, 0.5]


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)


def warm(o, epochs):
    n = epochs * STEPS
    return lrs.LinearLR(o, start_factor=1 / n, total_iters=n - 1)


def triangle(step):
    """Jordan 2024 (arXiv 2404.00498), section 3.1: start 0.2, peak 0.23, end 0.07."""
    n = EPOCHS * STEPS
    return float(numpy.interp(step, [0, int(0.23 * n), n], [0.2, 1, 0.07]))


def run(make, per_epoch=False, feed=None):
    o = optimizer()
    scheduler = make(o)
    rates = []
    for epoch in range(EPOCHS):
        for step in range(STEPS):
            rates.append(o.param_groups[0]["lr"])
            o.step()
            if not per_epoch:
                scheduler.step()
        if per_epoch:
            scheduler.step(feed[epoch]) if feed else scheduler.step()
    return rates


def main():
    warnings.simplefilter("ignore")
    cases = [
        dict(sched="constant", options={}, rates=run(lambda o: lrs.ConstantLR(o, factor=1))),
        dict(sched="step", options=dict(stepSize=5, gamma=0.3), rates=run(lambda o: lrs.StepLR(o, 5, 0.3), True)),
        dict(sched="multistep", options=dict(milestones=[3, 4, 9], gamma=0.2), rates=run(lambda o: lrs.MultiStepLR(o, [3, 4, 9], 0.2), True)),
        dict(sched="cosine", options={}, rates=run(lambda o: lrs.CosineAnnealingLR(o, EPOCHS * STEPS))),
        dict(sched="onecycle", options={}, rates=run(lambda o: lrs.OneCycleLR(o, LR, epochs=EPOCHS, steps_per_epoch=STEPS, cycle_momentum=False))),
        dict(sched="triangle", options={}, rates=run(lambda o: lrs.LambdaLR(o, triangle))),
        dict(sched="plateau", options=dict(patience=1, gamma=0.5, monitor="loss"),
             rates=run(lambda o: lrs.ReduceLROnPlateau(o, "min", 0.5, 1), True, LOSSES)),
        dict(sched="plateau", options=dict(patience=0, gamma=0.1, monitor="accuracy"),
             rates=run(lambda o: lrs.ReduceLROnPlateau(o, "max", 0.1, 0), True, ACCURACIES)),
        dict(sched="constant", options=dict(warmupEpochs=2), rates=run(lambda o: warm(o, 2))),
        dict(sched="cosine", options=dict(warmupEpochs=3),
             rates=run(lambda o: lrs.ChainedScheduler([warm(o, 3), lrs.CosineAnnealingLR(o, EPOCHS * STEPS)]))),
        dict(sched="multistep", options=dict(milestones=[2, 6], gamma=0.1, warmupEpochs=4),
             rates=run(lambda o: lrs.ChainedScheduler([warm(o, 4), lrs.MultiStepLR(o, [2 * STEPS, 6 * STEPS], 0.1)]))),
    ]
    result = dict(torch=torch.__version__.split("+")[0], epochs=EPOCHS, steps=STEPS, lr=LR, losses=LOSSES, accuracies=ACCURACIES, cases=cases)
    pathlib.Path(__file__).with_name("schedules.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
