namespace Fovea.Engine;

/// <summary>
/// The shape of one sample's tensor: channels, height, width. The batch is no part of a description; a plan adds it.
/// A flat tensor (what Flatten and Linear produce) keeps the C, H, W that it was flattened from, because its features lie in HWC order in memory
/// and in CHW order in files (see docs/decisions/0003).
/// </summary>
/// <param name="C">Channels; the features of a flat tensor that never was an image.</param>
/// <param name="H">Height in pixels.</param>
/// <param name="W">Width in pixels.</param>
/// <param name="IsFlat">True where the tensor is a vector of C * H * W features.</param>
public readonly record struct TensorShape(int C, int H, int W, bool IsFlat = false)
{
    /// <summary>A vector of <paramref name="features"/> values.</summary>
    public static TensorShape Flat(int features) => new(features, 1, 1, true);

    /// <summary>Values per sample.</summary>
    public long Elements => (long)C * H * W;

    /// <summary>Length of the flattened tensor.</summary>
    public int Features => checked((int)Elements);

    /// <summary>The dimensions of one sample as a reader expects them: [C, H, W], or [features].</summary>
    public int[] Dims => IsFlat ? [Features] : [C, H, W];

    /// <summary>"96x55x55", or "4096".</summary>
    public override string ToString() => IsFlat ? $"{Features}" : $"{C}x{H}x{W}";

    /// <summary>Reads "3x224x224" (channels, height, width; each at least 1).</summary>
    /// <returns>False where <paramref name="text"/> is something else.</returns>
    public static bool TryParse(string text, out TensorShape shape)
    {
        shape = default;
        string[] parts = text.Split('x');
        if (parts.Length != 3 || !int.TryParse(parts[0], out int c) || !int.TryParse(parts[1], out int h) || !int.TryParse(parts[2], out int w))
            return false;
        shape = new TensorShape(c, h, w);
        return c is > 0 and <= 4096 && h is > 0 and <= 65536 && w is > 0 and <= 65536;
    }
}
