using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>A plane's maxima: rows of a window first, then its columns.</summary>
internal readonly unsafe struct MaxLoop(Pool2dShape s, float* src, float* dst) : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        float* x = src + ((nint)item * s.H * s.W), y = dst + ((nint)item * s.OH * s.OW);
        PoolRow row = new(s);
        float* columns = stackalloc float[s.W + Vector<float>.Count];
        float* dealt = stackalloc float[row.Length];
        new Span<float>(dealt, row.Length).Fill(float.NegativeInfinity);
        for (int oh = 0; oh < s.OH; oh++, y += s.OW)
        {
            (int first, int end) = PoolRow.RowsOf(s, oh);
            if (first >= end)
            {
                new Span<float>(y, s.OW).Fill(float.NegativeInfinity);
                continue;
            }
            FoldRows(x, first, end, columns);
            row.DealOut(columns, dealt);
            for (int i = 0; i < s.OW; i += Vector<float>.Count)
            {
                Vector<float> best = Vector.Load(dealt + i);
                for (int kw = 1; kw < s.KW; kw++)
                    best = Larger(best, Vector.Load(dealt + row.Tap(kw) + i));
                Lanes.Store(best, y + i, s.OW - i);
            }
        }
    }

    private void FoldRows(float* x, int first, int end, float* columns)
    {
        int W = s.W;
        if (W < Vector<float>.Count)
        {
            for (int w = 0; w < W; w++)
            {
                float best = x[(first * W) + w];
                for (int h = first + 1; h < end; h++)
                {
                    float value = x[(h * W) + w];
                    if (value > best || float.IsNaN(value))
                        best = value;
                }
                columns[w] = best;
            }
            return;
        }
        for (int w = 0; w < W; w += Vector<float>.Count)
        {
            // The last vector overlaps the one before: the same values are found twice.
            int at = Math.Min(w, W - Vector<float>.Count);
            Vector<float> best = Vector.Load(x + (first * W) + at);
            for (int h = first + 1; h < end; h++)
                best = Larger(best, Vector.Load(x + (h * W) + at));
            best.Store(columns + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Larger(Vector<float> best, Vector<float> value) =>
        Vector.ConditionalSelect(Vector.GreaterThan(value, best) | ~Vector.Equals(value, value), value, best);
}

/// <summary>A plane's maxima and where they were.</summary>
internal readonly unsafe struct ArgMaxLoop(Pool2dShape s, float* src, float* dst, int* argmax) : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        float* x = src + ((nint)item * s.H * s.W), y = dst + ((nint)item * s.OH * s.OW);
        int* winners = argmax + ((nint)item * s.OH * s.OW);
        PoolRow row = new(s);
        float* columns = stackalloc float[s.W + Vector<float>.Count], dealt = stackalloc float[row.Length];
        int* places = stackalloc int[s.W + Vector<float>.Count], dealtPlaces = stackalloc int[row.Length];
        new Span<float>(dealt, row.Length).Fill(float.NegativeInfinity);

        // A place behind every real one: padding never wins over an element, not even over minus infinity.
        new Span<int>(dealtPlaces, row.Length).Fill(int.MaxValue);
        for (int oh = 0; oh < s.OH; oh++, y += s.OW, winners += s.OW)
        {
            (int first, int end) = PoolRow.RowsOf(s, oh);
            if (first >= end)
            {
                new Span<float>(y, s.OW).Fill(float.NegativeInfinity);
                new Span<int>(winners, s.OW).Fill(-1);
                continue;
            }
            FoldRows(x, first, end, columns, places);
            row.DealOut(columns, dealt);
            row.DealOut(places, dealtPlaces);
            for (int i = 0; i < s.OW; i += Vector<float>.Count)
            {
                Vector<float> best = Vector.Load(dealt + i);
                Vector<int> place = Vector.Load(dealtPlaces + i);
                for (int kw = 1; kw < s.KW; kw++)
                    Fold(ref best, ref place, Vector.Load(dealt + row.Tap(kw) + i), Vector.Load(dealtPlaces + row.Tap(kw) + i));
                place = Vector.ConditionalSelect(Vector.Equals(place, new Vector<int>(int.MaxValue)), new Vector<int>(-1), place);
                Lanes.Store(best, y + i, s.OW - i);
                Lanes.Store(place.As<int, float>(), (float*)winners + i, s.OW - i);
            }
        }
    }

    private void FoldRows(float* x, int first, int end, float* columns, int* places)
    {
        int W = s.W;
        if (W < Vector<float>.Count)
        {
            for (int w = 0; w < W; w++)
            {
                int place = (first * W) + w;
                for (int h = first + 1; h < end; h++)
                {
                    float value = x[(h * W) + w];
                    if (value > x[place] || float.IsNaN(value))
                        place = (h * W) + w;
                }
                columns[w] = x[place];
                places[w] = place;
            }
            return;
        }
        Vector<int> step = new(W);
        for (int w = 0; w < W; w += Vector<float>.Count)
        {
            int at = Math.Min(w, W - Vector<float>.Count);
            Vector<float> best = Vector.Load(x + (first * W) + at);
            Vector<int> here = Vector.CreateSequence((first * W) + at, 1), place = here;
            for (int h = first + 1; h < end; h++)
            {
                here += step;
                Vector<float> value = Vector.Load(x + (h * W) + at);
                Vector<int> wins = Vector.GreaterThan(value, best) | ~Vector.Equals(value, value);
                best = Vector.ConditionalSelect(wins, value, best);
                place = Vector.ConditionalSelect(wins, here, place);
            }
            best.Store(columns + at);
            place.Store(places + at);
        }
    }

    // PyTorch walks a window row by row: the first of equals and the last NaN in that order win. Columns arrive in another order here, so places
    // decide.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fold(ref Vector<float> best, ref Vector<int> place, Vector<float> value, Vector<int> at)
    {
        Vector<int> nan = ~Vector.Equals(value, value), bestIsNumber = Vector.Equals(best, best);
        Vector<int> wins = Vector.GreaterThan(value, best)
            | (Vector.Equals(value, best) & Vector.LessThan(at, place))
            | (nan & (bestIsNumber | Vector.GreaterThan(at, place)));
        best = Vector.ConditionalSelect(wins, value, best);
        place = Vector.ConditionalSelect(wins, at, place);
    }
}

/// <summary>Gives every output's gradient to the element that won.</summary>
internal readonly unsafe struct MaxBackwardLoop(Pool2dShape s, float* diffDst, int* argmax, float* diffSrc) : IParallelBody
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        int plane = s.H * s.W, outputs = s.OH * s.OW;
        float* dx = diffSrc + ((nint)item * plane), dy = diffDst + ((nint)item * outputs);
        int* winners = argmax + ((nint)item * outputs);
        new Span<float>(dx, plane).Clear();
        for (int i = 0; i < outputs; i++)
        {
            int winner = winners[i];
            if ((uint)winner < (uint)plane)
                dx[winner] += dy[i];
        }
    }
}
