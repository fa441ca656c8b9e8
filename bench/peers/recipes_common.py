"""What the scripts share that train a recipe in PyTorch: options, seeds, the loop over epochs, evaluation, and the lines that they print."""
import argparse
import statistics
import time

import torch
from torch import nn


def conv(i, o, k, **options):
    return [nn.Conv2d(i, o, k, **options), nn.ReLU(inplace=True)]


def classifier(features, classes):
    """AlexNet's three linear layers with dropout."""
    return [nn.Flatten(), nn.Dropout(), nn.Linear(features, 4096), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True),
            nn.Linear(4096, classes)]


def accuracy(net, batches):
    """Of batches of images with their labels, in inference mode."""
    net.eval()
    right = images = 0
    with torch.no_grad():
        for batch, labels in batches:
            right += (net(batch).argmax(1) == labels).sum().item()
            images += len(labels)
    net.train()
    return right / images


def train(seed, epochs, net, optimizer, batches, tests):
    """Trains and prints a line per epoch; batches() and tests() give an epoch's. Returns the best test accuracy."""
    best = 0.0
    for epoch in range(epochs):
        start, total, images = time.time(), 0.0, 0
        for batch, labels in batches():
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(batch), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            images += len(labels)
        seconds = time.time() - start
        value = accuracy(net, tests())
        best = max(best, value)
        print(f"seed {seed} epoch {epoch + 1}: loss {total / images:.4f}, test accuracy {value:.4f}, {seconds:.0f} s, {images / seconds:.0f} images/s", flush=True)
    return best


def main(doc, network, run, prepare, more=lambda parser: None):
    """Reads the options, prepares the data once, and calls run(options, seed, data) for each seed."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int)
    more(parser)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    print(f"{sum(p.numel() for p in network().parameters())} parameters", flush=True)
    data = prepare(options)
    best = [run(options, int(seed), data) for seed in options.seeds.split(",")]
    spread = f", standard deviation {statistics.stdev(best):.4f}" if len(best) > 1 else ""
    print(f"mean of the best epochs: {statistics.mean(best):.4f}{spread}")
