#!/usr/bin/python3
"""Writes predict.json: logits of a whole prediction (picture, resize, crop, normalisation, forward pass) by torchvision's transforms, Pillow and PyTorch.

The network is squeezenet1_0 with the weights of formula.py; once with torchvision's preprocessing and once as its authors' Caffe model has it (blue,
green, red on 0 to 255 less 104, 117, 123; squashed to 256x256 bicubically, centre 227x227; last convolution padded by one). Picture n's byte at
(y, x, c) is (((3 + n) * x + (5 + 2 * n) * y + 40 * c) ^ (x * y >> 5)) & 255. `logits` are the first 32 in float64, `norm` is that of all of them, `top`
the five largest in order, `gap` the least distance between one of the largest six and the next, relative to the largest; `float32Error` is what
PyTorch's float32 errs by, relative to the largest."""
import json
import os

import numpy as np
import torch
from PIL import Image
from torchvision import transforms

import formula
import networks
from torch_networks import build

SIZES = [(500, 375), (257, 611), (333, 200)]


def picture(n, width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return Image.fromarray(((((3 + n) * x + (5 + 2 * n) * y + 40 * c) ^ (x * y >> 5)) & 255).astype(np.uint8))


def torchvision_input(image):
    prepare = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])
    pixels = torch.from_numpy(np.asarray(prepare(image)).copy()).permute(2, 0, 1).double()
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in networks.RGB)
    return (pixels / 255 - mean) / std


def caffe_input(image):
    squashed = image.resize((256, 256), Image.BICUBIC)
    pixels = np.asarray(transforms.CenterCrop(227)(squashed))[:, :, ::-1].astype(np.float64) - np.array([104, 117, 123], np.float64)
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


def case(name, arguments, prepare, padding):
    network, _ = build("squeezenet1_0")
    network = networks.fill(network, 1.0).eval()
    head = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)][-1]
    head.padding = (padding, padding)
    x = torch.stack([prepare(picture(n, *size)) for n, size in enumerate(SIZES)])
    with torch.no_grad():
        single, exact = network(x.float()), network.double()(x)
    largest = exact.abs().amax(1)
    best = torch.topk(exact, 6, dim=1)
    error = ((single - exact).abs().amax(1) / largest).max().item()
    assert error < 2e-6, error
    return {"name": name, "arguments": arguments, "float32Error": float(f"{error:.3g}"), "pictures": [
        {"width": size[0], "height": size[1], "logits": networks.digits(exact[n, :32].tolist()), "norm": networks.digits([exact[n].norm().item()])[0],
         "top": best.indices[n, :5].tolist(), "gap": float(f"{(best.values[n].diff().abs().min() / largest[n]).item():.3g}")}
        for n, size in enumerate(SIZES)]}


def main():
    torch.set_num_threads(2)
    cases = [case("torchvision", "--preprocess torchvision", torchvision_input, 0),
             case("caffe", "--preprocess caffe --input 3x227x227 --conv10-padding 1", caffe_input, 1)]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "predict.json"), "w") as f:
        f.write("[\n" + ",\n".join("  " + json.dumps(c) for c in cases) + "\n]\n")
    for c in cases:
        print(c["name"], c["float32Error"], [(p["gap"], p["norm"], p["top"]) for p in c["pictures"]])


if __name__ == "__main__":
    main()
