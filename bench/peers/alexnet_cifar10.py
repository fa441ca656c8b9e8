#!/usr/bin/env python3
"""Trains the recipe alexnet-cifar10 in PyTorch: what `fovea train --recipe alexnet-cifar10` is to be within one point of, mean of three seeds.

    python3 bench/peers/alexnet_cifar10.py CIFAR [--seeds 0,1,2] [--epochs 10] [--threads N] [--limit-train N]

CIFAR is the folder of CIFAR-10's binary version (data_batch_1.bin, ..., test_batch.bin). Prints a line per epoch and the mean of the seeds' best epochs.
Needs torch, torchvision and Pillow (Debian: python3-torchvision).
"""
import argparse
import os
import statistics
import time

import numpy
import torch
from PIL import Image
from torch import nn
from torchvision import transforms

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
    def conv(i, o, k, **options):
        return [nn.Conv2d(i, o, k, **options), nn.ReLU(inplace=True)]
    return nn.Sequential(
        *conv(3, 64, 11, stride=4, padding=2), nn.MaxPool2d(3, 2), *conv(64, 192, 5, padding=2), *conv(192, 384, 3, padding=1),
        *conv(384, 256, 3, padding=1), *conv(256, 256, 3, padding=1), nn.Flatten(),
        nn.Dropout(), nn.Linear(256 * 3 * 3, 4096), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 10))


def accuracy(net, loader):
    net.eval()
    with torch.no_grad():
        right = sum((net(images).argmax(1) == labels).sum().item() for images, labels in loader)
    net.train()
    return right / len(loader.dataset)


def run(options, seed):
    torch.manual_seed(seed)
    train = Cifar(options.folder, [f"data_batch_{i}.bin" for i in range(1, 6)], TRAIN, options.limit_train)
    test = Cifar(options.folder, ["test_batch.bin"], TEST)
    batches = torch.utils.data.DataLoader(train, 128, shuffle=True)
    tests = torch.utils.data.DataLoader(test, 500)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, weight_decay=1e-8)
    best = 0.0
    for epoch in range(options.epochs):
        start, total = time.time(), 0.0
        for images, labels in batches:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        seconds = time.time() - start
        value = accuracy(net, tests)
        best = max(best, value)
        print(f"seed {seed} epoch {epoch + 1}: loss {total / len(train):.4f}, test accuracy {value:.4f}, {seconds:.0f} s, {len(train) / seconds:.0f} images/s", flush=True)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--limit-train", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    print(f"{sum(p.numel() for p in network().parameters())} parameters", flush=True)
    best = [run(options, int(seed)) for seed in options.seeds.split(",")]
    spread = f", standard deviation {statistics.stdev(best):.4f}" if len(best) > 1 else ""
    print(f"mean of the best epochs: {statistics.mean(best):.4f}{spread}")


if __name__ == "__main__":
    main()
