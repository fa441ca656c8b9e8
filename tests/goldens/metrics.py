"""Writes metrics.json: figures of an evaluation by NumPy's formulas in float64, for tests/Fovea.Training.Tests.

Calibration error: Guo et al. 2017, equation 3, 15 bins. Temperature: the root of the derivative of the mean cross entropy, by bisection over 1/T.
Bootstrap: the draws that Fovea makes, by Philox written anew here, and numpy.percentile. Wilson's interval: the roots of the quadratic (p - x)^2 = z^2 x (1 - x) / n by numpy.roots. McNemar: exact, with Python's integers.
Per class: precision, recall, F1 as scikit-learn defines them, 0 where a denominator is 0.
"""
import json
import math
import os
from fractions import Fraction

import numpy as np

rng = np.random.default_rng(5)
N, C = 400, 7
labels = rng.integers(0, C, N)
# Signal on the true class, then sharpened: a network that is right often and too sure of itself. Class 6 is never predicted.
logits = rng.normal(0, 1, (N, C))
logits[np.arange(N), labels] += 1.6
logits = (logits * 2.5).astype(np.float32)
logits[:, 6] = np.minimum(logits[:, 6], logits[:, :6].max(1) - np.float32(0.25))
logits64 = logits.astype(np.float64)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def nll(z):
    m = z.max(1)
    return float(np.mean(m + np.log(np.exp(z - m[:, None]).sum(1)) - z[np.arange(N), labels]))


def ece(p, bins=15):
    confidence, right = p.max(1), (p.argmax(1) == labels).astype(float)
    total = 0.0
    for k in range(bins):
        inside = (confidence > k / bins) & (confidence <= (k + 1) / bins)
        if inside.any():
            total += abs(right[inside].mean() - confidence[inside].mean()) * inside.sum()
    return float(total / N)


def slope(inverse):
    p = softmax(logits64 * inverse)
    return float(((p * logits64).sum(1) - logits64[np.arange(N), labels]).sum())


low, high = 0.01, 100.0
for _ in range(200):
    middle = (low * high) ** 0.5
    low, high = (middle, high) if slope(middle) < 0 else (low, middle)
temperature = 1 / low

said = logits64.argmax(1)
per_class = []
for c in range(C):
    hit, called, support = int(((said == c) & (labels == c)).sum()), int((said == c).sum()), int((labels == c).sum())
    precision, recall = hit / called if called else 0.0, hit / support if support else 0.0
    per_class.append([precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0, support])


def wilson(hits, n, z=1.959963984540054):
    p = hits / n
    # (p - x)^2 = z^2 x (1 - x) / n
    return sorted(np.roots([1 + z * z / n, -(2 * p + z * z / n), p * p]).real.tolist())


def mcnemar(b, c):
    n = b + c
    tail = sum(Fraction(math.comb(n, k), 2 ** n) for k in range(min(b, c) + 1))
    return float(min(Fraction(1), 2 * tail))


def philox(seed, stream, a, b, blocks):
    """Philox4x32-10 (Salmon et al. 2011) as words of consecutive blocks: counter (block, 0, a, b), key seed ^ stream * 0x9E3779B97F4A7C15."""
    mask = np.uint64(0xFFFFFFFF)
    key = (seed ^ (stream * 0x9E3779B97F4A7C15)) & (2**64 - 1)
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    c = [np.arange(blocks, dtype=np.uint64)] + [np.full(blocks, v, np.uint64) for v in (0, a, b)]
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), p1 & mask, (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, 1).ravel()


# Known answers of the generator's authors: counter 0 under key 0.
assert philox(0, 0, 0, 0, 1).tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def macro_f1(truth, answers):
    f1 = [2 * ((truth == c) & (answers == c)).sum() / ((truth == c).sum() + (answers == c).sum()) for c in range(C) if (truth == c).any()]
    return float(np.mean(f1))


def bootstrap(images, resamples=10000):
    """Percentile intervals of accuracy and mean F1 of the first images: set b is drawn by stream 7 at (0, b)."""
    truth, answers, accuracy, f1 = labels[:images], said[:images], [], []
    for b in range(resamples):
        drawn = ((philox(0, 7, 0, b, (images + 3) // 4)[:images] * np.uint64(images)) >> np.uint64(32)).astype(int)
        accuracy.append((truth[drawn] == answers[drawn]).mean())
        f1.append(macro_f1(truth[drawn], answers[drawn]))
    return [images, *np.percentile(accuracy, [2.5, 97.5]).tolist(), *np.percentile(f1, [2.5, 97.5]).tolist()]


# Two looks whose probabilities are averaged.
second = (logits64[:, ::-1] * 0.5 + logits64 * 0.5).astype(np.float32)
mean = (softmax(logits64) + softmax(second.astype(np.float64))) / 2

json.dump(
    {
        "classes": C,
        "labels": labels.tolist(),
        "logits": [float(x) for x in logits.ravel()],
        "second": [float(x) for x in second.ravel()],
        "loss": nll(logits64),
        "top1": float((said == labels).mean()),
        "top5": float((np.argsort(-logits64, 1, kind="stable")[:, :5] == labels[:, None]).any(1).mean()),
        "ece": ece(softmax(logits64)),
        "temperature": temperature,
        "eceAtTemperature": ece(softmax(logits64 / temperature)),
        "perClass": per_class,
        "mean": {
            "loss": float(-np.log(mean[np.arange(N), labels]).mean()),
            "top1": float((mean.argmax(1) == labels).mean()),
            "top5": float((np.argsort(-mean, 1, kind="stable")[:, :5] == labels[:, None]).any(1).mean()),
            "ece": ece(mean),
        },
        # 399: the last block of words is not used up.
        "bootstrap": [bootstrap(399), bootstrap(30)],
        "wilson": [[h, n, *wilson(h, n)] for h, n in [(0, 10), (10, 10), (1, 1), (7, 10), (9013, 10000), (468, 602), (1, 50000)]],
        "mcnemar": [[b, c, mcnemar(b, c)] for b, c in [(0, 0), (5, 5), (0, 1), (1, 8), (10, 25), (270, 410), (3000, 3200), (0, 60)]],
    },
    open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics.json"), "w"),
    separators=(",", ":"))
