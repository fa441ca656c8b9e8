#!/usr/bin/env python3
"""Trains the recipe alexnet-cifar10 in PyTorch: what `fovea train --recipe alexnet-cifar10` is to be within one point of, mean of three seeds.

    python3 bench/peers/alexnet_cifar10.py CIFAR [--seeds 0,1,2] [--epochs 10] [--threads N] [--limit-train N]

CIFAR is the folder of CIFAR-10's binary version (data_batch_1.bin, ..., test_batch.bin). Prints a line per epoch and the mean of the seeds' best epochs.
Needs torch, torchvision and Pillow (Debian: python3-torchvision).
"""
import os

import numpy
import torch
from PIL import Image
from torch import nn
from torchvision import transforms

from recipes_common import classifier, conv, main, train

TRAIN = transforms.Compose([transforms.RandomCrop(36, padding=4), transforms.RandomResizedCrop(32), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
                            transforms.Normalize([0.5] * 3, [0.5] * 3)])
TEST = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)])


class Cifar(torch.utils.data.Dataset):
    def __init__(self, folder, names, transform, limit=None):
        records = numpy.concatenate([numpy.fromfile(os.path.join(folder, name), numpy.uint8).reshape(-1, 3073) for name in names])[:limit]
        self.labels = records[:, 0].astype(int)
        self.images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), int(self.labels[index])


def network():
    return nn.Sequential(
        *conv(3, 64, 11, stride=4, padding=2), nn.MaxPool2d(3, 2), *conv(64, 192, 5, padding=2), *conv(192, 384, 3, padding=1),
        *conv(384, 256, 3, padding=1), *conv(256, 256, 3, padding=1), *classifier(256 * 3 * 3, 10))


def run(options, seed, data):
    torch.manual_seed(seed)
    images, tests = data
    batches = torch.utils.data.DataLoader(images, 128, shuffle=True)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, weight_decay=1e-8)
    return train(seed, options.epochs, net, optimizer, lambda: batches, lambda: torch.utils.data.DataLoader(tests, 500))


def prepare(options):
    return (Cifar(options.folder, [f"data_batch_{i}.bin" for i in range(1, 6)], TRAIN, options.limit_train), Cifar(options.folder, ["test_batch.bin"], TEST))


if __name__ == "__main__":
    main(__doc__, network, run, prepare, lambda parser: parser.add_argument("--limit-train", type=int))
