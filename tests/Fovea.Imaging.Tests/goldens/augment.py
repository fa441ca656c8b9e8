#!/usr/bin/python3
"""Writes augment.tsv: SHA-256 of what Pillow and torchvision make of small pictures that both sides compute from a formula. Run it with Pillow 9 and torchvision 0.14 or later."""
import hashlib
import os

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode


def chart(name):
    """Pictures by name: colour or grey, WxH, formula. `narrow` has values from 60 to 123 only, `cube` has every fourth value of each channel."""
    kind, size = name.split("-")
    width, height = map(int, size.split("x"))
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    if kind == "cube":
        i = y * width + x
        return Image.fromarray(np.stack([i % 64 * 4 + 1, i // 64 % 64 * 4 + 2, i // 4096 * 4 + 3], axis=2).astype(np.uint8))
    channels = [(x * (7 + c) + y * (13 - 3 * c) + (x * x + 3 * y * y + 11 * c * x) % 97 * 2 + 50 * c) % 256 for c in range(1 if kind == "grey" else 3)]
    pixels = np.stack(channels, axis=2)
    if kind == "narrow":
        pixels = pixels % 64 + 60
    pixels = pixels.astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if kind == "grey" else pixels)


def mode(name):
    return {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR}[name]


def fill(image, text):
    values = [int(v) for v in text.split(":")]
    if image.mode == "L":
        r, g, b = values * 3 if len(values) == 1 else values
        return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16
    return tuple(values * 3 if len(values) == 1 else values)


OPS = {
    "brightness": lambda im, f: F.adjust_brightness(im, float(f)),
    "contrast": lambda im, f: F.adjust_contrast(im, float(f)),
    "saturation": lambda im, f: F.adjust_saturation(im, float(f)),
    "hue": lambda im, f: F.adjust_hue(im, float(f)),
    "sharpness": lambda im, f: F.adjust_sharpness(im, float(f)),
    "grey": lambda im: F.to_grayscale(im, num_output_channels=len(im.getbands())),
    "posterize": lambda im, bits: F.posterize(im, int(bits)),
    "solarize": lambda im, t: F.solarize(im, float(t)),
    "autocontrast": F.autocontrast,
    "equalize": F.equalize,
    "rotate": lambda im, angle, how, f: F.rotate(im, float(angle), mode(how), fill=fill(im, f)),
    "affine": lambda im, angle, tx, ty, scale, sx, sy, how, f: F.affine(
        im, float(angle), [int(tx), int(ty)], float(scale), [float(sx), float(sy)], mode(how), fill=fill(im, f)),
}
FACTORS = ["0", "0.3", "0.9", "1", "1.1", "1.7", "2.5"]
CASES = (
    [(op, f) for op in ("brightness", "contrast", "saturation", "sharpness") for f in FACTORS]
    + [("hue", f) for f in ("-0.5", "-0.31", "-0.1", "0", "0.002", "0.05", "0.27", "0.5")]
    + [("grey",), ("autocontrast",), ("equalize",)]
    + [("posterize", str(bits)) for bits in range(1, 9)]
    + [("solarize", t) for t in ("0", "1", "76.5", "128", "255", "256")]
    + [("rotate", a, how, f) for a, f in (("0", "0"), ("7.3", "0"), ("30", "9"), ("-45", "10:200:77"), ("90", "0"), ("135", "0"), ("180", "0"), ("270", "3"), ("-361.5", "0"))
       for how in ("nearest", "bilinear")]
    + [("affine", *p, how, f) for p, f in (
        (("0", "0", "0", "1", "0", "0"), "0"), (("0", "5", "-3", "1", "0", "0"), "7"), (("20", "2", "1", "0.8", "0", "0"), "0"), (("-33", "0", "0", "1.4", "12", "0"), "1:2:3"),
        (("0", "0", "0", "1", "16.7", "-8"), "0"), (("0", "0", "0", "0.37", "0", "0"), "0"), (("0", "0", "0", "3.3", "0", "0"), "0"), (("0", "0", "0", "0.0001", "0", "5"), "0"))
       for how in ("nearest", "bilinear")])
CHARTS = ["colour-37x29", "colour-24x24", "grey-19x23", "narrow-40x31", "colour-2x5", "grey-1x1"]

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "augment.tsv"), "w") as out:
    for name in CHARTS + ["cube-512x512"]:
        for case in CASES:
            if name.startswith("cube") and case[0] not in ("hue", "saturation", "contrast"):
                continue
            image = chart(name)
            result = OPS[case[0]](image, *case[1:])
            assert result.mode == image.mode and result.size == image.size
            out.write("\t".join([name, *case, hashlib.sha256(result.tobytes()).hexdigest()[:16]]) + "\n")
