#!/usr/bin/python3
"""Writes transforms.tsv: what torchvision's Resize and CenterCrop, on Pillow's images, make of pictures of odd sizes.

Debian 12: /usr/bin/python3 make_transforms.py (python3-torchvision, python3-pil). A picture's byte at (y, x, c) is
((3 * x + 5 * y + 40 * c) ^ (x * y >> 5)) & 255. Columns: width, height, our transforms, width and height of the result, SHA-256 of its bytes."""
import hashlib
import os

import numpy as np
from PIL import Image
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

# Sizes whose proportion does not come out even, up- and downwards, and sides that are the wanted ones already or off by one.
SIZES = [(500, 375), (375, 500), (333, 500), (511, 257), (256, 999), (257, 256), (255, 256), (256, 256), (640, 223), (31, 7), (97, 101), (300, 1), (1023, 767)]
MODES = {"bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}


def picture(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return Image.fromarray((((3 * x + 5 * y + 40 * c) ^ (x * y >> 5)) & 255).astype(np.uint8))


def main():
    rows = []
    for width, height in SIZES:
        image = picture(width, height)
        for mode, value in MODES.items():
            comma = "" if mode == "bilinear" else f",{mode}"
            cases = [(f"resize(256{comma}) center-crop(224)", [Resize(256, value), CenterCrop(224)]), (f"resize(260{comma}) center-crop(227)", [Resize(260, value), CenterCrop(227)]),
                     (f"resize(256x256{comma}) center-crop(227)", [Resize((256, 256), value), CenterCrop(227)])]
            # A strip becomes very long: its size is the matter there.
            cases.append((f"resize(33{comma})", [Resize(33, value)]))
            for text, transforms in cases:
                if height == 1 and text.startswith(("resize(256)", "resize(256,", "resize(260")):
                    continue
                result = image
                for transform in transforms:
                    result = transform(result)
                rows.append((width, height, text, result.width, result.height, hashlib.sha256(result.tobytes()).hexdigest()[:32]))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "transforms.tsv"), "w") as f:
        f.write("".join("\t".join(map(str, row)) + "\n" for row in rows))


if __name__ == "__main__":
    main()
