#!/usr/bin/python3
"""Loading photographs: Fovea's loader against Pillow and torchvision's transforms, on one core each, on the same files, the two alternating (A B A B ...).
Random resized crop to 224 and flip, from files to bytes. Prints a Markdown table of medians.

    bench/loader.py PHOTOGRAPHS                 # a folder as `fovea train --data` takes it
    bench/loader.py PHOTOGRAPHS --cache ram     # both after resize(256); Fovea's pictures come from its cache

Run it on an otherwise idle machine. The files are read once before anything is timed."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PYTHON = os.environ.get("FOVEA_PYTHON", "/usr/bin/python3")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def peer(folder, seconds, resize):
    """Runs in a process of its own: images/s of Pillow and torchvision."""
    import numpy as np
    import torch
    from PIL import Image
    from torchvision import transforms

    torch.set_num_threads(1)
    files = sorted(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names if name.lower().endswith(ENDINGS))
    if not files:
        sys.exit(f"{folder}: no pictures")
    steps = ([transforms.Resize(256)] if resize else []) + [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()]
    pipeline = transforms.Compose(steps)
    torch.manual_seed(0)
    order = torch.randperm(len(files)).tolist()
    batch = np.empty((64, 224, 224, 3), np.uint8)
    for path in files:
        with open(path, "rb") as file:
            file.read()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        with Image.open(files[order[done % len(order)]]) as image:
            batch[done % 64] = np.asarray(pipeline(image.convert("RGB")))
        done += 1
    print(json.dumps({"imagesPerSecond": done / (time.perf_counter() - start), "images": len(files)}))


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", metavar="PHOTOGRAPHS")
    parser.add_argument("--cache", choices=["none", "ram", "disk"], default="none")
    parser.add_argument("--seconds", type=float, default=10, help="per run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fovea", default=os.path.join(ROOT, "fovea"), help="the program to run; default this repository's")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    folder = os.path.abspath(args.photographs)
    if args.peer:
        return peer(folder, args.seconds, args.cache != "none")
    transforms = ("resize(256) " if args.cache != "none" else "") + "random-resized-crop(224) hflip"
    sides = {
        "fovea": [args.fovea, "bench", "--data", folder, "--train-transform", transforms, "--cache", args.cache, "--workers", "1", "--seconds", str(args.seconds), "--json"],
        "pillow + torchvision": [PYTHON, os.path.abspath(__file__), folder, "--peer", "--cache", args.cache, "--seconds", str(args.seconds)],
    }
    results = {side: [] for side in sides}
    for _ in range(args.rounds):
        for side, command in sides.items():
            results[side].append(run(command)["imagesPerSecond"])
            print(f"{side}: {results[side][-1]:.0f} images/s", file=sys.stderr)
    theirs = statistics.median(results["pillow + torchvision"])
    print(f"`{transforms}`, one loading thread, cache {args.cache}, {args.rounds} rounds of {args.seconds:g} s, alternating; medians.\n")
    print("| loader | images/s | min to max | against Pillow |\n|---|---:|---:|---:|")
    for side, rates in results.items():
        print(f"| {side} | {statistics.median(rates):.0f} | {min(rates):.0f} to {max(rates):.0f} | {statistics.median(rates) / theirs:.2f}x |")


if __name__ == "__main__":
    main()
