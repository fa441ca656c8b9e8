#!/usr/bin/env python3
"""Compares whole predictions with torchvision's: its state dict goes through `fovea import`, photographs through `fovea predict`, and what comes
out is laid beside torchvision's own preprocessing (resize 256, centre crop 224, mean and deviation) and forward pass.

    python3 bench/peers/torchvision_compare.py FOLDER [NETWORK...] [--images N] [--backend onednn|managed] [--fovea ./fovea]

Published weights need a download, so the weights are torchvision's own initialisation, made to matter: batch norms get running statistics by
running over the photographs in training mode, and the head is scaled and centred so that the logits of different photographs differ.
Weights are stored once as a zip and once in the legacy format; both must give the same answers. Networks that this build does not have are left out.
Needs torch, torchvision and Pillow (Debian: python3-torchvision). Exits with 1 where a logit differs by more than 1e-4 of the largest, or a top-5.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import torch
import torchvision
from PIL import Image
from torchvision import transforms

# torchvision's name: ours.
NETWORKS = {"alexnet": "alexnet-torchvision", "vgg16": "vgg16", "googlenet": "googlenet-torchvision", "resnet18": "resnet18",
            "squeezenet1_0": "squeezenet1_0", "densenet121": "densenet121", "densenet169": "densenet169", "densenet201": "densenet201"}
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
LIMIT = 1e-4


def photographs(folder, count):
    found = sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names if name.lower().endswith(ENDINGS))
    if not found:
        sys.exit(f"{folder}: no photographs in it")
    step = max(1, len(found) // count)
    return found[::step][:count]


def load(paths):
    prepare = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                                  transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    return torch.stack([prepare(Image.open(path).convert("RGB")) for path in paths])


def forward(network, images):
    with torch.no_grad():
        return torch.cat([network(part) for part in images.split(8)])


def make(name, images):
    """The network with weights whose answers are worth comparing."""
    torch.manual_seed(17)
    extra = {"init_weights": True} if name == "googlenet" else {}
    network = getattr(torchvision.models, name)(weights=None, **extra)
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    if norms:
        # The mean over all batches: statistics that remember their first values (0 and 1) let an untrained deep network fade to rounding noise.
        for norm in norms:
            norm.momentum = None
        network.train()
        with torch.no_grad():
            for part in images.split(8)[:4]:
                if len(part) > 1:
                    network(part)
    network.eval()
    # The head: a deviation of 3 over the classes, its mean over the photographs taken away, so that they do not all get one answer.
    head = [m for m in network.modules() if isinstance(m, (torch.nn.Linear, torch.nn.Conv2d))][-1]
    if name == "squeezenet1_0":
        # ReLU and an average follow: a bias above zero keeps the classes alive.
        with torch.no_grad():
            head.weight.mul_(30)
            head.bias.uniform_(0.2, 0.4)
        return network
    with torch.no_grad():
        logits = forward(network, images)
        spread = (logits - logits.mean(0)).std()
        head.weight.mul_(3 / spread)
        head.bias.copy_((head.bias - logits.mean(0)) * 3 / spread)
    return network


def fovea(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(arguments)}\n{done.stderr}")
    return json.loads(done.stdout)


def compare(name, images, paths, folder, options):
    network = make(name, images)
    wanted = forward(network, images)
    exact = forward(network.double(), images.double())
    network.float()
    answers = []
    for kind, settings in (("zip", {}), ("legacy", {"_use_new_zipfile_serialization": False})):
        file, model = os.path.join(folder, f"{name}-{kind}.pth"), os.path.join(folder, f"{name}.safetensors")
        torch.save(network.state_dict(), file, **settings)
        fovea(options.fovea, "import", file, "--model", NETWORKS[name], "--preprocess", "torchvision", "-o", model, "--json")
        os.remove(file)
        rows = fovea(options.fovea, "predict", "--weights", model, *paths, "--logits", "--json", "--backend", options.backend, "--batch-size", "8")
        os.remove(model)
        answers.append(torch.tensor([row["logits"] for row in rows]))
    got = answers[0]
    # Relative to the largest logit of the photograph; both against float64, so that torchvision's own rounding shows beside ours.
    scale = exact.abs().amax(1)
    ours, theirs = (((values.double() - exact).abs().amax(1)) / scale for values in (got, wanted))
    difference = ((got - wanted).abs().amax(1) / wanted.abs().amax(1)).max().item()
    top = [torch.topk(values, 5, dim=1).indices for values in (got, wanted)]
    # Two classes within rounding of each other may change places.
    gap = torch.topk(exact, 6, dim=1).values.diff(dim=1).abs().amin(1) / scale
    same = (top[0] == top[1]).all(1)
    different = len({tuple(row.tolist()) for row in top[1]})
    return {"difference": difference, "ours": ours.max().item(), "theirs": theirs.max().item(), "top5": int(same.sum()),
            "ties": int((~same & (gap < LIMIT)).sum()), "distinct": different, "formats": torch.equal(*answers)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", help="photographs, searched recursively")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--images", type=int, default=50, help="how many of the photographs; default 50")
    parser.add_argument("--backend", default="onednn", choices=["onednn", "managed"])
    parser.add_argument("--fovea", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fovea"))
    options = parser.parse_args()
    unknown = [name for name in options.networks if name not in NETWORKS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: expected {', '.join(NETWORKS)}")
    here = {model["name"] for model in fovea(options.fovea, "models", "--json")}
    paths = photographs(options.folder, options.images)
    images = load(paths)
    print(f"{len(paths)} photographs of {options.folder}, {options.backend}, torch {torch.__version__}, torchvision {torchvision.__version__}\n")
    print("| network | largest difference | ours to float64 | theirs to float64 | top-5 equal | different answers | zip = legacy |")
    print("|---|---|---|---|---|---|---|")
    failed = False
    for name in options.networks or NETWORKS:
        if NETWORKS[name] not in here:
            print(f"| {name} | this build does not have {NETWORKS[name]} | | | | | |", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            r = compare(name, images, paths, folder, options)
        ties = f" (+{r['ties']} ties)" if r["ties"] else ""
        print(f"| {name} | {r['difference']:.1e} | {r['ours']:.1e} | {r['theirs']:.1e} | {r['top5']} of {len(paths)}{ties} | {r['distinct']} | "
              f"{'yes' if r['formats'] else 'NO'} |", flush=True)
        failed |= r["difference"] > LIMIT or r["top5"] + r["ties"] < len(paths) or not r["formats"]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
