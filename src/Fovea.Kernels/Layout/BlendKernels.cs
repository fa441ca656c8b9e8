using System.Numerics;

namespace Fovea.Kernels;

/// <summary>Mixtures of pictures of bytes.</summary>
public static class BlendKernels
{
    /// <summary>What a share is counted in: 256 is the whole.</summary>
    public const int Whole = 256;

    /// <summary>a = (share * a + (256 - share) * b) / 256, rounded to the nearest grey level, halves upwards.</summary>
    /// <param name="share">Share of <paramref name="a"/>, 0 to 256.</param>
    /// <param name="a">One picture; receives the mixture.</param>
    /// <param name="b">The other, of the same length.</param>
    public static void Blend(int share, Span<byte> a, ReadOnlySpan<byte> b)
    {
        Guard.That(share is >= 0 and <= Whole, $"A share goes from 0 to {Whole}, got {share}.");
        Guard.Length(a.Length, b.Length, nameof(a));
        // 255 * 256 + 128 is the most that a sum can be: 16 bits hold it.
        Vector<ushort> own = new((ushort)share), other = new((ushort)(Whole - share)), half = new(Whole / 2);
        int i = 0;
        for (; i <= a.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(a[i..]), out Vector<ushort> lowA, out Vector<ushort> highA);
            Vector.Widen(new Vector<byte>(b[i..]), out Vector<ushort> lowB, out Vector<ushort> highB);
            Vector<ushort> low = ((lowA * own) + (lowB * other) + half) >>> 8, high = ((highA * own) + (highB * other) + half) >>> 8;
            Vector.Narrow(low, high).CopyTo(a[i..]);
        }
        for (; i < a.Length; i++)
            a[i] = (byte)(((a[i] * share) + (b[i] * (Whole - share)) + (Whole / 2)) >> 8);
    }
}
