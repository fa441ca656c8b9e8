"""Computes networks/NAME.json with PyTorch: logits and one pass of training of every network, and ten SGD steps of most, from the
weights, images and labels of formula.py. Preprocessing is (u8 / 255 - mean) / std; steps are SGD with momentum and weight decay on all parameters, loss averaged over the batch (GoogLeNet's with the auxiliary ones), dropout off. Sample n of step s (from 0) has the index
first + s * batch + n; parameters are numbered in the order of `tensors`.

Written per network: `logits` of the first rows (at most 32 columns; float64, rounded to 9 digits), `norm` of each whole row, and
`float32Error`, what PyTorch's float32 errs by at most, relative to the largest logit; for training also `losses` (float32),
`losses64` (float64), and `parametersAfter` step 10 as L2 norms by key, in float64.

`training` is a batch in training mode, in float64: `logits` and `norm` as above, `loss`, of each gradient the L2 norm and a
`projection` on a direction (formula.py), and the L2 norms of the running statistics after it; `float32Error` is what PyTorch's float32
errs by at most in a gradient's norm or projection, relative to the gradient's norm; where that is below `floor`, to the floor.
`training` and `sgd` have their own `input`, `batch`, `headScale`, `normShift`, `normSpread` and `first` (the first sample's index).

networks.py NAME... computes these anew and leaves the others as they are. networks.py --search NAME... prints what to enter in FIRST.

Conditioning. A ReLU or a max pool whose inputs tie within rounding may switch, which changes a gradient by a finite amount, the smaller
the layer the more: what a test would then measure is luck. (Seen in googlenet-bn at 128x128 from sample 0: among twelve PyTorch runs whose images or
weights differ by one unit in the last place of a float32, ten have another inception4d.branch3.0.bn.weight gradient than float64, by the same 6e-3, and two agree
with float64 to 1e-5.) So samples are chosen (FIRST, the first found that does) such that none of PyTorch's float32 runs with images perturbed so, and with weights
perturbed so, also with DenseNet's averages before its 1x1 convolutions (the same in exact arithmetic), is further than STABLE from float64 in any gradient. For the ten steps, lr and headScale are chosen such that float32 runs from weights
perturbed by 1e-7 relative (a rounding) stay within 1e-5 of float64 in every loss; `conditioning` is the worst of them, and the script
refuses more. The losses themselves move by percents, so an error in a gradient shows.
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
DENSENETS = ("densenet121", "densenet169", "densenet201", "densenet264")
SGD = {"momentum": 0.9, "weightDecay": 5e-4, "steps": 10}
# Learning rate of the ten steps.
RATE = {"alexnet-cifar": 0.001, "nin-cifar": 0.0002, "resnet18-cifar": 2e-5, "resnet20-cifar": 5e-4, "resnet56-cifar": 1e-6,
        "googlenet": 5e-5, "googlenet-bn": 5e-4, "googlenet-torchvision": 5e-4, "resnet18": 1e-4, "squeezenet1_0": 2e-5,
        "vgg16": 1e-6, **dict.fromkeys(DENSENETS, 2e-5), "densenet201": 5e-6, "densenet264": 5e-6}
# The options beside the default that a network has a golden of its own for.
VARIANTS = {"lenet5": [{}, {"activation": "relu", "pooling": "max"}]}
SMALL = {"alexnet-cifar": 32, "nin-cifar": 16, "resnet18-cifar": 8, "resnet20-cifar": 16, "resnet56-cifar": 8}
# Of the pass for logits: batch, 2 where not given; input, where it is not the network's own: odd sizes in DenseNet's last stages (56, 28, 14, 7, 3).
BATCH = {**SMALL, "vgg16": 1, "densenet121": 4}
INPUT = {"googlenet": 128, "googlenet-bn": 128, "googlenet-torchvision": 80, **dict.fromkeys(DENSENETS, 112)}
# Of training, likewise: fewer pixels, of which fewer tie, and enough for GoogLeNet's auxiliary classifiers (80) and an odd stage in DenseNet's (12, 6, 3, 1).
TRAINING_BATCH = {**SMALL, "vgg16": 2, "squeezenet1_0": 4, "resnet18": 4, "googlenet-bn": 4, "googlenet-torchvision": 4, **dict.fromkeys(DENSENETS, 6)}
TRAINING_INPUT = {"vgg16": 64, "squeezenet1_0": 64, "resnet18": 64, "googlenet": 80, "googlenet-bn": 80, "googlenet-torchvision": 80, **dict.fromkeys(DENSENETS, 48)}
HEAD_SCALE = {"googlenet": 0.1, "googlenet-bn": 0.1, "googlenet-torchvision": 0.1, "alexnet-cifar": 0.1, "resnet18-cifar": 0.02, "resnet20-cifar": 0.1, "resnet56-cifar": 0.01}
# Added to the summands of all batch normalisations in training: two deviations above zero, an eighth as many ReLU inputs tie as around zero.
NORM_SHIFT = {"resnet18": 2.0, "resnet18-cifar": 2.0, "resnet20-cifar": 2.0, "resnet56-cifar": 2.0}
# Added to the summands of even channels and subtracted from those of odd ones: ties are as rare as with a shift, and still a ReLU cuts half, without which
# the gradient of what a later normalisation takes out again (GoogLeNet's and DenseNet's, everywhere) cancels.
NORM_SPREAD = {"googlenet-bn": 1.5, "googlenet-torchvision": 1.5, **dict.fromkeys(DENSENETS, 1.5)}
# Index of the first sample in training: what --search found.
FIRST = {"alexnet-2gpu": 1000, "alexnet-cifar": 4000, "resnet20-cifar": 1000, "alexnet-fashion": 1000, "nin": 2000, "googlenet-bn": 2000, "vgg16": 3000, "densenet121": 1000, "densenet169": 4000, "densenet201": 1000, "densenet264": 37000}
# A gradient whose norm is a smaller share of the largest one's is taken for zero: what is added before a batch normalisation that hardly any ReLU cuts has none.
# A tolerance of 1e-3 of it is far below float32's rounding of the largest.
ZERO = 1e-6
PERTURBED_RUNS = 5
# What any of PyTorch's float32 runs may err by in a gradient.
STABLE = 2e-4


def make(name, size=None, **options):
    """The network and the shape of its images, its own or of the given height and width."""
    network, shape = build(name, **options)
    count = sum(v.numel() for v in network.parameters())
    assert count == COUNTS[name], (name, count, COUNTS[name])
    if size:
        shape = (3, size, size)
        if hasattr(network, "fit"):
            network.fit(size)
    return network, shape


class Setting:
    """How a network is trained here."""

    def __init__(self, name, options, first=None):
        self.name, self.options = name, options
        self.size, self.batch = TRAINING_INPUT.get(name), TRAINING_BATCH.get(name, 2)
        self.head_scale, self.norm_shift, self.norm_spread = HEAD_SCALE.get(name, 1.0), NORM_SHIFT.get(name, 0.0), NORM_SPREAD.get(name, 0.0)
        self.first = FIRST.get(name, 0) if first is None else first

    def network(self, dtype):
        network, self.shape = make(self.name, self.size, **self.options)
        network = fill(network, self.head_scale, self.norm_shift, self.norm_spread).to(dtype).train()
        self.classes = [v for v in network.parameters()][-1].shape[0]
        return network

    def samples(self, step, dtype):
        return batch(self.name, self.shape, self.classes, self.first + step * self.batch, self.batch, dtype)

    def json(self):
        return {"input": list(self.shape), "batch": self.batch, "headScale": self.head_scale, "normShift": self.norm_shift, "normSpread": self.norm_spread, "first": self.first}


def digits(values):
    return [float(f"{v:.9g}") for v in values]


def batch(name, shape, classes, first, count, dtype):
    channels, height, width = shape
    mean, std = RGB if channels == 3 else GREY
    pixels = torch.from_numpy(formula.images(first, count, classes, height, width, channels))
    x = (pixels.permute(0, 3, 1, 2).to(dtype) / 255 - torch.tensor(mean, dtype=dtype).view(1, -1, 1, 1)) / torch.tensor(std, dtype=dtype).view(1, -1, 1, 1)
    return x.contiguous(), torch.from_numpy(formula.labels(first, count, classes))


def fill(network, head_scale, norm_shift=0.0, norm_spread=0.0):
    parameters = list(network.parameters())
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    scales, shifts = {id(m.weight) for m in norms}, {id(m.bias) for m in norms}
    statistics = [(k, v) for k, v in network.named_buffers() if k.endswith(("running_mean", "running_var"))]
    classes = parameters[-1].shape[0]
    with torch.no_grad():
        for p, value in enumerate(parameters):
            drawn = formula.norm_scale(p, value.numel()) if id(value) in scales else formula.parameter(p, tuple(value.shape), head_scale if value.shape[0] == classes else 1.0)
            value.copy_(torch.from_numpy(drawn + formula.norm_shifts(value.numel(), norm_shift, norm_spread) if id(value) in shifts else drawn))
        for b, (key, value) in enumerate(statistics):
            value.copy_(torch.from_numpy(formula.running(b, value.numel(), key.endswith("running_var"))))
    return without_dropout(network)


def train(setting, dtype, perturbation=None):
    network = setting.network(dtype)
    if perturbation is not None:
        generator = torch.Generator().manual_seed(perturbation)
        with torch.no_grad():
            for value in network.parameters():
                value.copy_(value.double() * (1 + 1e-7 * torch.randn(value.shape, generator=generator, dtype=torch.float64)))
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE[setting.name], momentum=SGD["momentum"], weight_decay=SGD["weightDecay"])
    losses = []
    for step in range(SGD["steps"]):
        x, labels = setting.samples(step, dtype)
        optimizer.zero_grad()
        loss = loss_of(network(x), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {k: v.detach().double().norm().item() for k, v in network.named_parameters()}


def sgd(setting):
    name = setting.name
    losses64, after = train(setting, torch.float64)
    losses, _ = train(setting, torch.float32)
    runs = [losses] + [train(setting, torch.float32, seed)[0] for seed in range(PERTURBED_RUNS)]
    conditioning = max(abs(a - b) / b for run in runs for a, b in zip(run, losses64))
    print(name, "losses", digits(losses64), "float32 within", conditioning, flush=True)
    assert conditioning < 1e-5, (name, conditioning)
    return {
        **setting.json(), "lr": RATE[name], **SGD, "conditioning": float(f"{conditioning:.3g}"), "losses": digits(losses), "losses64": digits(losses64),
        "parametersAfter": dict(zip(after, digits(after.values()))),
    }


def neighbours(values, generator):
    """Each number, or the float32 below or above it, as drawn."""
    drawn = torch.randint(-1, 2, values.shape, generator=generator)
    return torch.where(drawn == 0, values, torch.nextafter(values, drawn * torch.tensor(torch.inf)))


def means_first(network):
    """DenseNet's transitions with the average before the 1x1 convolution: the same values, rounded otherwise. False for networks without any."""
    transitions = [module for module in network.modules() if type(module).__name__ == "_Transition"]
    for transition in transitions:
        transition._modules.move_to_end("conv")
    return bool(transitions)


def one_pass(setting, dtype, perturbed=None, seed=0, exchanged=False):
    """Training mode, forward and backward; `perturbed` is "images" or "weights"; `exchanged` takes averages first. None where there is nothing to exchange."""
    network = setting.network(dtype)
    if exchanged and not means_first(network):
        return None
    x, labels = setting.samples(0, dtype)
    generator = torch.Generator().manual_seed(seed)
    if perturbed == "images":
        x = neighbours(x, generator)
    if perturbed == "weights":
        with torch.no_grad():
            for value in network.parameters():
                value.copy_(neighbours(value, generator))
    output = network(x)
    logits = output if torch.is_tensor(output) else output[0]
    loss = loss_of(output, labels)
    loss.backward()
    gradients = {k: v.grad.double().numpy() for k, v in network.named_parameters()}
    running = {k: v.double().norm().item() for k, v in network.named_buffers() if not k.endswith("num_batches_tracked")}
    logits = logits.detach()[:8].double()
    return {
        "logits": [digits(row[:32]) for row in logits.tolist()], "norm": digits(logits.norm(dim=1).tolist()), "loss": digits([loss.item()])[0],
        "gradients": dict(zip(gradients, digits(float((g * g).sum() ** 0.5) for g in gradients.values()))),
        "projections": dict(zip(gradients, digits(formula.projection(p, g) for p, g in enumerate(gradients.values())))),
        "running": dict(zip(running, digits(running.values()))),
    }


def distance(exact, run):
    """The worst gradient of a run: how far its norm or projection is from the exact one, relative to the norm, and its key."""
    floor = ZERO * max(exact["gradients"].values())
    return max((abs(run[of][k] - exact[of][k]) / max(floor, exact["gradients"][k]), k) for of in ("gradients", "projections") for k in exact["gradients"])


def stability(setting):
    """float64's pass, float32's distance to it, and the worst of the perturbed ones', or of the first that is too far."""
    exact = one_pass(setting, torch.float64)
    error = worst = distance(exact, one_pass(setting, torch.float32))
    for exchanged in (False, True):
        for seed in range(PERTURBED_RUNS):
            for perturbed in ("weights", "images"):
                run = one_pass(setting, torch.float32, perturbed, seed, exchanged) if worst[0] < STABLE else None
                worst = max(worst, distance(exact, run)) if run else worst
    return exact, error[0], worst


def search(name):
    for first in range(0, 100000, 1000):
        found = [stability(Setting(name, options, first))[1:] for options in VARIANTS.get(name, [{}])]
        print(name, first, *found, flush=True)
        if all(worst[0] < STABLE for _, worst in found):
            break


def training(setting):
    exact, error, worst = stability(setting)
    print(setting.name, "training mode: float32 within", error, "perturbed", *worst, flush=True)
    assert worst[0] < STABLE, (setting.name, *worst)
    floor = ZERO * max(exact["gradients"].values())
    return {**setting.json(), **exact, "floor": digits([floor])[0], "float32Error": float(f"{error:.3g}"), "perturbedError": float(f"{worst[0]:.3g}")}


def golden(name, rows, options):
    network, shape = make(name, INPUT.get(name), **options)
    size, head_scale = BATCH.get(name, 2), HEAD_SCALE.get(name, 1.0)
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
        "mean": mean, "std": std, "headScale": head_scale, "batch": size,
        "logits": [digits(row[:32]) for row in exact[:rows].tolist()], "norm": digits(exact[:rows].norm(dim=1).tolist()),
        "float32Error": float(f"{error:.3g}"),
    }
    result["training"] = training(Setting(name, options))
    if name in RATE:
        result["sgd"] = sgd(Setting(name, options))
    return result


def check_torchvision():
    import torchvision
    theirs = torchvision.models.alexnet()
    ours, _ = build("alexnet-torchvision")
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 224, 224)
    assert torch.equal(ours.eval()(x), theirs.eval()(x))


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    check_torchvision()
    if sys.argv[1:2] == ["--search"]:
        for name in sys.argv[2:]:
            search(name)
        return
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks")
    for name in sys.argv[1:] or COUNTS:
        if name not in COUNTS:
            sys.exit(f"{name} is no network of torch_networks.py; there are {', '.join(COUNTS)}")
        results = [golden(name, 8, options) for options in VARIANTS.get(name, [{}])]
        for result in results:
            print(name, result["float32Error"], result["logits"][0][:3], result["norm"], flush=True)
        with open(os.path.join(folder, f"{name}.json"), "w") as f:
            f.write("[\n" + ",\n".join("  " + json.dumps(r) for r in results) + "\n]\n")


if __name__ == "__main__":
    main()
