using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): a counter-based generator. Draws are counted, not consumed,
/// so neither thread count nor prefetch order nor resuming can change them.
/// </summary>
public static class Philox
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>The four 32-bit words at counter (<paramref name="c0"/>..<paramref name="c3"/>) under a 64-bit <paramref name="key"/>.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong key, uint c0, uint c1, uint c2, uint c3)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)M0 * c0, p1 = (ulong)M1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += W0;
            k1 += W1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>A float in [0, 1) with 24 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToUnit(uint word) => (word >> 8) * (1f / (1 << 24));
}

/// <summary>A named position in the Philox counter space: (seed; stream, a, b). Each value is drawn by its index, in any order.</summary>
/// <param name="Seed">The run's seed: the Philox key.</param>
/// <param name="Stream">What draws (see <see cref="RandomStream"/>): two streams never share a counter.</param>
/// <param name="A">First coordinate, such as the epoch or the step.</param>
/// <param name="B">Second coordinate, such as the sample or the op.</param>
public readonly record struct PhiloxKey(ulong Seed, RandomStream Stream, uint A, uint B)
{
    internal ulong Key => Seed ^ ((ulong)Stream * 0x9E3779B97F4A7C15UL);

    /// <summary>Words 4 * block to 4 * block + 3 of this position.</summary>
    public (uint X0, uint X1, uint X2, uint X3) Words(ulong block) => Philox.Block(Key, (uint)block, (uint)(block >> 32), A, B);

    /// <summary>The 32-bit word at <paramref name="index"/>.</summary>
    public uint Word(ulong index)
    {
        (uint x0, uint x1, uint x2, uint x3) = Words(index >> 2);
        return (index & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
    }

    /// <summary>A float in [0, 1) at <paramref name="index"/>.</summary>
    public float Unit(ulong index) => Philox.ToUnit(Word(index));

    /// <summary>An integer in [0, <paramref name="bound"/>) at <paramref name="index"/> (multiply and shift: bias below bound / 2^32).</summary>
    public int Below(ulong index, int bound) => (int)(((ulong)Word(index) * (uint)bound) >> 32);

    /// <summary>A sample of N(0, 1) at <paramref name="index"/> (Box-Muller over two words of one block).</summary>
    public double Normal(ulong index)
    {
        (uint x0, uint x1, _, _) = Words(index);
        double u = (x0 + 1.0) * (1.0 / 4294967296.0), v = x1 * (1.0 / 4294967296.0);
        return Math.Sqrt(-2.0 * Math.Log(u)) * Math.Cos(2.0 * Math.PI * v);
    }
}

/// <summary>Who draws. The numbers are part of the format: the same seed must give the same run in every later version.</summary>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix",
    Justification = "A stream of random numbers is what the literature calls it.")]
public enum RandomStream
{
    /// <summary>Initial weights: A is the parameter's position in the graph.</summary>
    Initialization = 1,

    /// <summary>Dropout masks: A is the step, B the op.</summary>
    Dropout = 2,

    /// <summary>The order of samples: A is the epoch.</summary>
    Shuffle = 3,

    /// <summary>Augmentation of a sample: A is the epoch, B the sample.</summary>
    Augmentation = 4,

    /// <summary>Seeded splits and subsets of a data set.</summary>
    Split = 5,

    /// <summary>Mixup and CutMix: A is the epoch, B the batch in it.</summary>
    Mixing = 6,

    /// <summary>Images drawn again for the bootstrap: B is the number of the drawn set.</summary>
    Resampling = 7,
}
