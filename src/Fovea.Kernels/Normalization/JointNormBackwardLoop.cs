using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// The gradient through one block of channels, in two passes: the sums of dy and of dy (x - mean), then dx. Where a ReLU follows, dy counts only where the forward
/// result was above zero, which is computed again from x by the forward pass's own expression.
/// </summary>
internal readonly unsafe struct JointBackwardLoop(
    JointShape s, int groups, double epsilon, float* src, float* mean, float* variance, float* scale, float* shift, bool relu, float* diffDst, float* diffSrc,
    bool accumulate, float* diffScale, float* diffShift) : IParallelBody
{
    private readonly JointWalk _walk = new(s);

    public void Invoke(int item, int worker)
    {
        GroupNorm norm = new(s.Block, item, epsilon, mean, variance, scale, shift);
        double* sum = stackalloc double[16], product = stackalloc double[16];
        new Span<double>(sum, 16).Clear();
        new Span<double>(product, 16).Clear();
        for (int image = 0; image < s.N; image++)
            Sums(ref norm, src + Joint(item, image), diffDst + Dense(item, image), sum, product);
        float* average = stackalloc float[16], slope = stackalloc float[16];
        double count = (double)s.N * s.HW;
        for (int i = 0, c = item * s.Block; i < s.Block; i++, c++)
        {
            double inverse = 1 / Math.Sqrt(variance[c] + epsilon);
            diffShift[c] = (float)sum[i];
            diffScale[c] = (float)(product[i] * inverse);
            // dx = scale/std * (dy - sum(dy)/n - (x - mean)/var * sum(dy (x - mean))/n)
            average[i] = (float)(sum[i] / count);
            slope[i] = (float)(product[i] * inverse * inverse / count);
        }
        for (int image = 0; diffSrc is not null && image < s.N; image++)
            Gradient(ref norm, src + Joint(item, image), diffDst + Dense(item, image), average, slope, diffSrc + Joint(item, image));
    }

    private nint Joint(int group, int image) => ((nint)group * s.N + image) * s.Plane;

    private nint Dense(int group, int image) => ((nint)image * groups + group) * s.Plane;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sums(ref GroupNorm group, float* x, float* dy, double* sum, double* product)
    {
        GroupNorm norm = group;
        for (int start = 0; start < _walk.Rows; start += JointWalk.Chunk)
        {
            int end = Math.Min(_walk.Rows, start + JointWalk.Chunk);
            for (int column = 0; column < _walk.Columns; column++)
            {
                Vector256<float> c = _walk.Lane(norm.Center, column), f = _walk.Lane(norm.Factor, column), b = _walk.Lane(norm.Shift, column);
                Vector256<float> total = default, products = default;
                for (int row = start; row < end; row++)
                {
                    int at = (row * _walk.Stride) + (column * JointWalk.Width);
                    Vector256<float> d = Vector256.Load(x + at) - c, g = Masked(Vector256.Load(dy + at), (d * f) + b);
                    total += g;
                    products += g * d;
                }
                _walk.AddTo(sum, column, total);
                _walk.AddTo(product, column, products);
            }
        }
        for (int i = s.HW - _walk.Tail; _walk.Tail > 0 && i < s.HW; i++)
        {
            float d = x[i] - norm.Center[0], g = relu && (d * norm.Factor[0]) + norm.Shift[0] <= 0 ? 0f : dy[i];
            sum[0] += g;
            product[0] += (double)g * d;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gradient(ref GroupNorm group, float* x, float* dy, float* average, float* slope, float* dx)
    {
        GroupNorm norm = group;
        for (int start = 0; start < _walk.Rows; start += JointWalk.Chunk)
        {
            int end = Math.Min(_walk.Rows, start + JointWalk.Chunk);
            for (int column = 0; column < _walk.Columns; column++)
            {
                Vector256<float> c = _walk.Lane(norm.Center, column), f = _walk.Lane(norm.Factor, column), b = _walk.Lane(norm.Shift, column);
                Vector256<float> a = _walk.Lane(average, column), k = _walk.Lane(slope, column);
                for (int row = start; row < end; row++)
                {
                    int at = (row * _walk.Stride) + (column * JointWalk.Width);
                    Vector256<float> d = Vector256.Load(x + at) - c, g = (Masked(Vector256.Load(dy + at), (d * f) + b) - a - (d * k)) * f;
                    (accumulate ? Vector256.Load(dx + at) + g : g).Store(dx + at);
                }
            }
        }
        for (int i = s.HW - _walk.Tail; _walk.Tail > 0 && i < s.HW; i++)
        {
            float d = x[i] - norm.Center[0], g = relu && (d * norm.Factor[0]) + norm.Shift[0] <= 0 ? 0f : dy[i];
            g = (g - average[0] - (d * slope[0])) * norm.Factor[0];
            dx[i] = accumulate ? dx[i] + g : g;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Masked(Vector256<float> dy, Vector256<float> result) =>
        relu ? Vector256.ConditionalSelect(Vector256.LessThanOrEqual(result, Vector256<float>.Zero), Vector256<float>.Zero, dy) : dy;
}
