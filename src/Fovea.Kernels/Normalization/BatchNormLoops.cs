using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>[N, C, HW], and where a channel's planes lie.</summary>
internal readonly unsafe struct BatchNormShape(int n, int c, int hw)
{
    public readonly int N = n, HW = hw;
    private readonly int _c = c;

    public nint Offset(int image, int channel) => (((nint)image * _c) + channel) * HW;

    public double Count => (double)N * HW;

    /// <summary>Sum of x over a channel, in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Sum(float* x, int channel)
    {
        double total = 0;
        for (int image = 0; image < N; image++)
        {
            float* plane = x + Offset(image, channel);
            Vector<double> low = default, high = default;
            int i = 0;
            for (; i <= HW - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(Vector.Load(plane + i), out Vector<double> a, out Vector<double> b);
                low += a;
                high += b;
            }
            total += Vector.Sum(low + high);
            for (; i < HW; i++)
                total += plane[i];
        }
        return total;
    }

    /// <summary>Sum of a * (x - shift) over a channel, in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double SumProduct(float* a, float* x, float shift, int channel, bool square)
    {
        double total = 0;
        Vector<float> center = new(shift);
        for (int image = 0; image < N; image++)
        {
            float* left = a + Offset(image, channel), right = x + Offset(image, channel);
            Vector<double> low = default, high = default;
            int i = 0;
            for (; i <= HW - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> d = Vector.Load(right + i) - center;
                Vector.Widen(d, out Vector<double> d0, out Vector<double> d1);
                Vector.Widen(square ? d : Vector.Load(left + i), out Vector<double> a0, out Vector<double> a1);
                low += a0 * d0;
                high += a1 * d1;
            }
            total += Vector.Sum(low + high);
            for (; i < HW; i++)
            {
                double d = right[i] - shift;
                total += (square ? d : left[i]) * d;
            }
        }
        return total;
    }
}

internal readonly unsafe struct StatisticsLoop(BatchNormShape s, float* src, float* mean, float* variance) : IParallelBody
{
    public void Invoke(int item, int worker)
    {
        double center = s.Sum(src, item) / s.Count;
        // Two passes: the square of a large mean would swallow the variance in one.
        mean[item] = (float)center;
        variance[item] = (float)(s.SumProduct(src, src, mean[item], item, square: true) / s.Count);
    }
}

internal readonly unsafe struct ForwardLoop(
    BatchNormShape s, float epsilon, float* src, float* mean, float* variance, float* scale, float* shift, float floor, float* dst) : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        float factor = (float)(scale[item] / Math.Sqrt(variance[item] + (double)epsilon)), center = mean[item], add = shift[item];
        Vector<float> f = new(factor), c = new(center), b = new(add), low = new(floor);
        for (int image = 0; image < s.N; image++)
        {
            float* x = src + s.Offset(image, item), y = dst + s.Offset(image, item);
            int i = 0;
            for (; i <= s.HW - Vector<float>.Count; i += Vector<float>.Count)
                Vector.Max(((Vector.Load(x + i) - c) * f) + b, low).Store(y + i);
            for (; i < s.HW; i++)
                y[i] = MathF.Max(((x[i] - center) * factor) + add, floor);
        }
    }
}

internal readonly unsafe struct BackwardLoop(
    BatchNormShape s, float epsilon, float* src, float* mean, float* variance, float* scale, float* diffDst, float* diffSrc, float* diffScale, float* diffShift)
    : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        double inverse = 1 / Math.Sqrt(variance[item] + (double)epsilon), sum = s.Sum(diffDst, item), product = s.SumProduct(diffDst, src, mean[item], item, square: false);
        diffShift[item] = (float)sum;
        diffScale[item] = (float)(product * inverse);
        // dx = scale/std * (dy - sum(dy)/n - (x - mean)/var * sum(dy (x - mean))/n)
        float factor = (float)(scale[item] * inverse), average = (float)(sum / s.Count), slope = (float)(product * inverse * inverse / s.Count), center = mean[item];
        Vector<float> f = new(factor), a = new(average), k = new(slope), c = new(center);
        for (int image = 0; image < s.N; image++)
        {
            float* x = src + s.Offset(image, item), dy = diffDst + s.Offset(image, item), dx = diffSrc + s.Offset(image, item);
            int i = 0;
            for (; i <= s.HW - Vector<float>.Count; i += Vector<float>.Count)
                ((Vector.Load(dy + i) - a - ((Vector.Load(x + i) - c) * k)) * f).Store(dx + i);
            for (; i < s.HW; i++)
                dx[i] = (dy[i] - average - ((x[i] - center) * slope)) * factor;
        }
    }
}
