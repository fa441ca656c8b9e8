using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>A normalisation's numbers for the channels of one block, in float as the loops want them.</summary>
internal unsafe struct GroupNorm
{
    public fixed float Center[16];
    public fixed float Factor[16];
    public fixed float Shift[16];

    public GroupNorm(int block, int group, double epsilon, float* mean, float* variance, float* scale, float* shift)
    {
        for (int i = 0, c = group * block; i < block; i++, c++)
        {
            Center[i] = mean[c];
            Factor[i] = (float)(scale[c] / Math.Sqrt(variance[c] + epsilon));
            Shift[i] = shift[c];
        }
    }
}

/// <summary>Mean and variance of the channels of one block: two passes, as the square of a large mean would swallow the variance in one.</summary>
internal readonly unsafe struct JointStatisticsLoop(JointShape s, int firstGroup, float* src, float* mean, float* variance) : IParallelBody
{
    private readonly JointWalk _walk = new(s);

    public void Invoke(int item, int worker)
    {
        int group = firstGroup + item;
        float* center = stackalloc float[16];
        double* sum = stackalloc double[16];
        new Span<float>(center, 16).Clear();
        double count = (double)s.N * s.HW;
        Add(group, center, square: false, sum);
        for (int i = 0; i < s.Block; i++)
            mean[(group * s.Block) + i] = center[i] = (float)(sum[i] / count);
        Add(group, center, square: true, sum);
        for (int i = 0; i < s.Block; i++)
            variance[(group * s.Block) + i] = (float)(sum[i] / count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(int group, float* center, bool square, double* sum)
    {
        new Span<double>(sum, 16).Clear();
        for (int image = 0; image < s.N; image++)
        {
            float* plane = src + (((nint)group * s.N + image) * s.Plane);
            for (int start = 0; start < _walk.Rows; start += JointWalk.Chunk)
            {
                int end = Math.Min(_walk.Rows, start + JointWalk.Chunk);
                for (int column = 0; column < _walk.Columns; column++)
                {
                    Vector256<float> c = _walk.Lane(center, column), total = default;
                    float* x = plane + (column * JointWalk.Width);
                    for (int row = start; row < end; row++)
                    {
                        Vector256<float> d = Vector256.Load(x + (row * _walk.Stride)) - c;
                        total += square ? d * d : d;
                    }
                    _walk.AddTo(sum, column, total);
                }
            }
            for (int i = s.HW - _walk.Tail; _walk.Tail > 0 && i < s.HW; i++)
            {
                double d = plane[i] - center[0];
                sum[0] += square ? d * d : d;
            }
        }
    }
}

/// <summary>One plane from joint to dense: normalised, and where <paramref name="floor"/> is 0, cut off below.</summary>
internal readonly unsafe struct JointForwardLoop(
    JointShape s, int groups, double epsilon, float* src, float* mean, float* variance, float* scale, float* shift, float floor, float* dst) : IParallelBody
{
    private readonly JointWalk _walk = new(s);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        (int group, int image) = (item / s.N, item % s.N);
        GroupNorm norm = new(s.Block, group, epsilon, mean, variance, scale, shift);
        float* x = src + ((nint)item * s.Plane), y = dst + (((nint)image * groups + group) * s.Plane);
        Vector256<float> low = Vector256.Create(floor);
        for (int start = 0; start < _walk.Rows; start += JointWalk.Chunk)
        {
            int end = Math.Min(_walk.Rows, start + JointWalk.Chunk);
            for (int column = 0; column < _walk.Columns; column++)
            {
                Vector256<float> c = _walk.Lane(norm.Center, column), f = _walk.Lane(norm.Factor, column), b = _walk.Lane(norm.Shift, column);
                for (int row = start; row < end; row++)
                {
                    int at = (row * _walk.Stride) + (column * JointWalk.Width);
                    Vector256.Max(((Vector256.Load(x + at) - c) * f) + b, low).Store(y + at);
                }
            }
        }
        for (int i = s.HW - _walk.Tail; _walk.Tail > 0 && i < s.HW; i++)
            y[i] = MathF.Max(((x[i] - norm.Center[0]) * norm.Factor[0]) + norm.Shift[0], floor);
    }
}
