namespace Fovea.Imaging;

/// <summary>
/// For each pixel of one output axis: which input pixels it is made of, and their weights as integers of 22 bits after the point. Weights, their order of
/// evaluation and their rounding are Pillow's, so that results are the same bits. One object per thread and axis, refilled for each picture.
/// </summary>
internal sealed class ResampleTable
{
    /// <summary>Bits of a weight after the point: what 32 bits leave over 8 for the pixel and 2 for overshoot.</summary>
    internal const int Precision = 32 - 8 - 2;

    /// <summary>Low bits of a weight that <see cref="Low"/> has; the rest is in <see cref="High"/>.</summary>
    internal const int SplitBits = 11;

    private int[] _first = [];
    private int[] _count = [];
    private int[] _weights = [];
    private short[] _low = [];
    private short[] _high = [];
    private double[] _row = [];

    /// <summary>Weights stored per output pixel, the last ones zero: an even number.</summary>
    internal int Taps { get; private set; }

    /// <summary>The largest of <see cref="Count"/>.</summary>
    internal int MaxCount { get; private set; }

    /// <summary>First input pixel of each output pixel.</summary>
    internal ReadOnlySpan<int> First => _first;

    /// <summary>Number of input pixels of each output pixel, at least 1.</summary>
    internal ReadOnlySpan<int> Count => _count;

    /// <summary><see cref="Taps"/> weights per output pixel.</summary>
    internal ReadOnlySpan<int> Weights => _weights;

    /// <summary>weight = Low + (High &lt;&lt; SplitBits), 0 &lt;= Low: two 16-bit halves, for the instruction that multiplies and adds pairs of them.</summary>
    internal ReadOnlySpan<short> Low => _low;

    /// <inheritdoc cref="Low"/>
    internal ReadOnlySpan<short> High => _high;

    /// <summary>Computes the table for reading [<paramref name="from"/>, <paramref name="to"/>) of <paramref name="inSize"/> pixels into <paramref name="outSize"/>.</summary>
    internal void Fill(int inSize, float from, float to, int outSize, Interpolation filter)
    {
        double scale = (double)(to - from) / outSize, filterScale = Math.Max(scale, 1.0);
        double support = (filter == Interpolation.Bicubic ? 2.0 : 1.0) * filterScale, step = 1.0 / filterScale;
        Reserve(outSize, (int)Math.Ceiling(support) * 2 + 1);
        MaxCount = 1;
        for (int o = 0; o < outSize; o++)
        {
            double centre = from + (o + 0.5) * scale;
            int first = Math.Clamp((int)(centre - support + 0.5), 0, inSize - 1);
            int count = Math.Max(1, Math.Min(inSize, (int)(centre + support + 0.5)) - first);
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                double x = (i + first - centre + 0.5) * step;
                sum += _row[i] = filter == Interpolation.Bicubic ? Cubic(x) : Triangle(x);
            }
            (_first[o], _count[o]) = (first, count);
            MaxCount = Math.Max(MaxCount, count);
            Store(o * Taps, count, sum);
        }
    }

    private void Store(int at, int count, double sum)
    {
        for (int i = 0; i < Taps; i++)
        {
            double weight = i >= count ? 0 : sum != 0 ? _row[i] / sum : _row[i];
            int fixedPoint = (int)((weight < 0 ? -0.5 : 0.5) + weight * (1 << Precision));
            _weights[at + i] = fixedPoint;
            _low[at + i] = (short)(fixedPoint & ((1 << SplitBits) - 1));
            _high[at + i] = (short)(fixedPoint >> SplitBits);
        }
    }

    private void Reserve(int outSize, int taps)
    {
        Taps = (taps + 1) & ~1;
        if ((long)outSize * Taps > Array.MaxLength)
            throw new ArgumentException($"A side of {outSize:N0} pixels is too long to resize to.", nameof(outSize));
        int weights = outSize * Taps;
        if (_first.Length < outSize)
            (_first, _count) = (new int[outSize], new int[outSize]);
        if (_weights.Length < weights)
            (_weights, _low, _high) = (new int[weights], new short[weights], new short[weights]);
        if (_row.Length < Taps)
            _row = new double[Taps];
    }

    private static double Triangle(double x)
    {
        x = Math.Abs(x);
        return x < 1.0 ? 1.0 - x : 0.0;
    }

    // Keys, "Cubic convolution interpolation for digital image processing" (1981), equation 4 with a = -1/2.
    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        if (x < 1.0)
            return ((A + 2.0) * x - (A + 3.0)) * x * x + 1;
        return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * A : 0.0;
    }
}
