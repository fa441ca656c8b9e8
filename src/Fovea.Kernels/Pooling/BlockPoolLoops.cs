using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>The maxima of a block of channels in one image, and where they were.</summary>
internal readonly unsafe struct BlockMaxLoop<T>(Pool2dShape s, T* src, T* dst, byte* winners) : IParallelBody
    where T : unmanaged, IElement<T>
{
    // Above every number in a window: no element.
    private const byte None = byte.MaxValue;

    public void Invoke(int item, int worker)
    {
        T* x = src + ((nint)item * s.H * s.W * Element.Lanes);
        for (int oh = 0; oh < s.OH; oh++)
        {
            nint at = (((nint)item * s.OH) + oh) * s.OW * Element.Lanes;
            Row(x, oh, dst + at, winners == null ? null : winners + at);
        }
    }

    private void Row(T* x, int oh, T* y, byte* winner)
    {
        int top = (oh * s.StrideH) - s.PadTop, first = Math.Max(0, -top), end = Math.Min(s.KH, s.H - top);
        for (int ow = 0; ow < s.OW; ow++, y += Element.Lanes)
        {
            int left = (ow * s.StrideW) - s.PadLeft, from = Math.Max(0, -left), to = Math.Min(s.KW, s.W - left);
            T* window = x + (((top * (nint)s.W) + left) * Element.Lanes);
            if (winner == null)
            {
                T.Store(Largest(window, first, end, from, to), y);
                continue;
            }
            T.Store(Largest(window, first, end, from, to, out Vector512<int> place), y);
            Bytes.Store(place, winner);
            winner += Element.Lanes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<float> Largest(T* window, int first, int end, int from, int to, out Vector512<int> place)
    {
        Vector512<float> best = Vector512.Create(float.NegativeInfinity);
        Vector512<int> here = Vector512.Create((first * s.KW) + from), one = Vector512<int>.One, skip = Vector512.Create(s.KW - (to - from));
        Vector512<int> won = first < end && from < to ? here : Vector512.Create((int)None);
        for (int kh = first; kh < end; kh++, here += skip)
        {
            T* row = window + (((kh * (nint)s.W) + from) * Element.Lanes);
            for (int left = to - from; left > 0; left--, row += Element.Lanes, here += one)
            {
                Vector512<float> value = T.Load(row), wins = Wins(value, best);
                best = Vector512.ConditionalSelect(wins, value, best);
                won = Vector512.ConditionalSelect(wins.AsInt32(), here, won);
            }
        }
        place = won;
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<float> Largest(T* window, int first, int end, int from, int to)
    {
        Vector512<float> best = Vector512.Create(float.NegativeInfinity);
        for (int kh = first; kh < end; kh++)
        {
            T* row = window + (((kh * (nint)s.W) + from) * Element.Lanes);
            for (int left = to - from; left > 0; left--, row += Element.Lanes)
            {
                Vector512<float> value = T.Load(row);
                best = Vector512.ConditionalSelect(Wins(value, best), value, best);
            }
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Wins(Vector512<float> value, Vector512<float> best) => Vector512.GreaterThan(value, best) | ~Vector512.Equals(value, value);
}

/// <summary>The gradient of a block of channels in one image: every element asks the windows that it lies in whether it has won.</summary>
internal readonly unsafe struct BlockMaxBackwardLoop<T>(Pool2dShape s, T* diffDst, byte* winners, T* diffSrc) : IParallelBody
    where T : unmanaged, IElement<T>
{
    public void Invoke(int item, int worker)
    {
        nint plane = (nint)item * s.OH * s.OW * Element.Lanes;
        T* dx = diffSrc + ((nint)item * s.H * s.W * Element.Lanes);
        for (int h = 0; h < s.H; h++)
        {
            (int top, int bottom) = Windows(h + s.PadTop, s.KH, s.StrideH, s.OH);
            for (int w = 0; w < s.W; w++, dx += Element.Lanes)
            {
                (int left, int right) = Windows(w + s.PadLeft, s.KW, s.StrideW, s.OW);
                T.Store(Sum(plane, h + s.PadTop, w + s.PadLeft, top, bottom, left, right), dx);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<float> Sum(nint plane, int h, int w, int top, int bottom, int left, int right)
    {
        Vector512<float> sum = default;
        Vector512<int> step = Vector512.Create(s.StrideW);
        for (int oh = top; oh < bottom; oh++)
        {
            nint at = plane + (((nint)oh * s.OW + left) * Element.Lanes);
            T* dy = diffDst + at;
            byte* winner = winners + at;
            Vector512<int> own = Vector512.Create(((h - (oh * s.StrideH)) * s.KW) + w - (left * s.StrideW));
            for (int ow = left; ow < right; ow++, dy += Element.Lanes, winner += Element.Lanes, own -= step)
                sum += Vector512.ConditionalSelect(Vector512.Equals(Bytes.Load(winner), own).AsSingle(), T.Load(dy), Vector512<float>.Zero);
        }
        return sum;
    }

    /// <summary>The windows that hold a place of the padded picture: from First to below End.</summary>
    private static (int First, int End) Windows(int place, int window, int stride, int count)
    {
        int before = place - window + 1;
        return (before <= 0 ? 0 : (before + stride - 1) / stride, Math.Min(count, (place / stride) + 1));
    }
}

/// <summary>Small numbers, a byte each in memory.</summary>
internal static unsafe class Bytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(byte* source) => Vector512.WidenLower(Vector512.WidenLower(Vector128.Load(source).ToVector256().ToVector512())).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<int> values, byte* target)
    {
        Vector256<short> half = Vector256.Narrow(values.GetLower(), values.GetUpper());
        Vector128.Narrow(half.GetLower().AsUInt16(), half.GetUpper().AsUInt16()).Store(target);
    }
}
