"""A safetensors reader and writer in plain Python (the package itself is not in Debian 12), after the format's description:
8 bytes little-endian header length, a JSON header padded with spaces to 8 bytes, the data without gaps in the header's order."""
import json
import struct

import numpy as np

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "U8": "|u1"}
NAMES = {np.dtype(v): k for k, v in TYPES.items() if k != "BF16"}


def save(path, tensors, metadata=None, types=None):
    """tensors: name -> numpy array, written in the dictionary's order; types overrides a dtype's name (BF16 as uint16)."""
    header, offset, blobs = {}, 0, []
    if metadata:
        header["__metadata__"] = metadata
    for name, array in tensors.items():
        kind = (types or {}).get(name) or NAMES[array.dtype]
        blob = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def load(path):
    """name -> numpy array."""
    data = open(path, "rb").read()
    end = 8 + struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:end])
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[end + t["data_offsets"][0]:end + t["data_offsets"][1]], TYPES[t["dtype"]]).reshape(t["shape"])
            for name, t in header.items()}
