#!/usr/bin/python3
"""Writes a network of the zoo as ONNX, from the same definitions that PyTorch runs (tests/goldens/torch_networks.py), in evaluation mode and for one
batch size: what ort_bench.mjs times. Weights are random.

    bench/peers/export_onnx.py alexnet --batch-size 64 -o /tmp/alexnet.onnx"""
import argparse
import os
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "goldens"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("-o", "--output", required=True, metavar="FILE")
    args = parser.parse_args()
    import torch
    import torch_networks

    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    network, shape = torch_networks.build(args.model)
    network.eval()
    with torch.no_grad():
        torch.onnx.export(network, torch.randn(args.batch_size, *shape), args.output, opset_version=14, input_names=["image"], output_names=["logits"])
    print("x".join(map(str, shape)))


if __name__ == "__main__":
    main()
