#!/usr/bin/python3
"""Fovea against PyTorch on this machine: the two run alternately (A B A B ...), so that what else the machine does meets both alike.
Prints a Markdown table of the medians over the rounds and writes it to bench/results/<cpu>.md.

    bench/compare.py                                        # alexnet and nin-cifar, training, batch 64
    bench/compare.py lenet5 alexnet --mode infer --batch-size 16 --backends onednn managed

Run it on an otherwise idle machine. Both sides get the same number of threads; PyTorch runs with its default settings."""
import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PYTHON = os.environ.get("FOVEA_PYTHON", "/usr/bin/python3")


def text(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def cpu():
    found = re.search(r"^model name\s*:\s*(.+)$", open("/proc/cpuinfo").read(), re.M) if os.path.exists("/proc/cpuinfo") else None
    name = found.group(1).strip() if found else platform.processor() or "unknown CPU"
    features = open("/proc/cpuinfo").read() if found else ""
    extra = [label for flag, label in (("avx512f", "AVX-512"), ("avx512_bf16", "bf16"), ("amx_tile", "AMX")) if re.search(rf"\b{flag}\b", features)]
    return name, f"{os.cpu_count()} cores" + (f", {', '.join(extra)}" if extra else "")


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return json.loads(done.stdout)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", default=["alexnet", "nin-cifar"])
    parser.add_argument("--mode", choices=["train", "infer"], default="train")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10, help="per run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--backends", nargs="+", default=["onednn"], help="Fovea's backends to run beside PyTorch")
    parser.add_argument("--peer-options", nargs="*", default=[], help="more options for the peer, without dashes: channels-last, bf16")
    parser.add_argument("--append", action="store_true", help="add to the file instead of replacing it")
    parser.add_argument("--no-write", action="store_true", help="print only")
    args = parser.parse_args()

    options = ["--mode", args.mode, "--batch-size", str(args.batch_size), "--seconds", str(args.seconds), "--threads", str(args.threads), "--json"]
    rows = []
    for model in args.models:
        sides = {f"fovea {b}": [os.path.join(ROOT, "fovea"), "bench", model, *options, "--precision", "fp32", "--backend", b] for b in args.backends}
        sides["pytorch"] = [PYTHON, os.path.join(HERE, "peers", "torch_bench.py"), model, *options, *(f"--{o}" for o in args.peer_options)]
        results = {side: [] for side in sides}
        for _ in range(args.rounds):
            for side, command in sides.items():
                results[side].append(run(command))
                print(f"{model} {side}: {results[side][-1]['imagesPerSecond']:.1f} images/s", file=sys.stderr)
        peer = statistics.median(r["imagesPerSecond"] for r in results["pytorch"])
        for side, runs in results.items():
            rates = [r["imagesPerSecond"] for r in runs]
            rows.append((model, side, statistics.median(rates), min(rates), max(rates), statistics.median(r["msPerStep"] for r in runs),
                         max(r["peakBytes"] for r in runs), statistics.median(rates) / peer))

    name, features = cpu()
    torch_version = text(PYTHON, "-c", "import torch; print(torch.__version__)")
    fovea_version = text(os.path.join(ROOT, "fovea"), "--version")
    lines = [
        f"# {name} ({features})", "",
        f"{datetime.date.today().isoformat()}, {args.mode}, batch {args.batch_size}, {args.threads} threads, float32, {args.rounds} rounds of "
        f"{args.seconds:g} s, alternating; medians.", "",
        f"Fovea {fovea_version or 'unknown'}, .NET {text('dotnet', '--version') or 'unknown'}; PyTorch {torch_version or 'unknown'}, "
        f"{platform.system()} {platform.release()}.", "",
        f"`bench/compare.py {' '.join(sys.argv[1:])}`".replace(" `", "`"), "",
        "| network | engine | images/s | min to max | ms/step | peak MiB | against PyTorch |", "|---|---|---:|---:|---:|---:|---:|",
        *(f"| {m} | {s} | {v:.1f} | {lo:.1f} to {hi:.1f} | {ms:.1f} | {peak / 2 ** 20:.0f} | {ratio:.2f}x |" for m, s, v, lo, hi, ms, peak, ratio in rows), "",
    ]
    print("\n".join(lines))
    if not args.no_write:
        folder = os.path.join(HERE, "results")
        os.makedirs(folder, exist_ok=True)
        file = re.sub(r"[^a-z0-9]+", "-", f"{name} {os.cpu_count()} cores".lower()).strip("-") + ".md"
        with open(os.path.join(folder, file), "a" if args.append else "w") as f:
            # The heading names the machine once.
            f.write("\n".join(lines[1:] if args.append else lines))
        print(f"written to bench/results/{file}", file=sys.stderr)


if __name__ == "__main__":
    main()
