#!/usr/bin/python3
"""Makes the small pictures in files/ from formulas, and expected.tsv, resize.tsv: what Pillow makes of them.

Debian 12: apt install python3-pil python3-numpy; then  /usr/bin/python3 make.py
With a folder of photographs:  /usr/bin/python3 make.py --photographs DIR [EVERY]  writes photographs.tsv alone.
"""
import hashlib, io, os, struct, sys, zlib

import numpy as np
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "files")
W, H = 67, 45
ORIENTATION = 0x112


def sha(pixels):
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()[:32]


def picture(w=W, h=H, channels=3, depth=8):
    """Smooth waves and a hard diagonal, so that chroma upsampling and every filter has something to do."""
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    planes = [0.5 + 0.45 * np.sin(x / (5 + 3 * c) + c) * np.cos(y / (7 - c) - c) for c in range(channels)]
    a = np.stack(planes, -1)
    a[(x.astype(int) + 2 * y.astype(int)) % 23 < 3] = [1.0, 0.0, 0.5, 0.25][:channels]
    return np.round(a * ((1 << depth) - 1)).astype(np.uint16 if depth == 16 else np.uint8)


def write(name, data):
    with open(os.path.join(FILES, name), "wb") as f:
        f.write(data)


def saved(image, fmt, **options):
    out = io.BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


# ---------------------------------------------------------------- PNG: Pillow writes too few kinds
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(rows, step):
    """Rows of bytes, filtered with the five filters in turn."""
    out, above = bytearray(), None
    for n, row in enumerate(rows):
        row = np.frombuffer(row, np.uint8).astype(int)
        up = np.zeros_like(row) if above is None else above
        left = np.concatenate([np.zeros(step, int), row[:-step]]) if len(row) > step else np.zeros_like(row)
        corner = np.concatenate([np.zeros(step, int), up[:-step]]) if len(row) > step else np.zeros_like(row)
        p = left + up - corner
        pa, pb, pc = abs(p - left), abs(p - up), abs(p - corner)
        paeth = np.where((pa <= pb) & (pa <= pc), left, np.where(pb <= pc, up, corner))
        guess = [0, left, up, (left + up) // 2, paeth][n % 5]
        out += bytes([n % 5]) + ((row - guess) % 256).astype(np.uint8).tobytes()
        above = row
    return bytes(out)


def packed(samples, depth):
    """Rows of bytes from samples of shape (h, w, channels)."""
    rows = []
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            rows.append(row.astype(">u2").tobytes())
        else:
            bits = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - depth:].ravel()
            rows.append(np.packbits(bits).tobytes())
    return rows


def png(samples, depth, kind, interlace=False, before=b"", after=b""):
    h, w, channels = samples.shape
    step = max(1, channels * depth // 8)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlace else [(0, 0, 1, 1)]
    data = b"".join(filtered(packed(samples[y::dy, x::dx], depth), step) for x, y, dx, dy in passes if x < w and y < h)
    body = zlib.compress(data, 9)
    half = len(body) // 2
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlace))) + before
            + chunk(b"IDAT", body[:half]) + chunk(b"IDAT", body[half:]) + after + chunk(b"IEND", b""))


def exif(orientation, big=False, wrapped=True):
    e = ">" if big else "<"
    tiff = (b"MM\0*" if big else b"II*\0") + struct.pack(e + "IHHHI", 8, 1, ORIENTATION, 3, 1) + struct.pack(e + "HHI", orientation, 0, 0)
    return (b"Exif\0\0" if wrapped else b"") + tiff


def pngs():
    for interlace in (False, True):
        tail = "-interlaced" if interlace else ""
        for depth in (1, 2, 4, 8, 16):
            write(f"grey{depth}{tail}.png", png(picture(channels=1, depth=depth), depth, 0, interlace))
        for depth in (8, 16):
            write(f"rgb{depth}{tail}.png", png(picture(channels=3, depth=depth), depth, 2, interlace))
            write(f"grey-alpha{depth}{tail}.png", png(picture(channels=2, depth=depth), depth, 4, interlace))
            write(f"rgba{depth}{tail}.png", png(picture(channels=4, depth=depth), depth, 6, interlace))
        for depth in (1, 2, 4, 8):
            colours = 1 << depth
            palette = bytes((37 * i + 91 * c * (i + 1)) % 256 for i in range(colours) for c in range(3))
            write(f"palette{depth}{tail}.png", png(picture(channels=1, depth=depth), depth, 3, interlace, chunk(b"PLTE", palette)))
    rgb, grey = picture(), picture(channels=1)
    palette = bytes(255 - i for i in range(256) for c in range(3))
    write("palette-trns.png", png(grey, 8, 3, before=chunk(b"PLTE", palette) + chunk(b"tRNS", bytes(range(0, 250, 2)))))
    write("rgb-trns.png", png(rgb, 8, 2, before=chunk(b"tRNS", struct.pack(">HHH", 255, 0, 128))))
    write("grey-trns.png", png(grey, 8, 0, before=chunk(b"tRNS", struct.pack(">H", 255))))
    write("gamma.png", png(rgb, 8, 2, before=chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"cHRM", struct.pack(">8I", *[31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]))))
    write("srgb.png", png(rgb, 8, 2, before=chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 45455))))
    write("iccp.png", png(rgb, 8, 2, before=chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200)))))
    write("exif6.png", png(rgb, 8, 2, before=chunk(b"eXIf", exif(6, wrapped=False))))
    write("exif8-after.png", png(rgb, 8, 2, after=chunk(b"eXIf", exif(8, True, wrapped=False))))
    whole = png(rgb, 8, 2)
    write("cut.png", whole[:len(whole) * 2 // 3])
    write("no-data.png", png(rgb, 8, 2)[:33] + chunk(b"IEND", b""))
    one = np.array([[[200, 100, 50]]], np.uint8)
    write("one.png", png(one, 8, 2))


# ---------------------------------------------------------------- JPEG
def jpegs():
    rgb = Image.fromarray(picture())
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        write(f"{name}.jpg", saved(rgb, "JPEG", quality=85, subsampling=subsampling))
        write(f"{name}-progressive.jpg", saved(rgb, "JPEG", quality=85, subsampling=subsampling, progressive=True))
    write("low.jpg", saved(Image.fromarray(picture(130, 97)), "JPEG", quality=15))
    write("grey.jpg", saved(rgb.convert("L"), "JPEG", quality=85))
    write("cmyk.jpg", saved(Image.fromarray(picture(channels=4), "CMYK"), "JPEG", quality=85))
    write("one.jpg", saved(rgb.resize((1, 1)), "JPEG"))
    for n in range(1, 9):
        write(f"exif{n}.jpg", saved(rgb.resize((23, 14)), "JPEG", quality=80, exif=exif(n, big=n % 2 == 0)))
    write("exif9.jpg", saved(rgb.resize((23, 14)), "JPEG", quality=80, exif=exif(9)))
    write("exif-broken.jpg", saved(rgb.resize((23, 14)), "JPEG", quality=80, exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"))
    whole = saved(rgb, "JPEG", quality=85)
    write("cut.jpg", whole[:len(whole) * 2 // 3])
    write("cut-last-byte.jpg", whole[:-1])
    write("cut-header.jpg", whole[:100])
    write("cut-progressive.jpg", saved(rgb, "JPEG", quality=85, progressive=True)[:1500])
    write("trailing.jpg", whole + b"something else")
    damaged = bytearray(whole)
    damaged[len(whole) * 3 // 4] ^= 0x55
    write("damaged.jpg", bytes(damaged))
    write("png-inside.jpg", png(picture(), 8, 2))


# ---------------------------------------------------------------- WebP
def webps():
    rgb = Image.fromarray(picture())
    rgba = Image.fromarray(picture(channels=4))
    write("lossy.webp", saved(rgb, "WEBP", quality=80))
    write("lossless.webp", saved(rgb, "WEBP", lossless=True))
    write("lossy-alpha.webp", saved(rgba, "WEBP", quality=80))
    write("lossless-alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True))
    write("exif6.webp", saved(rgb, "WEBP", quality=80, exif=exif(6, wrapped=False)))
    frames = [Image.fromarray(np.roll(picture(40, 30), 5 * n, axis=1)) for n in range(3)]
    write("animated.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], quality=70))
    whole = saved(rgb, "WEBP", quality=80)
    write("cut.webp", whole[:len(whole) // 2])


# ---------------------------------------------------------------- BMP
def bmp(w, h, bits, rows, palette=b"", compression=0, masks=b"", header=40, code=None):
    """Rows in file order, unpadded; a negative height means that they run from the top."""
    data = code if code is not None else b"".join(r + bytes(-len(r) % 4) for r in rows)
    if header == 12:
        info = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", 40, w, h, 1, bits, compression, len(data), 2835, 2835, len(palette) // 4, 0) + masks
    at = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + info + palette + data


def bmps():
    rgb, grey = picture(), picture(channels=1)
    for mode, pixels in (("1", Image.fromarray(grey[..., 0]).convert("1")), ("L", Image.fromarray(grey[..., 0])), ("RGB", Image.fromarray(rgb)),
                         ("RGBA", Image.fromarray(picture(channels=4))), ("P", Image.fromarray(rgb).quantize(200))):
        write(f"pillow-{mode}.bmp", saved(pixels, "BMP"))
    bgr = [rgb[y, :, ::-1].tobytes() for y in range(H)]
    write("top-down.bmp", bmp(W, -H, 24, bgr))
    v = rgb.astype(int)
    x555 = ((v[..., 0] >> 3) << 10 | (v[..., 1] >> 3) << 5 | v[..., 2] >> 3).astype("<u2")[::-1]
    x565 = ((v[..., 0] >> 3) << 11 | (v[..., 1] >> 2) << 5 | v[..., 2] >> 3).astype("<u2")[::-1]
    write("rgb555.bmp", bmp(W, H, 16, [r.tobytes() for r in x555]))
    write("rgb565.bmp", bmp(W, H, 16, [r.tobytes() for r in x565], compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    x888 = (v[..., 0] << 24 | v[..., 1] << 16 | v[..., 2] << 8).astype("<u4")[::-1]
    write("xbgr.bmp", bmp(W, H, 32, [r.tobytes() for r in x888], compression=3, masks=struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00)))
    four = picture(channels=1, depth=4)
    palette = bytes(b for i in range(16) for b in (17 * i, 255 - 9 * i, 40, 0))
    write("palette4.bmp", bmp(W, H, 4, packed(four[::-1], 4), palette))
    write("palette1.bmp", bmp(W, H, 1, packed(picture(channels=1, depth=1)[::-1], 1), bytes([10, 20, 30, 0, 200, 100, 50, 0])))
    os2 = bytes(b for i in range(256) for b in (i, 255 - i, i // 2))
    write("os2.bmp", bmp(W, H, 8, [r.tobytes() for r in grey[::-1, :, 0]], os2, header=12))
    code = bytearray()
    for row in grey[::-1, :, 0] // 16:
        n = 0
        while n < W:
            run = 1
            while n + run < W and row[n + run] == row[n]:
                run += 1
            if run > 1 or W - n < 4:
                code += bytes([run, row[n]])
                n += run
            else:
                code += bytes([0, 3]) + row[n:n + 3].tobytes() + b"\0"
                n += 3
        code += b"\0\0"
    many = bytes(b for i in range(256) for b in (17 * i % 256, 255 - i, 40, 0))
    write("rle8.bmp", bmp(W, H, 8, None, many, 1, code=bytes(code) + b"\0\1"))
    runs = b"".join(bytes([60, 16 * (y % 16) + (y + 5) % 16, 7, 0x33]) + b"\0\0" for y in range(H))
    write("rle4.bmp", bmp(W, H, 4, None, palette, 2, code=runs + b"\0\1"))
    write("cut.bmp", bmp(W, H, 24, bgr)[:-500])


# ---------------------------------------------------------------- what Pillow makes of them
def expected():
    lines = []
    for name in sorted(os.listdir(FILES)):
        path = os.path.join(FILES, name)
        try:
            image = Image.open(path)
            image.load()
            wide = image.mode == "I"
            image = ImageOps.exif_transpose(image)
            if wide:
                # Pillow clips 16-bit grey at 255 where it converts; Fovea keeps the high byte.
                grey = (np.asarray(image) >> 8).astype(np.uint8)
                rgb = np.repeat(grey[..., None], 3, -1)
            else:
                rgb, grey = np.asarray(image.convert("RGB")), np.asarray(image.convert("L"))
            lines.append(f"{name}\tok\t{image.width}\t{image.height}\t{sha(rgb)}\t{sha(grey)}")
        except OSError as e:
            lines.append(f"{name}\t{str(e).replace(path, 'FILE')}\t0\t0\t\t")
    with open(os.path.join(HERE, "expected.tsv"), "w") as f:
        f.write("\n".join(lines) + "\n")


def resizes():
    lines, filters = [], {"Nearest": Image.NEAREST, "Bilinear": Image.BILINEAR, "Bicubic": Image.BICUBIC}
    sizes = [(1, 1), (W, H), (W, 9), (9, H), (2 * W + 1, 3 * H + 2), (32, 32), (5, 100), (64, 20)]
    boxes = [None, (3, 4, 60, 41), (0.25, 0.5, 66.75, 44.125), (10.5, 20.25, 11.5, 44.75), (40, 0, 67, 45)]
    for name in ("rgb8.png", "grey8.png", "one.png"):
        image = Image.open(os.path.join(FILES, name))
        for filter_name, resample in filters.items():
            for w, h in sizes:
                for box in boxes if image.width == W else [None]:
                    pixels = np.asarray(image.resize((w, h), resample, box=box))
                    where = ",".join(map(str, box)) if box else ""
                    lines.append(f"{name}\t{filter_name}\t{w}\t{h}\t{where}\t{sha(pixels)}")
    with open(os.path.join(HERE, "resize.tsv"), "w") as f:
        f.write("\n".join(lines) + "\n")


def scaled():
    """libjpeg's own smaller scales, through Pillow's draft mode."""
    lines = []
    for name in ("420.jpg", "444.jpg", "420-progressive.jpg", "low.jpg", "grey.jpg"):
        for divisor in (2, 4, 8):
            image = Image.open(os.path.join(FILES, name))
            size = tuple(-(-s // divisor) for s in image.size)
            image.draft(image.mode, tuple(s // divisor for s in image.size))
            assert image.size == size, (image.size, size)
            lines.append(f"{name}\t{size[0]}\t{size[1]}\t{sha(np.asarray(image.convert('RGB')))}")
    with open(os.path.join(HERE, "scaled.tsv"), "w") as f:
        f.write("\n".join(lines) + "\n")


def photographs(folder, every):
    lines = []
    paths = sorted(os.path.relpath(os.path.join(d, n), folder) for d, _, names in os.walk(folder) for n in names if n.endswith(".jpg"))
    for path in paths[::every]:
        image = Image.open(os.path.join(folder, path))
        image.load()
        image = ImageOps.exif_transpose(image).convert("RGB")
        small = image.resize((224, 224), Image.BILINEAR)
        lines.append(f"{path}\t{image.width}\t{image.height}\t{sha(np.asarray(image))}\t{sha(np.asarray(small))}")
    with open(os.path.join(HERE, "photographs.tsv"), "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--photographs":
        photographs(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 8)
    else:
        os.makedirs(FILES, exist_ok=True)
        pngs()
        jpegs()
        webps()
        bmps()
        expected()
        resizes()
        scaled()
