"""Computes ops.safetensors from ops.json with PyTorch: per case, as plain NCHW float32 (`<case>/<tensor>`),

    src, weights, bias         drawn from a generator seeded by the case's name
    dst                        PyTorch's float32 result
    diffDst                    drawn likewise
    diffSrc, diffWeights, diffBias   PyTorch's float32 gradients

(what an op does not have is absent; `normalize` takes u8 NHWC and has no gradient; `crossentropy` yields one number, the mean
over the weights, sum(w * loss) / sum(w), its diffDst being 1).

Tolerances. The file's __metadata__ maps `<case>/<tensor>` to an absolute bound on |got - expected|:

    bound = 4 * 2^-23 * max over the tensor's elements of S,    S = the sum of the absolute values of the terms added up

with S evaluated in float64. A float32 sum in any order errs by u * S per level of its summation tree at worst (u = 2^-24), and
rounding errors cancel like a random walk, so 8u * S holds for blocked and for sequential sums of the lengths used here, whereas a
wrong index, a lost tap or a wrong divisor moves a result by a share of S. For bilinear ops S comes from running the same op on
absolute values. Where values are only moved (ReLU, max pooling forward, flatten) nothing is added and the bound is 0.
The script checks that PyTorch's own float32 keeps within half the bound of float64."""
import json
import math
import os
import zlib

import torch
import torch.nn.functional as F

import safetensors_io

HERE = os.path.dirname(os.path.abspath(__file__))
FACTOR = 4 * 2.0 ** -23


def pooled(size, kernel, stride, before, after, ceil):
    """Output size and bottom/right padding to apply so that the windows fit exactly; PyTorch's rule: with rounding up, a window that
    would begin beyond the input and the padding before it is left out."""
    room = size + before + after - kernel
    out = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (out - 1) * stride >= size + before:
        out -= 1
    return out, (out - 1) * stride + kernel - size - before


def windows(args, h, w):
    (kh, kw), (sh, sw), (t, b, l, r) = args["kernel"], args["stride"], args["padding"]
    oh, down = pooled(h, kh, sh, t, b, args["ceil"])
    ow, right = pooled(w, kw, sw, l, r, args["ceil"])
    return (kh, kw), (sh, sw), (l, right, t, down), (oh, ow)


def maxpool2d(args, src):
    kernel, stride, pad, _ = windows(args, *src.shape[2:])
    return F.max_pool2d(F.pad(src, pad, value=-math.inf), kernel, stride)


def avgpool2d(args, src):
    h, w = src.shape[2:]
    kernel, stride, pad, _ = windows(args, h, w)
    # The divisor counts the elements of a window: those of the input, or those of input and padding, but never what rounding up adds beyond.
    counted = torch.ones(1, 1, h, w, dtype=src.dtype)
    if args["countIncludePad"]:
        t, b, l, r = args["padding"]
        counted = F.pad(counted, (l, r, t, b), value=1.0)
        extra = (0, pad[1] - r, 0, pad[3] - b)
    else:
        extra = pad
    area = kernel[0] * kernel[1]
    count = F.avg_pool2d(F.pad(counted, extra), kernel, stride) * area
    return F.avg_pool2d(F.pad(src, pad), kernel, stride) * area / torch.round(count)


def conv2d(args, src, weights, bias=None):
    t, b, l, r = args["padding"]
    return F.conv2d(F.pad(src, (l, r, t, b)), weights, bias, args["stride"], groups=args["groups"])


def lrn(args, src):
    return F.local_response_norm(src, args["size"], args["alpha"], args["beta"], args["k"])


def targets(args, dtype):
    one = torch.eye(args["classes"], dtype=dtype)
    labels = torch.tensor(args["labels"])
    other = torch.tensor(args.get("labelsB", args["labels"]))
    share = torch.tensor(args.get("lambdas", [1.0] * len(labels)), dtype=dtype).unsqueeze(1)
    weights = torch.tensor(args["weights"], dtype=dtype)
    return share * one[labels] + (1 - share) * one[other], weights


def crossentropy(args, src):
    target, weights = targets(args, src.dtype)
    return ((F.cross_entropy(src, target, reduction="none") * weights).sum() / weights.sum()).reshape(1)


def normalize(args, src):
    mean, std = (torch.tensor(args[k], dtype=torch.get_default_dtype()).view(1, -1, 1, 1) for k in ("mean", "std"))
    return (src.permute(0, 3, 1, 2).to(torch.get_default_dtype()) / 255 - mean) / std


def batchnorm2d(args, src, weights, bias):
    dst = F.batch_norm(src, None, None, weights, bias, True, args["momentum"], args["epsilon"])
    return F.relu(dst) if args.get("relu") else dst


def add(args, src, src2):
    return F.relu(src + src2) if args.get("relu") else src + src2


def residual(args, src, src2, weights, bias):
    """A block's end: the convolution's result plus a way around it. "identity": the block's input; "read again": that is needed once more afterwards;
    "computed before", "computed after": a function of it, for an engine that computes terms in the order in which the sum names them."""
    x = F.relu(src + src2)
    y = conv2d(args, torch.sigmoid(x), weights, bias)
    if args["shortcut"].startswith("computed"):
        return F.relu(y + torch.tanh(x))
    return F.relu(F.relu(y + x) + x) if args["shortcut"] == "read again" else F.relu(y + x)


def residual_magnitudes(args, src, src2, weights, bias, diff, exact):
    """What is rounded in x reaches the convolution through a slope of at most 1/4, and the shortcut through one of at most 1."""
    x = (src + src2).clamp(min=0)
    t, rough = torch.sigmoid(x), src.abs() + src2.abs()
    terms = t + rough / 4
    again = args["shortcut"] == "read again"
    dst = conv2d(args, terms, weights.abs(), bias.abs()) + rough * (2 if again else 1)
    dy = diff.abs() * (exact["dst"] > 0)
    leaves = [v.clone().requires_grad_() for v in (terms, weights.abs(), bias.abs())]
    conv2d(args, *leaves).backward(dy)
    around = dy * (2 if again else 1) * (1 + (rough if args["shortcut"].startswith("computed") else 0))
    through = leaves[0].grad * (t * (1 + t) + rough / 4)
    return {"dst": dst, "diffSrc": around + through, "diffSrc2": around + through, "diffWeights": leaves[1].grad, "diffBias": leaves[2].grad}


def identityshortcut(args, src):
    """He et al. 2015, option A; the zeros lie around the channels, as in the published CIFAR networks."""
    more = args["outChannels"] - src.shape[1]
    return F.pad(src[:, :, ::args["step"], ::args["step"]], (0, 0, 0, 0, more // 2, more - more // 2))


def densechain(args, src, src2, src3, weights, bias):
    """Two concatenations, each normalised for a reader of its own: what a dense block is made of. The first normalisation has the first of the
    second's factors and summands, as constants."""
    first = torch.cat([src, src2], 1)
    whole = torch.cat([first, src3], 1)
    n = first.shape[1]
    results = [batchnorm2d(args, first, weights[:n].detach(), bias[:n].detach()), batchnorm2d(args, whole, weights, bias)]
    return torch.cat(results[::-1] if args.get("late") else results, 1)


OPS = {
    "densechain": densechain,
    "batchnorm2d": batchnorm2d,
    "add": add,
    "concat": lambda args, **parts: torch.cat([parts[k] for k in sorted(parts)], 1),
    "identityshortcut": identityshortcut,
    "residual": residual,
    "conv2d": conv2d,
    "maxpool2d": maxpool2d,
    "avgpool2d": avgpool2d,
    "globalavgpool": lambda args, src: F.adaptive_avg_pool2d(src, 1),
    "relu": lambda args, src: F.relu(src),
    "sigmoid": lambda args, src: torch.sigmoid(src),
    "tanh": lambda args, src: torch.tanh(src),
    "gelu": lambda args, src: F.gelu(src),
    "scale": lambda args, src: src * torch.tensor(args["factor"], dtype=torch.float32).to(src.dtype),
    "lrn": lrn,
    "linear": lambda args, src, weights, bias=None: F.linear(src, weights, bias),
    "flatten": lambda args, src: torch.flatten(src, 1),
    "crossentropy": crossentropy,
    "normalize": normalize,
}

NAMES = ("src", "src2", "src3", "weights", "bias")
DIFFS = {"src": "diffSrc", "src2": "diffSrc2", "src3": "diffSrc3", "weights": "diffWeights", "bias": "diffBias"}


def run(case, inputs, diff, dtype):
    """dst and gradients in that precision."""
    torch.set_default_dtype(dtype)
    if case["op"] == "normalize":
        return {"dst": normalize(case["args"], inputs["src"])}
    leaves = {k: v.detach().clone().to(dtype).requires_grad_() for k, v in inputs.items()}
    dst = OPS[case["op"]](case["args"], **leaves)
    dst.backward(diff.to(dtype))
    return {"dst": dst.detach(), **{DIFFS[k]: v.grad for k, v in leaves.items()}}


def running(case, inputs, before, dtype):
    """Running statistics after one step of training, and the result of inference with those before it."""
    args = case["args"]
    x, weights, bias = (inputs[k].to(dtype) for k in ("src", "weights", "bias"))
    mean, variance = (before[k].clone().to(dtype) for k in ("runningMean", "runningVar"))
    inference = F.batch_norm(x, mean, variance, weights, bias, False, args["momentum"], args["epsilon"])
    F.batch_norm(x, mean, variance, weights, bias, True, args["momentum"], args["epsilon"])
    return {"runningMeanAfter": mean, "runningVarAfter": variance, "dstInference": F.relu(inference) if args.get("relu") else inference}


def normalized(x, epsilon):
    """Per channel: count, 1/std, the normalised values, S of these, and S of the variance. The mean errs by the rounding of |x|'s mean,
    the variance by that of d * (x - mean), and both enter the normalised value."""
    over = (0, 2, 3)
    keep = lambda v: v.mean(over, keepdim=True)
    d = x - keep(x)
    inverse = (keep(d * d) + epsilon) ** -0.5
    error = x.abs() + keep(x.abs())
    variance = keep(d.abs() * error)
    return x.numel() // x.shape[1], inverse, d * inverse, inverse * (error + d.abs() * variance * inverse ** 2), variance


def batchnorm_magnitudes(case, inputs, diff, exact):
    x, w, b, dy = (v.to(torch.float64) for v in (inputs["src"], inputs["weights"].view(1, -1, 1, 1), inputs["bias"].view(1, -1, 1, 1), diff))
    _, inverse, hat, s, _ = normalized(x, case["args"]["epsilon"])
    if case["args"].get("relu"):
        dy = dy * (exact["dst"] > 0)
    keep = lambda v: v.mean((0, 2, 3), keepdim=True)
    share = 1 + keep(s * hat.abs())
    diff_src = w.abs() * inverse * (share * (dy.abs() + keep(dy.abs())) + s * keep(dy.abs() * hat.abs()) + hat.abs() * keep(dy.abs() * s))
    return {"dst": w.abs() * s + b.abs(), "diffSrc": diff_src, "diffWeights": (dy.abs() * s).sum((0, 2, 3)), "diffBias": dy.abs().sum((0, 2, 3))}


def densechain_magnitudes(case, inputs, diff, exact):
    parts = [inputs[k] for k in ("src", "src2", "src3")]
    whole = torch.cat(parts, 1)
    n, late = whole.shape[1] - parts[-1].shape[1], case["args"].get("late")
    widths = [n, whole.shape[1]]
    halves = lambda v: torch.split(v, widths[::-1], 1)[::-1] if late else torch.split(v, widths, 1)
    first, second = (
        batchnorm_magnitudes(case, {"src": whole[:, :c], "weights": inputs["weights"][:c], "bias": inputs["bias"][:c]}, dy, {"dst": dst})
        for c, dy, dst in zip(widths, halves(diff), halves(exact["dst"])))
    # The gradients of both readers add up.
    both = second["diffSrc"] + F.pad(first["diffSrc"], (0, 0, 0, 0, 0, parts[-1].shape[1]))
    diffs = torch.split(both, [part.shape[1] for part in parts], 1)
    results = [first["dst"], second["dst"]]
    return {"dst": torch.cat(results[::-1] if late else results, 1), **dict(zip(("diffSrc", "diffSrc2", "diffSrc3"), diffs)),
            "diffWeights": second["diffWeights"], "diffBias": second["diffBias"]}


def running_magnitudes(case, inputs, before):
    args = case["args"]
    x, w, b = (v.to(torch.float64) for v in (inputs["src"], inputs["weights"], inputs["bias"]))
    mean, variance = (before[k].to(torch.float64) for k in ("runningMean", "runningVar"))
    count, _, _, _, s = normalized(x, args["epsilon"])
    view = lambda v: v.view(1, -1, 1, 1)
    momentum, unbias = args["momentum"], count / (count - 1)
    return {
        "runningMeanAfter": (1 - momentum) * mean.abs() + momentum * x.abs().mean((0, 2, 3)),
        "runningVarAfter": (1 - momentum) * variance + momentum * unbias * s.view(-1),
        "dstInference": view(w).abs() * (x.abs() + view(mean).abs()) * view(variance + args["epsilon"]) ** -0.5 + view(b).abs(),
    }


def magnitudes(case, inputs, diff, exact):
    """S per tensor, in float64."""
    op, args, dtype = case["op"], case["args"], torch.float64
    x, dy, y = inputs["src"].to(dtype), diff.to(dtype), exact["dst"]
    if op in ("conv2d", "linear", "avgpool2d", "globalavgpool"):
        return run(case, {k: v.abs() for k, v in inputs.items()}, diff.abs(), dtype)
    if op == "densechain":
        return densechain_magnitudes(case, inputs, diff, exact)
    if op == "batchnorm2d":
        return batchnorm_magnitudes(case, inputs, diff, exact)
    if op == "residual":
        return residual_magnitudes(args, **{k: v.to(dtype) for k, v in inputs.items()}, diff=diff.to(dtype), exact=exact)
    if op == "add":
        # Gradients are copies.
        return {"dst": x.abs() + inputs["src2"].to(dtype).abs(), "diffSrc": 0 * x, "diffSrc2": 0 * x}
    if op in ("concat", "identityshortcut"):
        return {"dst": 0 * y, **{DIFFS[k]: 0 * v for k, v in inputs.items()}}
    if op in ("relu", "flatten"):
        return {"dst": 0 * y, "diffSrc": 0 * x}
    if op == "maxpool2d":
        # Overlapping windows add gradients up: the same windows with |diffDst|.
        return {"dst": 0 * y, "diffSrc": run(case, inputs, diff.abs(), dtype)["diffSrc"]}
    if op == "sigmoid":
        return {"dst": y, "diffSrc": dy.abs() * y * (1 + y)}
    if op == "tanh":
        return {"dst": y.abs(), "diffSrc": dy.abs() * (1 + y * y)}
    if op == "gelu":
        # x times an integral of which erf is half, and the density.
        density = torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        return {"dst": x.abs() * (1 + torch.erf(x / math.sqrt(2)).abs()) / 2, "diffSrc": dy.abs() * ((1 + torch.erf(x / math.sqrt(2)).abs()) / 2 + x.abs() * density * (1 + x * x))}
    if op == "scale":
        return {"dst": y.abs(), "diffSrc": (dy * args["factor"]).abs()}
    if op == "lrn":
        n = args["size"]
        around = lambda v: F.avg_pool3d(F.pad(v.unsqueeze(1), (0, 0, 0, 0, n // 2, (n - 1) // 2)), (n, 1, 1), 1).squeeze(1)
        scale = args["k"] + args["alpha"] * around(x * x)
        assert torch.allclose(x * scale ** -args["beta"], y, rtol=1e-12)
        cross = 2 * args["alpha"] * args["beta"] * x.abs() * around((dy * y).abs() / scale)
        return {"dst": y.abs(), "diffSrc": dy.abs() * scale ** -args["beta"] + cross}
    if op == "crossentropy":
        target, weights = targets(args, dtype)
        share = (weights / weights.sum()).unsqueeze(1)
        top = x.max(1, keepdim=True).values
        terms = (top.abs() + torch.log(torch.exp(x - top).sum(1, keepdim=True)) + x.abs()) * target
        # Probabilities are exp(x - top) / sum: the rounding of x - top enters as a relative error of that size.
        probability = torch.softmax(x, 1) * (1 + (x - top).abs())
        return {"dst": (terms * share).sum().reshape(1), "diffSrc": share * (probability + target)}
    if op == "normalize":
        mean, std = (torch.tensor(args[k], dtype=dtype).view(1, -1, 1, 1) for k in ("mean", "std"))
        return {"dst": (x.permute(0, 3, 1, 2) / 255 + mean) / std}
    raise ValueError(op)


def draw(case):
    generator = torch.Generator().manual_seed(zlib.crc32(case["name"].encode()))
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float32)
    op, args, shape = case["op"], case["args"], case["input"]
    if op == "normalize":
        n, c, h, w = shape
        return {"src": torch.randint(0, 256, (n, h, w, c), generator=generator, dtype=torch.uint8)}, torch.ones(1)
    inputs = {"src": normal(*shape) * args.get("scale", 1.0)}
    if op in ("conv2d", "residual"):
        inputs["weights"] = normal(args["outChannels"], shape[1] // args["groups"], *args["kernel"])
    if op == "linear":
        inputs["weights"] = normal(args["outFeatures"], shape[1])
    if op == "batchnorm2d":
        inputs["weights"] = 1 + 0.5 * normal(shape[1])
        # A mean of its own per channel, some of them large beside the deviation.
        inputs["src"] += 2 * normal(1, shape[1], 1, 1)
    if op == "densechain":
        inputs["weights"] = 1 + 0.5 * normal(shape[1] + sum(other[0] for other in args["others"]))
        inputs["src"] += 2 * normal(1, shape[1], 1, 1)
    for number, other in enumerate(args.get("others", []), 2):
        inputs[f"src{number}"] = normal(shape[0], *other)
    if args.get("bias"):
        inputs["bias"] = normal(inputs["weights"].shape[0])
    with torch.no_grad():
        shape = OPS[op](args, **inputs).shape
    return inputs, torch.ones(1) if op == "crossentropy" else normal(*shape)


def check_against_pytorch(case, src, dst):
    """The pools are written out for unequal padding; where PyTorch knows the case, they must be PyTorch's."""
    args = case["args"]
    if case["op"] not in ("maxpool2d", "avgpool2d") or len(set(args["padding"])) > 1:
        return
    if case["op"] == "maxpool2d":
        theirs = F.max_pool2d(src, args["kernel"], args["stride"], args["padding"][0], ceil_mode=args["ceil"])
    else:
        theirs = F.avg_pool2d(src, args["kernel"], args["stride"], args["padding"][0], args["ceil"], args["countIncludePad"])
    assert theirs.shape == dst.shape and torch.allclose(theirs, dst, rtol=1e-12), case["name"]


def main():
    torch.set_num_threads(1)
    tensors, bounds, worst = {}, {}, 0.0
    for case in json.load(open(os.path.join(HERE, "ops.json"))):
        torch.set_default_dtype(torch.float32)
        inputs, diff = draw(case)
        single = run(case, inputs, diff, torch.float32)
        exact = run(case, inputs, diff, torch.float64)
        check_against_pytorch(case, inputs["src"].double(), exact["dst"])
        sums = magnitudes(case, inputs, diff, exact)
        if case["op"] == "batchnorm2d":
            generator = torch.Generator().manual_seed(zlib.crc32((case["name"] + " running").encode()))
            channels = case["input"][1]
            before = {"runningMean": torch.randn(channels, generator=generator), "runningVar": 0.5 + torch.rand(channels, generator=generator)}
            tensors.update({f"{case['name']}/{k}": v.numpy() for k, v in before.items()})
            single.update(running(case, inputs, before, torch.float32))
            exact.update(running(case, inputs, before, torch.float64))
            sums.update(running_magnitudes(case, inputs, before))
        torch.set_default_dtype(torch.float32)
        name = case["name"]
        for key in NAMES:
            if key in inputs:
                tensors[f"{name}/{key}"] = inputs[key].numpy()
        if case["op"] != "normalize":
            tensors[f"{name}/diffDst"] = diff.numpy()
        for key, value in single.items():
            tensors[f"{name}/{key}"] = value.numpy()
            bound = FACTOR * sums[key].abs().max().item()
            error = (value.double() - exact[key]).abs().max().item()
            assert error <= bound / 2, (name, key, error, bound)
            worst = max(worst, error / bound if bound else 0.0)
            bounds[f"{name}/{key}"] = repr(bound)
    path = os.path.join(HERE, "ops.safetensors")
    safetensors_io.save(path, tensors, bounds)
    print(f"{len(bounds)} tensors, {os.path.getsize(path)} bytes; PyTorch's float32 is within {worst:.3f} of the bounds")


if __name__ == "__main__":
    main()
