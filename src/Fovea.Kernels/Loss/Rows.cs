using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>Reductions over one row of logits.</summary>
internal static unsafe class Rows
{
    /// <summary>The largest element; NaN where there is one.</summary>
    public static float Max(float* x, int count)
    {
        int i = 0;
        float best = float.NegativeInfinity;
        if (count >= Vector<float>.Count)
        {
            Vector<float> max = Vector.Load(x);
            for (i = Vector<float>.Count; i <= count - Vector<float>.Count; i += Vector<float>.Count)
                max = Vector.Max(max, Vector.Load(x + i));
            for (int lane = 0; lane < Vector<float>.Count; lane++)
                best = MathF.Max(best, max[lane]);
        }
        for (; i < count; i++)
            best = MathF.Max(best, x[i]);
        return best;
    }

    /// <summary>Sum of exp(x - max).</summary>
    public static double ExpSum(float* x, float max, int count)
    {
        Vector<double> even = default, odd = default;
        Vector<float> shift = new(max);
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Exp(Vector.Load(x + i) - shift), out Vector<double> low, out Vector<double> high);
            even += low;
            odd += high;
        }
        double sum = Vector.Sum(even) + Vector.Sum(odd);
        if (i < count)
        {
            Vector<float> rest = Vector.Exp(Tail.Load(x + i, count - i) - shift);
            for (int lane = 0; lane < count - i; lane++)
                sum += rest[lane];
        }
        return sum;
    }

    /// <summary>y = exp(x - max) * factor.</summary>
    public static void ExpScaled(float* x, float max, float factor, float* y, int count)
    {
        Vector<float> shift = new(max);
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            (Vector.Exp(Vector.Load(x + i) - shift) * factor).Store(y + i);
        if (i < count)
            (Vector.Exp(Tail.Load(x + i, count - i) - shift) * factor).StoreTail(y + i, count - i);
    }

    /// <summary>The sum of the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(float* x, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += x[i];
        return sum;
    }

    /// <summary>x -= value.</summary>
    public static void Subtract(float* x, float value, int count)
    {
        for (int i = 0; i < count; i++)
            x[i] -= value;
    }

    /// <summary>How many elements beat the one at <paramref name="index"/>: larger, or equal and before it.</summary>
    public static int Rank(float* x, int index, int count)
    {
        float own = x[index];
        int rank = 0;
        for (int i = 0; i < count; i++)
            rank += x[i] > own || (x[i] == own && i < index) ? 1 : 0;
        return rank;
    }
}
