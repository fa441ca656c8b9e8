#!/usr/bin/env python3
"""Trains the recipe alexnet-cats-dogs in PyTorch from PyTorch's own initialisation: what `fovea train --recipe alexnet-cats-dogs --init pytorch` gives there.

    python3 bench/peers/alexnet_cats_dogs.py PHOTOGRAPHS [--seeds 0,1,2] [--epochs 10] [--threads N]

PHOTOGRAPHS holds train_cat, train_dog, test_cat and test_dog. Prints a line per epoch and the mean of the seeds' best epochs.
Needs torch, torchvision and Pillow (Debian: python3-torchvision).
"""
import os

import torch
from PIL import Image
from torch import nn
from torchvision import transforms

from recipes_common import classifier, conv, main, train

SQUASH = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)])


def photographs(folder, split):
    """All of them as tensors: nothing is drawn at random in this protocol but the order."""
    images, labels = [], []
    for label, name in enumerate(("cat", "dog")):
        place = os.path.join(folder, f"{split}_{name}")
        for file in sorted(os.listdir(place)):
            images.append(SQUASH(Image.open(os.path.join(place, file)).convert("RGB")))
            labels.append(label)
    return torch.stack(images), torch.tensor(labels)


def network():
    def response():
        return nn.LocalResponseNorm(5, 1e-4, 0.75, 2)
    return nn.Sequential(
        *conv(3, 96, 11, stride=4, padding=2), response(), nn.MaxPool2d(3, 2), *conv(96, 256, 5, padding=2), response(), nn.MaxPool2d(3, 2),
        *conv(256, 384, 3, padding=1), *conv(384, 384, 3, padding=1), *conv(384, 256, 3, padding=1), nn.MaxPool2d(3, 2), *classifier(256 * 6 * 6, 2))


def run(options, seed, data):
    (images, labels), test = data
    torch.manual_seed(seed)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    return train(seed, options.epochs, net, optimizer, lambda: ((images[b], labels[b]) for b in torch.randperm(len(labels)).split(100)),
                 lambda: zip(*(part.split(64) for part in test)))


if __name__ == "__main__":
    main(__doc__, network, run, lambda options: (photographs(options.folder, "train"), photographs(options.folder, "test")))
