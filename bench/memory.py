#!/usr/bin/python3
"""Fovea's training memory against PyTorch's on this machine: both train the same network on synthetic input, one after the other, each in a process of
its own. Prints the largest resident size of each (VmHWM of /proc) and their ratio; exits 1 where Fovea takes more than --at-most of PyTorch's.

    bench/memory.py                                         # densenet121, batch 16
    bench/memory.py resnet18 --batch-size 32 --backend managed --at-most 1"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PYTHON = os.environ.get("FOVEA_PYTHON", "/usr/bin/python3")


def peak(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return json.loads(done.stdout)[0]["peakBytes"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="densenet121")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--backend", default="onednn", help="Fovea's backend")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="bf16: PyTorch's autocast with channels_last")
    parser.add_argument("--at-most", type=float, default=0.5, help="share of PyTorch's memory that Fovea may take")
    args = parser.parse_args()
    options = [args.model, "--mode", "train", "--batch-size", str(args.batch_size), "--threads", str(args.threads), "--seconds", "1", "--json"]
    fovea = peak([os.path.join(ROOT, "fovea"), "bench", *options, "--precision", args.precision, "--backend", args.backend])
    pytorch = peak([PYTHON, os.path.join(HERE, "peers", "torch_bench.py"), *options, *(["--bf16", "--channels-last"] if args.precision == "bf16" else [])])
    print(f"{args.model}, training, batch {args.batch_size}, {args.threads} threads, {args.precision}")
    print(f"fovea {args.backend}: {fovea / 2 ** 20:.0f} MiB")
    print(f"pytorch: {pytorch / 2 ** 20:.0f} MiB")
    print(f"ratio: {fovea / pytorch:.2f} (at most {args.at_most:g})")
    sys.exit(fovea > args.at_most * pytorch)


if __name__ == "__main__":
    main()
