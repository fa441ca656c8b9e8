"""Writes formats.safetensors: one tensor of every kind that the reader converts, for tests/Fovea.Formats.Tests."""
import os

import numpy as np

import safetensors_io

VALUES = [0.0, -0.0, 1.0, -1.5, 0.333251953125, 65504.0, 6.103515625e-05, 5.960464477539063e-08, float("inf"), float("-inf")]

f32 = np.array(VALUES + [3.4028234663852886e38, 1e-45, float("nan"), 0.1], np.float32)
bf16 = (np.array([0.0, 1.0, -2.5, 3.3895313892515355e38, float("inf"), 9.183549615799121e-41], np.float32).view(np.uint32) >> 16).astype(np.uint16)
safetensors_io.save(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "formats.safetensors"),
    {
        "f64": np.array([0.1, -1e300, 1.0 / 3.0, 16777217.0], np.float64).reshape(2, 2),
        "i64": np.array([-1, 2 ** 62], np.int64),
        "f32": f32.reshape(2, 7),
        "scalar": np.array(42.0, np.float32),
        "empty": np.zeros((0, 3), np.float32),
        "i32": np.array([-7, 2147483647], np.int32),
        "f16": np.array(VALUES, np.float16),
        "bf16": bf16,
        "u8": np.array([0, 127, 255], np.uint8),
    },
    metadata={"format": "pt", "note": "written by Python"},
    types={"bf16": "BF16"})
