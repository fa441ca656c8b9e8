using Fovea.Kernels;

namespace Fovea.Data.Transforms;

/// <summary>
/// Lets a JPEG be decoded no larger than the first transform needs. One object serves one loader thread, whose samples set <see cref="Key"/> one
/// after the other.
/// </summary>
internal sealed class ScaledDecodeHint(Transform first) : IScaledDecodeHint
{
    /// <summary>The position in the random numbers of the sample that is read next.</summary>
    public PhiloxKey Key { get; set; }

    public (int Width, int Height) LeastSize(int width, int height) => first.LeastSize(width, height, new TransformDraws(Key, 0)) ?? (width, height);
}
