#!/usr/bin/python3
"""Writes policies.tsv: the magnitudes of torchvision's RandAugment and TrivialAugmentWide, and SHA-256 of what their operations make of small pictures. Run it with torchvision 0.14 and Pillow 9."""
import hashlib
import os

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode, RandAugment, TrivialAugmentWide
from torchvision.transforms.autoaugment import _apply_op


def chart(grey, width, height):
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    channels = [(x * (7 + c) + y * (13 - 3 * c) + (x * x + 3 * y * y + 11 * c * x) % 97 * 2 + 50 * c) % 256 for c in range(1 if grey else 3)]
    pixels = np.stack(channels, axis=2).astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if grey else pixels)


def magnitude(values, i):
    return float(values[i].item()) if values.ndim > 0 else 0.0


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "policies.tsv"), "w") as out:
    wide = TrivialAugmentWide()._augmentation_space(31)
    for op, (values, signed) in wide.items():
        for i in range(31):
            out.write(f"trivial\t{op}\t{i}\t{int(signed)}\t{magnitude(values, i)!r}\n")
    for m in (0, 5, 9, 14, 15, 16, 22, 30):
        for op, (values, signed) in RandAugment()._augmentation_space(31, (200, 224)).items():
            out.write(f"rand\t{op}\t{m}\t{int(signed)}\t{magnitude(values, m)!r}\n")
    for op, (values, signed) in wide.items():
        for i in (0, 3, 9, 16, 30):
            for sign in (1, -1) if signed else (1,):
                for grey, width, height in ((False, 41, 30), (True, 24, 24)):
                    value = sign * magnitude(values, i)
                    how = InterpolationMode.BILINEAR if i == 9 else InterpolationMode.NEAREST
                    result = _apply_op(chart(grey, width, height), op, value, how, None if i == 9 else [7] if grey else [7, 7, 7])
                    digest = hashlib.sha256(result.tobytes()).hexdigest()[:16]
                    out.write(f"apply\t{op}\t{value!r}\t{'bilinear' if i == 9 else 'nearest'}\t{'0' if i == 9 else '7'}\t{'grey' if grey else 'colour'}\t{width}\t{height}\t{digest}\n")
