#!/usr/bin/env python3
"""Trains the recipe alexnet-cats-dogs in PyTorch: what the same protocol gives there, from the same initialisation (PyTorch's own).

    python3 bench/peers/alexnet_cats_dogs.py PHOTOGRAPHS [--seeds 0,1,2] [--epochs 10] [--threads N]

PHOTOGRAPHS holds train_cat, train_dog, test_cat and test_dog. Prints a line per epoch and the mean of the seeds' best epochs.
Needs torch, torchvision and Pillow (Debian: python3-torchvision).
"""
import argparse
import os
import statistics
import time

import torch
from PIL import Image
from torch import nn
from torchvision import transforms

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
    def conv(i, o, k, **options):
        return [nn.Conv2d(i, o, k, **options), nn.ReLU(inplace=True)]

    def response():
        return nn.LocalResponseNorm(5, 1e-4, 0.75, 2)
    return nn.Sequential(
        *conv(3, 96, 11, stride=4, padding=2), response(), nn.MaxPool2d(3, 2), *conv(96, 256, 5, padding=2), response(), nn.MaxPool2d(3, 2),
        *conv(256, 384, 3, padding=1), *conv(384, 384, 3, padding=1), *conv(384, 256, 3, padding=1), nn.MaxPool2d(3, 2), nn.Flatten(),
        nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 2))


def accuracy(net, images, labels):
    net.eval()
    with torch.no_grad():
        right = sum((net(images[i:i + 64]).argmax(1) == labels[i:i + 64]).sum().item() for i in range(0, len(labels), 64))
    net.train()
    return right / len(labels)


def run(options, seed, train, test):
    torch.manual_seed(seed)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    images, labels = train
    best = 0.0
    for epoch in range(options.epochs):
        start, total = time.time(), 0.0
        for batch in torch.randperm(len(labels)).split(100):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        value = accuracy(net, *test)
        best = max(best, value)
        print(f"seed {seed} epoch {epoch + 1}: loss {total / len(labels):.4f}, test accuracy {value:.4f}, {time.time() - start:.0f} s", flush=True)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    print(f"{sum(p.numel() for p in network().parameters())} parameters", flush=True)
    train, test = photographs(options.folder, "train"), photographs(options.folder, "test")
    best = [run(options, int(seed), train, test) for seed in options.seeds.split(",")]
    spread = f", standard deviation {statistics.stdev(best):.4f}" if len(best) > 1 else ""
    print(f"mean of the best epochs: {statistics.mean(best):.4f}{spread}")


if __name__ == "__main__":
    main()
