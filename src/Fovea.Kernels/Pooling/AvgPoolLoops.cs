using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>How many elements a window's sum is divided by.</summary>
internal readonly struct AvgDivisor(in Pool2dShape s, bool countIncludePad)
{
    private readonly Pool2dShape s = s;

    public int Rows(int oh) => Count((oh * s.StrideH) - s.PadTop, s.KH, s.H, s.PadBottom);

    public int Columns(int ow) => Count((ow * s.StrideW) - s.PadLeft, s.KW, s.W, s.PadRight);

    private int Count(int start, int size, int length, int pad) =>
        countIncludePad ? Math.Min(start + size, length + pad) - start : Math.Min(start + size, length) - Math.Max(start, 0);
}

internal readonly unsafe struct AvgLoop(Pool2dShape s, float* src, float* dst, bool countIncludePad) : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        float* x = src + ((nint)item * s.H * s.W), y = dst + ((nint)item * s.OH * s.OW);
        PoolRow row = new(s);
        AvgDivisor divisor = new(s, countIncludePad);
        float* columns = stackalloc float[s.W + Vector<float>.Count];
        float* dealt = stackalloc float[row.Length];
        new Span<float>(dealt, row.Length).Clear();
        for (int oh = 0; oh < s.OH; oh++, y += s.OW)
        {
            (int first, int end) = PoolRow.RowsOf(s, oh);
            FoldRows(x, first, end, columns);
            int rows = divisor.Rows(oh);
            if (s.OW == 1)
            {
                y[0] = Divide(SumOf(columns, s.W, s.KW, s.PadLeft), rows * divisor.Columns(0));
                continue;
            }
            row.DealOut(columns, dealt);
            for (int i = 0; i < s.OW; i += Vector<float>.Count)
            {
                Vector<float> sum = Vector.Load(dealt + i);
                for (int kw = 1; kw < s.KW; kw++)
                    sum += Vector.Load(dealt + row.Tap(kw) + i);
                Lanes.Store(sum, y + i, s.OW - i);
            }
            for (int ow = 0; ow < s.OW; ow++)
                y[ow] = Divide(y[ow], rows * divisor.Columns(ow));
        }
    }

    private void FoldRows(float* x, int first, int end, float* columns)
    {
        int W = s.W;
        if (W < Vector<float>.Count)
        {
            for (int w = 0; w < W; w++)
            {
                float sum = 0;
                for (int h = first; h < end; h++)
                    sum += x[(h * W) + w];
                columns[w] = sum;
            }
            return;
        }
        for (int w = 0; w < W; w += Vector<float>.Count)
        {
            int at = Math.Min(w, W - Vector<float>.Count);
            Vector<float> sum = default;
            for (int h = first; h < end; h++)
                sum += Vector.Load(x + (h * W) + at);
            sum.Store(columns + at);
        }
    }

    private static float SumOf(float* columns, int W, int KW, int padLeft)
    {
        float sum = 0;
        for (int w = 0; w < Math.Min(W, KW - padLeft); w++)
            sum += columns[w];
        return sum;
    }

    private static float Divide(float sum, int count) => count > 0 ? sum / count : 0f;
}

internal readonly unsafe struct AvgBackwardLoop(Pool2dShape s, float* diffDst, float* diffSrc, bool countIncludePad) : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        int plane = s.H * s.W;
        float* dx = diffSrc + ((nint)item * plane), dy = diffDst + ((nint)item * s.OH * s.OW);
        AvgDivisor divisor = new(s, countIncludePad);
        float* spread = stackalloc float[s.W];
        new Span<float>(dx, plane).Clear();
        for (int oh = 0; oh < s.OH; oh++, dy += s.OW)
        {
            // A row of windows gives the same row of gradients to each of its rows.
            new Span<float>(spread, s.W).Clear();
            int rows = divisor.Rows(oh);
            for (int ow = 0; ow < s.OW; ow++)
            {
                int start = (ow * s.StrideW) - s.PadLeft, end = Math.Min(start + s.KW, s.W), count = rows * divisor.Columns(ow);
                float share = count > 0 ? dy[ow] / count : 0f;
                for (int w = Math.Max(start, 0); w < end; w++)
                    spread[w] += share;
            }
            (int first, int last) = PoolRow.RowsOf(s, oh);
            for (int h = first; h < last; h++)
                AddRow(spread, dx + ((nint)h * s.W));
        }
    }

    private void AddRow(float* spread, float* target)
    {
        int w = 0;
        for (; w <= s.W - Vector<float>.Count; w += Vector<float>.Count)
            (Vector.Load(target + w) + Vector.Load(spread + w)).Store(target + w);
        for (; w < s.W; w++)
            target[w] += spread[w];
    }
}
