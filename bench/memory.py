#!/usr/bin/python3
"""Fovea's memory against PyTorch's on this machine, and against what `fovea plan` says: each trains the same network on synthetic input (or infers), in a
process of its own. Prints the largest resident size of each (VmHWM of /proc) as a Markdown table; exits 1 where Fovea takes more than --at-most of
PyTorch's at the same precision (channels_last: its leaner layout), or where `plan` is off by more than 10 %.

    bench/memory.py                                         # densenet121, batch 16, float32
    bench/memory.py nin-cifar alexnet vgg16 --precision fp32 bf16 --at-most 0.75
    bench/memory.py resnet18 --batch-size 32 --backend managed --at-most 1
    bench/memory.py lenet5 airbench94 --mode train infer --alone   # without PyTorch: only against `plan`"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PYTHON = os.environ.get("FOVEA_PYTHON", "/usr/bin/python3")


# Batches of the comparison's table.
LIGHT = ("lenet5", "alexnet", "nin-cifar", "alexnet-half", "alexnet-cifar", "resnet18-cifar", "airbench94")


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return json.loads(done.stdout)


def compare(args, model, precision, mode):
    """A row of the table; true where it is not as wanted."""
    batch = str(args.batch_size or (64 if model in LIGHT else 16))
    common = [model, "--batch-size", batch, "--threads", str(args.threads), "--mode", mode]
    own = ["--precision", precision, "--backend", args.backend]
    ours = run([args.fovea, "bench", *common, *own, "--seconds", "0.1", "--json"])[0]["peakBytes"]
    plan = run([args.fovea, "plan", *common, *own, "--json"])["residentBytes"]
    wrong, against = abs(plan - ours) > 0.1 * ours, ""
    if not args.alone:
        lean = ["--channels-last"] + ["--bf16"] * (precision == "bf16")
        theirs = run([PYTHON, os.path.join(HERE, "peers", "torch_bench.py"), *common, "--seconds", "0.1", "--json", *lean])[0]["peakBytes"]
        wrong |= ours > args.at_most * theirs
        against = f" {theirs >> 20} | {ours / theirs:.2f} |"
    print(f"| {model} | {mode} | {batch} | {precision} | {ours >> 20} |{against} {plan >> 20} | {100 * (plan / ours - 1):+.0f} % |", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["densenet121"], metavar="MODEL")
    parser.add_argument("--batch-size", type=int, help="default 64 for small networks and 16 for the others")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--mode", nargs="+", choices=["train", "infer"], default=["train"])
    parser.add_argument("--alone", action="store_true", help="without PyTorch")
    parser.add_argument("--precision", nargs="+", choices=["fp32", "bf16"], default=["fp32"])
    parser.add_argument("--backend", default="onednn", help="Fovea's backend")
    parser.add_argument("--at-most", type=float, default=0.6, help="share of PyTorch's memory that Fovea may take")
    parser.add_argument("--fovea", default=os.path.join(ROOT, "fovea"), help="the program to run; default this repository's")
    args = parser.parse_args()
    print(f"{args.threads} threads, {args.backend}.\n")
    print("| network | mode | batch | precision | Fovea MiB |" + ("" if args.alone else " PyTorch MiB | ratio |") + " `plan` MiB | off by |")
    print("|---|---|---:|---|---:|" + ("" if args.alone else "---:|---:|") + "---:|---:|")
    wrong = False
    for model in args.models:
        for precision in args.precision:
            for mode in args.mode:
                wrong |= compare(args, model, precision, mode)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
