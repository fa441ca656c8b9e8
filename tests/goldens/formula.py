"""Weights, images and labels that both sides compute from a formula, so that no weight file has to be stored.

    mix(p, i)  = fmix32(i * 0x9E3779B1 + p * 0x85EBCA77 + 0x165667B1)      all uint32; fmix32 is MurmurHash3's finaliser
    unit(p, i) = mix(p, i) / 2^32 - 0.5                                    in double
    element i of parameter p (in the network's order): unit(p, i) * 2 * bound, in double, rounded once to float32;
        bound = sqrt(6 / fanIn) for weights, fanIn = the product of all dimensions but the first; 0.05 for biases;
        the bound of weights with a row per class is multiplied by the network's headScale
    the factor of a batch normalisation: 1 + unit(p, i) * 0.2; its summand is a bias, in training plus the network's normShift, and plus (even i) or minus (odd i) its normSpread. Running statistics are numbered by themselves, in the
        network's order: number b is unit(30000 + b, i) * 0.2 for a mean and 1 + unit(30000 + b, i) for a variance
    direction of parameter p for projecting its gradient: unit(40000 + p, i) for its first 2^18 elements
    label of sample n: mix(5000, n) % classes
    byte of sample n at (y, x, c) of H x W x C: (mix(10000 + n, (y * W + x) * C + c) & 127) + (mix(6000 + label, cell) & 127),
        cell = ((y * 4 / H) * 4 + x * 4 / W) * C + c, integer division: noise over a coarse pattern of the class
"""
import math

import numpy as np


def mix(p, i):
    """p a number, i an array of uint32."""
    h = i.astype(np.uint32) * np.uint32(0x9E3779B1) + np.uint32((p * 0x85EBCA77 + 0x165667B1) & 0xFFFFFFFF)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return h


def parameter(p, shape, scale=1.0):
    """Parameter number p as float32."""
    bound = 0.05 if len(shape) == 1 else math.sqrt(6.0 / math.prod(shape[1:])) * scale
    count = math.prod(shape)
    values = np.empty(count, np.float32)
    piece = 1 << 22
    for start in range(0, count, piece):
        i = np.arange(start, min(count, start + piece), dtype=np.uint32)
        values[start:start + len(i)] = (mix(p, i) / 4294967296.0 - 0.5) * 2.0 * bound
    return values.reshape(shape)


PROJECTED = 1 << 18


def unit(p, count):
    return mix(p, np.arange(count, dtype=np.uint32)) / 4294967296.0 - 0.5


def norm_scale(p, count):
    return (1 + unit(p, count) * 0.2).astype(np.float32)


def norm_shifts(count, shift, spread):
    return np.where(np.arange(count) % 2 == 0, shift + spread, shift - spread).astype(np.float32)


def running(b, count, is_variance):
    values = unit(30000 + b, count)
    return (1 + values if is_variance else values * 0.2).astype(np.float32)


def projection(p, values):
    """Scalar product of the first elements with a direction of the parameter's own."""
    first = values.reshape(-1)[:PROJECTED]
    return float(np.dot(first, unit(40000 + p, len(first))))


def labels(first, count, classes):
    return (mix(5000, np.arange(first, first + count)) % np.uint32(classes)).astype(np.int64)


def images(first, count, classes, height, width, channels):
    """u8 NHWC."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    cell = ((y * 4 // height) * 4 + x * 4 // width) * channels + c
    place = (y * width + x) * channels + c
    batch = [(mix(10000 + first + k, place) & 127) + (mix(6000 + int(label), cell) & 127)
             for k, label in enumerate(labels(first, count, classes))]
    return np.stack(batch).astype(np.uint8)
