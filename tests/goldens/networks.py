"""Computes networks/NAME.json with PyTorch: logits of every network, one pass of training of those from vgg16 on, and ten SGD steps of the
small ones, from the weights, images and labels of formula.py. Preprocessing is (u8 / 255 - mean) / std; steps are SGD with momentum and weight decay on all
parameters, loss averaged over the batch, dropout off. Sample n of step s (from 0) has the index s * batch + n; parameters are
numbered in the order of `tensors`.

Written per network: `logits` of the first rows (at most 32 columns; float64, rounded to 9 digits), `norm` of each whole row, and
`float32Error`, what PyTorch's float32 errs by at most, relative to the largest logit; for training also `losses` (float32),
`losses64` (float64), and `gradients` of step 1 and `parametersAfter` step 10 as L2 norms by key, in float64.

`training` is the same batch in training mode, in float64: `logits` and `norm` as above, `loss`, of each gradient the L2 norm and a
`projection` on a direction (formula.py), and the L2 norms of the running statistics after it; `float32Error` is what PyTorch's float32
errs by at most in a gradient's projection, relative to the gradient's norm; where that is below `floor`, to the floor.

networks.py NAME... computes these anew and leaves the others as they are.

Conditioning. A ReLU or a max pool whose inputs tie within rounding may switch, which changes a gradient by a finite amount: at
lr 0.01 from unscaled weights, float32 runs that differ only in rounding part by 1e-3 to 1e-2 in ten steps, and a test at 1e-4
would measure luck. So lr and headScale are chosen such that float32 runs from weights perturbed by 1e-7 relative (a rounding)
stay within 1e-5 of float64; `conditioning` is the worst of them, and the script refuses more. The losses themselves move by
percents, so an error in a gradient shows.
"""
import json
import os
import sys

import torch

import formula
from torch_networks import build, loss_of, without_dropout

RGB = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
GREY = ([0.2860], [0.3530])
# DESIGN's table of networks.
COUNTS = {"lenet5": 61706, "alexnet": 62378344, "alexnet-2gpu": 60965224, "alexnet-half": 16630440, "alexnet-torchvision": 61100840,
          "alexnet-cifar": 28733258, "alexnet-fashion": 46764746, "nin-cifar": 966986, "nin": 7595176, "vgg16": 138357544, "googlenet": 13378280, "googlenet-bn": 13385816,
          "googlenet-torchvision": 13004888, "resnet18": 11689512,
          "resnet18-cifar": 11173962, "resnet20-cifar": 269722, "resnet56-cifar": 853018, "squeezenet1_0": 1248424,
          "densenet121": 7978856, "densenet169": 14149480, "densenet201": 20013928, "densenet264": 33337704}
SGD = {"momentum": 0.9, "weightDecay": 5e-4, "steps": 10}
# Batch, learning rate, headScale.
TRAINED = {"alexnet-cifar": (32, 0.001, 0.1), "nin-cifar": (16, 0.0002, 1.0), "resnet18-cifar": (8, 2e-5, 0.02),
           "resnet20-cifar": (16, 0.01, 0.1), "resnet56-cifar": (8, 1e-6, 0.01),
           "googlenet": (2, 5e-5, 0.1), "googlenet-bn": (2, 1e-4, 0.1), "googlenet-torchvision": (2, 1e-4, 0.1)}
WITH_TRAINING = {"vgg16", "googlenet", "googlenet-torchvision", "resnet18", "resnet18-cifar", "resnet20-cifar", "resnet56-cifar", "squeezenet1_0", "densenet121"}
SMALL_BATCH = {"vgg16": 1, "densenet121": 4}
# Where the input is not the network's own: fewer pixels, of which fewer tie; and odd sizes in DenseNet's last stages (56, 28, 14, 7, 3).
INPUT = {"googlenet": (3, 128, 128), "googlenet-bn": (3, 128, 128), "googlenet-torchvision": (3, 80, 80),
         **{name: (3, 112, 112) for name in ("densenet121", "densenet169", "densenet201", "densenet264")}}
# Added to the summands of all batch normalisations in training: two deviations above zero, an eighth as many ReLU inputs tie as around zero.
NORM_SHIFT = {"resnet18": 2.0, "resnet18-cifar": 2.0, "resnet56-cifar": 2.0, "googlenet-bn": 2.0, "googlenet-torchvision": 1.0, "densenet121": 1.0}
# A gradient whose norm is a smaller share of the largest one's is taken for zero: what is added before a batch normalisation that hardly any ReLU cuts has none.
# A tolerance of 1e-3 of it is far below float32's rounding of the largest.
ZERO = 1e-6
PERTURBED_RUNS = 5
# What PyTorch's float32 may err by in a gradient's projection: every layer of a dense block is normalised anew for every later one, and the more
# linear its ReLUs are made, the more of its gradient cancels, so a shift of the norms does not help the deep ones as it does the others.
PROJECTION_LIMIT = {"densenet121": 5e-3}


def make(name, **options):
    """The network and the shape of its images here."""
    network, shape = build(name, **options)
    count = sum(v.numel() for v in network.parameters())
    assert count == COUNTS[name], (name, count, COUNTS[name])
    if name in INPUT:
        shape = INPUT[name]
        if hasattr(network, "fit"):
            network.fit(shape[1])
    return network, shape


def digits(values):
    return [float(f"{v:.9g}") for v in values]


def batch(name, shape, classes, first, count, dtype):
    channels, height, width = shape
    mean, std = RGB if channels == 3 else GREY
    pixels = torch.from_numpy(formula.images(first, count, classes, height, width, channels))
    x = (pixels.permute(0, 3, 1, 2).to(dtype) / 255 - torch.tensor(mean, dtype=dtype).view(1, -1, 1, 1)) / torch.tensor(std, dtype=dtype).view(1, -1, 1, 1)
    return x.contiguous(), torch.from_numpy(formula.labels(first, count, classes))


def fill(network, head_scale, norm_shift=0.0):
    parameters = list(network.parameters())
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    scales, shifts = {id(m.weight) for m in norms}, {id(m.bias) for m in norms}
    statistics = [(k, v) for k, v in network.named_buffers() if k.endswith(("running_mean", "running_var"))]
    classes = parameters[-1].shape[0]
    with torch.no_grad():
        for p, value in enumerate(parameters):
            drawn = formula.norm_scale(p, value.numel()) if id(value) in scales else formula.parameter(p, tuple(value.shape), head_scale if value.shape[0] == classes else 1.0)
            value.copy_(torch.from_numpy(drawn) + (norm_shift if id(value) in shifts else 0.0))
        for b, (key, value) in enumerate(statistics):
            value.copy_(torch.from_numpy(formula.running(b, value.numel(), key.endswith("running_var"))))
    return without_dropout(network)


def train(name, dtype, perturbation=None):
    network, shape = make(name)
    size, lr, head_scale = TRAINED[name]
    network = fill(network, head_scale, NORM_SHIFT.get(name, 0.0)).to(dtype).train()
    if perturbation is not None:
        generator = torch.Generator().manual_seed(perturbation)
        with torch.no_grad():
            for value in network.parameters():
                value.copy_(value.double() * (1 + 1e-7 * torch.randn(value.shape, generator=generator, dtype=torch.float64)))
    classes = [v for v in network.parameters()][-1].shape[0]
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=SGD["momentum"], weight_decay=SGD["weightDecay"])
    losses, gradients = [], {}
    for step in range(SGD["steps"]):
        x, labels = batch(name, shape, classes, step * size, size, dtype)
        optimizer.zero_grad()
        loss = loss_of(network(x), labels)
        loss.backward()
        if step == 0:
            gradients = {k: v.grad.double().norm().item() for k, v in network.named_parameters()}
        optimizer.step()
        losses.append(loss.item())
    return losses, gradients, {k: v.detach().double().norm().item() for k, v in network.named_parameters()}


def one_pass(name, options, size, head_scale, rows, dtype):
    """Training mode, forward and backward."""
    network, shape = make(name, **options)
    network = fill(network, head_scale, NORM_SHIFT.get(name, 0.0)).to(dtype).train()
    classes = [v for v in network.parameters()][-1].shape[0]
    x, labels = batch(name, shape, classes, 0, size, dtype)
    output = network(x)
    logits = output if torch.is_tensor(output) else output[0]
    loss = loss_of(output, labels)
    loss.backward()
    gradients = {k: v.grad.double().numpy() for k, v in network.named_parameters()}
    running = {k: v.double().norm().item() for k, v in network.named_buffers() if not k.endswith("num_batches_tracked")}
    logits = logits.detach()[:rows].double()
    return {
        "logits": [digits(row[:32]) for row in logits.tolist()], "norm": digits(logits.norm(dim=1).tolist()), "loss": digits([loss.item()])[0],
        "gradients": dict(zip(gradients, digits(float((g * g).sum() ** 0.5) for g in gradients.values()))),
        "projections": dict(zip(gradients, digits(formula.projection(p, g) for p, g in enumerate(gradients.values())))),
        "running": dict(zip(running, digits(running.values()))),
    }


def training(name, options, size, head_scale, rows):
    exact, single = (one_pass(name, options, size, head_scale, rows, dtype) for dtype in (torch.float64, torch.float32))
    floor = ZERO * max(exact["gradients"].values())
    share = lambda key, of: abs(single[of][key] - exact[of][key]) / max(floor, exact["gradients"][key])
    error, worst = max((share(k, "projections"), k) for k in exact["gradients"])
    norm_error = max(share(k, "gradients") for k in exact["gradients"])
    print(name, "training mode: worst gradient", worst, error, "norm", norm_error, flush=True)
    assert error < PROJECTION_LIMIT.get(name, 2e-4) and norm_error < 5e-4, (name, error, norm_error)
    return {**exact, "floor": digits([floor])[0], "float32Error": float(f"{error:.3g}")}


def golden(name, rows, options):
    network, shape = make(name, **options)
    size, lr, head_scale = TRAINED.get(name, (SMALL_BATCH.get(name, 2), None, 1.0))
    network = fill(network, head_scale).eval()
    parameters = [{"key": k, "shape": list(v.shape)} for k, v in network.named_parameters()]
    classes = [v for v in network.parameters()][-1].shape[0]
    with torch.no_grad():
        single = network(batch(name, shape, classes, 0, size, torch.float32)[0])
        exact = network.double()(batch(name, shape, classes, 0, size, torch.float64)[0])
    error = ((single - exact).abs().max() / exact.abs().max()).item()
    assert error < 1e-5, (name, error)
    mean, std = RGB if shape[0] == 3 else GREY
    result = {
        "name": name, "options": options, "input": list(shape), "classes": classes, "parameters": COUNTS[name], "tensors": parameters,
        "mean": mean, "std": std, "headScale": head_scale, "normShift": NORM_SHIFT.get(name, 0.0), "batch": size,
        "logits": [digits(row[:32]) for row in exact[:rows].tolist()], "norm": digits(exact[:rows].norm(dim=1).tolist()),
        "float32Error": float(f"{error:.3g}"),
    }
    if name in WITH_TRAINING:
        result["training"] = training(name, options, size, head_scale, rows)
    if name in TRAINED:
        losses64, gradients, after = train(name, torch.float64)
        losses, _, _ = train(name, torch.float32)
        runs = [losses] + [train(name, torch.float32, seed)[0] for seed in range(PERTURBED_RUNS)]
        conditioning = max(abs(a - b) / b for run in runs for a, b in zip(run, losses64))
        print(name, "losses", digits(losses64), "float32 within", conditioning)
        assert conditioning < 1e-5, (name, conditioning)
        result["sgd"] = {
            "lr": lr, **SGD, "conditioning": float(f"{conditioning:.3g}"), "losses": digits(losses), "losses64": digits(losses64),
            "gradients": dict(zip(gradients, digits(gradients.values()))), "parametersAfter": dict(zip(after, digits(after.values()))),
        }
    return result


def check_torchvision():
    import torchvision
    theirs = torchvision.models.alexnet()
    ours, _ = build("alexnet-torchvision")
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 224, 224)
    assert torch.equal(ours.eval()(x), theirs.eval()(x))


def main():
    torch.set_num_threads(2)
    torch.manual_seed(0)
    check_torchvision()
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks")
    for name in sys.argv[1:] or COUNTS:
        if name not in COUNTS:
            sys.exit(f"{name} is no network of torch_networks.py; there are {', '.join(COUNTS)}")
        variants = [(2, {}), (2, {"activation": "relu", "pooling": "max"})] if name == "lenet5" else [(8, {})]
        results = [golden(name, rows, options) for rows, options in variants]
        for result in results:
            print(name, result["float32Error"], result["logits"][0][:3], result["norm"], flush=True)
        with open(os.path.join(folder, f"{name}.json"), "w") as f:
            f.write("[\n" + ",\n".join("  " + json.dumps(r) for r in results) + "\n]\n")


if __name__ == "__main__":
    main()
