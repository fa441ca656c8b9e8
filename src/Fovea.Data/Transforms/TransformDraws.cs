using Fovea.Kernels;

namespace Fovea.Data.Transforms;

/// <summary>
/// The random draws of one transform for one sample in one epoch: a window of the sample's Philox position, so that draws of one transform move no
/// other's.
/// </summary>
public readonly record struct TransformDraws
{
    /// <summary>Draws that a transform has to itself.</summary>
    public const int Window = 64;

    private readonly PhiloxKey _key;
    private readonly ulong _first;

    /// <summary>The draws of the transform at <paramref name="position"/> (0 is the first) of the sample at <paramref name="key"/>.</summary>
    public TransformDraws(PhiloxKey key, int position) : this(key, (ulong)position * Window)
    {
    }

    private TransformDraws(PhiloxKey key, ulong first) => (_key, _first) = (key, first);

    /// <summary>The epoch that the sample is read for, from 0.</summary>
    public int Epoch => (int)_key.A;

    /// <summary>The draws of the same transform and sample in the first epoch.</summary>
    public TransformDraws OfFirstEpoch => new(_key with { A = 0 }, _first);

    /// <summary>
    /// A number in [<paramref name="low"/>, <paramref name="high"/>) from draw <paramref name="index"/> (0 to <see cref="Window"/> - 1).
    /// </summary>
    public double Between(int index, double low, double high) => low + (high - low) * (_key.Word(_first + (uint)index) * (1.0 / 4294967296.0));

    /// <summary>A sample of N(0, 1) from draws <paramref name="index"/> and <paramref name="index"/> + 1 (Box and Muller).</summary>
    public double Normal(int index)
    {
        double u = (_key.Word(_first + (uint)index) + 1.0) * (1.0 / 4294967296.0), v = _key.Word(_first + (uint)index + 1) * (1.0 / 4294967296.0);
        return Math.Sqrt(-2.0 * Math.Log(u)) * Math.Cos(2.0 * Math.PI * v);
    }

    /// <summary>An integer from 0 to <paramref name="bound"/> - 1 from draw <paramref name="index"/> (0 to <see cref="Window"/> - 1).</summary>
    public int Below(int index, int bound) => _key.Below(_first + (uint)index, bound);
}
