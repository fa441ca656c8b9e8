#!/usr/bin/python3
"""How long a command takes to begin: `fovea --help`, and `fovea train` from the command to its first training step, on a data set whose pictures are
cached on disk (--cache disk; the first run here fills the cache and does not count). Prints a Markdown table of medians.

    bench/start.py PHOTOGRAPHS                  # a folder as `fovea train --data` takes it
    bench/start.py PHOTOGRAPHS --model alexnet --batch-size 64 --precision bf16 --runs 5

"started" is the moment at which everything is ready and the run is announced (RunStarted in events.jsonl), "first step" the one at which the first step's
result is written: loading the first batch and one whole step lie between them. Run it on an otherwise idle machine."""
import argparse
import datetime
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def train(command, folder, until, limit=600):
    """Starts a run and stops it after the first event of the kind `until`: seconds from the command to the first event of each kind."""
    name = f"run{time.time_ns()}"
    log = os.path.join(folder, name, "events.jsonl")
    start, seen = time.time(), {}
    process = subprocess.Popen([*command, "--output", folder, "--name", name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while until not in seen and process.poll() is None and time.time() - start < limit:
        time.sleep(0.02)
        if os.path.exists(log):
            with open(log) as file:
                for event in [json.loads(line) for line in file if line.endswith("\n")]:
                    # Its own time has more than microseconds, which fromisoformat refuses.
                    moment, kind = event["time"], event["event"]
                    seconds = datetime.datetime.fromisoformat(moment[:19] + "+00:00").timestamp() + float("0" + moment[19:].split("+")[0])
                    seen.setdefault(kind, seconds - start)
    if process.poll() is None:
        # Twice: stop at once, without saving.
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
    errors = process.communicate()[1].decode()
    shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    if until not in seen:
        sys.exit(f"{' '.join(command)}: no {until}\n{errors}")
    return seen


def row(what, values):
    print(f"| {what} | {statistics.median(values):.3f} | {min(values):.3f} to {max(values):.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", metavar="PHOTOGRAPHS")
    parser.add_argument("--model", default="alexnet")
    parser.add_argument("--batch-size", default="64")
    parser.add_argument("--opt", default="sgd")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--output", help="where the runs and the cache go; default a temporary folder")
    parser.add_argument("--fovea", default=os.path.join(ROOT, "fovea"), help="the program to run; default this repository's")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.output or temporary
        command = [args.fovea, "train", "--model", args.model, "--data", os.path.abspath(args.photographs), "--train-transform",
                   "resize(256) random-resized-crop(224) hflip", "--eval-transform", "resize(256) center-crop(224)", "--opt", args.opt, "--batch-size",
                   args.batch_size, "--cache", "disk", "--epochs", "2", "--lr", "0.001", "--precision", args.precision, "--log-every", "1"]
        helps = []
        for _ in range(args.runs + 1):
            start = time.perf_counter()
            subprocess.run([args.fovea, "--help"], stdout=subprocess.DEVNULL, check=True)
            helps.append(time.perf_counter() - start)
        train(command, folder, "EpochDone")
        runs = [train(command, folder, "StepDone") for _ in range(args.runs)]
    print(f"`{' '.join(['fovea', *command[1:]])}`, {args.runs} runs; medians.\n".replace(os.path.abspath(args.photographs), "PHOTOGRAPHS"))
    print("| from the command to | seconds | min to max |\n|---|---:|---:|")
    row("the end of `--help`", helps[1:])
    row("the run's start", [run["RunStarted"] for run in runs])
    row("the first step's end", [run["StepDone"] for run in runs])


if __name__ == "__main__":
    main()
