"""TensorBoard's event files from the format's description, without TensorBoard, protobuf or any code of ours.

    python3 tfevents.py          writes scalars.tfevents, which tests/Fovea.Formats.Tests compares byte for byte
    python3 tfevents.py FILE     reads an event file, checks every CRC, prints its records

Frames: TensorFlow's core/lib/io/record_writer.h; CRC-32C: RFC 3720, appendix B.4, bit by bit;
messages: core/util/event.proto and core/framework/summary.proto, through their field numbers.
"""
import os
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283
assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def frame(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def varint(n):
    out = bytearray()
    while True:
        out.append(n & 0x7F | (0x80 if n > 0x7F else 0))
        n >>= 7
        if n == 0:
            return bytes(out)


def field(number, kind, value):
    key = varint(number << 3 | {"varint": 0, "double": 1, "bytes": 2, "float": 5}[kind])
    if kind == "varint":
        return key + varint(value)
    if kind == "bytes":
        return key + varint(len(value)) + value
    return key + struct.pack("<d" if kind == "double" else "<f", value)


def event(wall_time, step=0, version=None, scalars=()):
    out = field(1, "double", wall_time)
    if step:
        out += field(2, "varint", step)
    if version:
        out += field(3, "bytes", version.encode())
    if scalars:
        values = b"".join(field(1, "bytes", field(1, "bytes", tag.encode()) + field(2, "float", value)) for tag, value in scalars)
        out += field(5, "bytes", values)
    return out


def fields(data):
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            yield key >> 3, number()
        else:
            size = {1: 8, 5: 4}.get(kind) or number()
            raw = data[at:at + size]
            assert len(raw) == size and kind in (1, 2, 5), (kind, at)
            at += size
            yield key >> 3, raw if kind == 2 else struct.unpack("<d" if kind == 1 else "<f", raw)[0]


def read(data):
    """The records of a file: (wall time, step, version, [(tag, value)])."""
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at:at + 8]), f"CRC of the length at {at}"
        body = data[at + 12:at + 12 + size]
        assert struct.unpack_from("<I", data, at + 12 + size)[0] == masked(body), f"CRC of the record at {at}"
        at += size + 16
        found = dict(fields(body))
        values = [dict(fields(value)) for _, value in fields(found.get(5, b""))]
        yield found.get(1, 0.0), found.get(2, 0), found.get(3, b"").decode(), [(v[1].decode(), v[2]) for v in values]


RECORDS = [
    event(1600000000.25, version="brain.Event:2"),
    event(1600000001.5, 50, scalars=[("train/loss_step", 2.3025851), ("lr", 0.1)]),
    event(1600000002.0, 300, scalars=[("train/loss_step", float("nan")), ("lr", 1e-9)]),
    event(1600000003.125, 1, scalars=[("train/loss", 1.5), ("train/acc", 0.0), ("val/loss", float("inf")), ("val/acc", 1.0)]),
    event(1600000004.0, 3_000_000_000, scalars=[("a tag longer than 127 bytes " * 6, -0.5)]),
]

if __name__ == "__main__":
    if len(sys.argv) > 1:
        for record in read(open(sys.argv[1], "rb").read()):
            print(*record)
    else:
        data = b"".join(frame(record) for record in RECORDS)
        assert len(list(read(data))) == len(RECORDS)
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scalars.tfevents"), "wb") as file:
            file.write(data)
