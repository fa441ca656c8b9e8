#!/usr/bin/python3
"""PyTorch as the peer of `fovea bench`: the same networks, synthetic input, one result object per network in the same JSON.

train: forward, backward and an SGD step (momentum 0.9, weight decay 5e-4), dropout on. infer: forward in evaluation mode without
gradients. The input is a float32 batch that lies ready, so PyTorch is spared the conversion from u8 that Fovea's step contains.
Medians over the steps after the warm-up; peakBytes is the process's largest resident size (one process per network)."""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "goldens"))


def measure(args, name):
    import torch
    import torch_networks

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    network, shape = torch_networks.build(name)
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    if args.no_aux:
        network = torch_networks.without_auxiliaries(network)
    network = network.to(memory_format=layout)
    x = torch.randn(args.batch_size, *shape).to(memory_format=layout)
    classes = torch_networks.ZOO[name][2]
    labels = torch.randint(0, classes, (args.batch_size,))
    cast = lambda: torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16)

    if args.mode == "train":
        network.train()
        optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9, weight_decay=5e-4)

        def step():
            optimizer.zero_grad(set_to_none=True)
            with cast():
                loss = torch_networks.loss_of(network(x), labels)
            loss.backward()
            optimizer.step()
            loss.item()
    else:
        network.eval()

        def step():
            with torch.no_grad(), cast():
                network(x)

    begin = time.perf_counter()
    for _ in range(args.warmup):
        step()
        if time.perf_counter() - begin > args.seconds:
            break
    times, end = [], time.perf_counter() + args.seconds
    while len(times) < 2 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    median = statistics.median(times)
    return {
        "model": name, "mode": args.mode, "batch": args.batch_size, "precision": "bf16" if args.bf16 else "fp32",
        "backend": "pytorch", "threads": args.threads, "imagesPerSecond": round(args.batch_size / median, 3),
        "msPerStep": round(median * 1000, 3), "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", default=["alexnet"])
    parser.add_argument("--mode", choices=["train", "infer"], default="train")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--warmup", type=int, default=2, help="steps that are not counted; one where it takes longer than --seconds")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
    parser.add_argument("--no-aux", action="store_true", help="GoogLeNet without its auxiliary classifiers")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry: the output is always JSON")
    args = parser.parse_args()
    if len(args.models) == 1:
        print(json.dumps([measure(args, args.models[0])]))
        return
    options = ["--mode", args.mode, "--batch-size", str(args.batch_size), "--seconds", str(args.seconds), "--warmup", str(args.warmup),
               "--threads", str(args.threads)] + ["--channels-last"] * args.channels_last + ["--bf16"] * args.bf16 + ["--no-aux"] * args.no_aux
    results = []
    for name in args.models:
        done = subprocess.run([sys.executable, os.path.abspath(__file__), name, *options], stdout=subprocess.PIPE, check=True)
        results += json.loads(done.stdout)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
