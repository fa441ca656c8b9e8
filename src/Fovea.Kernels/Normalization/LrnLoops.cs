using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// The window of a normalisation, and how a plane is cut into blocks of pixels that one worker carries through all channels. Rows of a block wait in
/// rings of
/// as many rows as the window has channels, so that every element is read once and all inner loops run over neighbouring pixels.
/// </summary>
internal readonly unsafe struct LrnWindow<TPower>(int channels, int plane, int size, float alpha, float k, TPower power)
    where TPower : unmanaged, IPower
{
    /// <summary>Pixels of a block; a multiple of every vector's width.</summary>
    public const int BlockPixels = 256;

    public int Channels => channels;

    public int Plane => plane;

    public int Size => size;

    public float Alpha => alpha;

    public int Before => size / 2;

    public int After => (size - 1) / 2;

    public int Blocks => (plane + BlockPixels - 1) / BlockPixels;

    /// <summary>The image's and block's first element, and how many pixels the block has.</summary>
    public (nint Offset, int Pixels) Locate(int item)
    {
        (int image, int block) = Math.DivRem(item, Blocks);
        int first = block * BlockPixels;
        return (((nint)image * channels * plane) + first, Math.Min(BlockPixels, plane - first));
    }

    /// <summary>The ring's row of a channel.</summary>
    public float* Row(float* ring, int channel) => ring + ((nint)(channel % size) * BlockPixels);

    /// <summary>k + alpha * (sum over the ring) at a pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Scale(float* squares, int pixel) => (Sum(squares, pixel) * alpha) + new Vector<float>(k);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Sum(float* ring, int pixel)
    {
        Vector<float> sum = Vector.Load(ring + pixel);
        for (int row = 1; row < size; row++)
            sum += Vector.Load(ring + (row * BlockPixels) + pixel);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Power(Vector<float> scale) => power.Invoke(scale);

    /// <summary>Puts a channel's squares, or zeros beyond the last channel, into the ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Square(float* src, int channel, int pixels, float* squares)
    {
        float* row = Row(squares, channel), x = src + ((nint)channel * plane);
        if (channel >= channels)
        {
            new Span<float>(row, BlockPixels).Clear();
            return;
        }
        int p = 0;
        for (; p <= pixels - Vector<float>.Count; p += Vector<float>.Count)
        {
            Vector<float> value = Vector.Load(x + p);
            (value * value).Store(row + p);
        }
        for (; p < pixels; p++)
            row[p] = x[p] * x[p];
    }
}

internal readonly unsafe struct LrnForwardLoop<TPower>(LrnWindow<TPower> window, float* src, float* dst) : IParallelBody
    where TPower : unmanaged, IPower
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        LrnWindow<TPower> w = window;
        (nint offset, int pixels) = w.Locate(item);
        float* squares = stackalloc float[w.Size * LrnWindow<TPower>.BlockPixels];
        new Span<float>(squares, w.Size * LrnWindow<TPower>.BlockPixels).Clear();
        for (int i = 0; i < w.Channels + w.After; i++)
        {
            w.Square(src + offset, i, pixels, squares);
            if (i >= w.After)
                Channel(w, offset + ((nint)(i - w.After) * w.Plane), pixels, squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Channel(LrnWindow<TPower> w, nint at, int pixels, float* squares)
    {
        float* x = src + at, y = dst + at;
        int p = 0;
        for (; p <= pixels - Vector<float>.Count; p += Vector<float>.Count)
            (Vector.Load(x + p) * w.Power(w.Scale(squares, p))).Store(y + p);
        if (p < pixels)
            (Tail.Load(x + p, pixels - p) * w.Power(w.Scale(squares, p))).StoreTail(y + p, pixels - p);
    }
}

/// <summary>
/// diffSrc[j] = diffDst[j] * scale[j]^-beta - 2 * alpha * beta * src[j] * (sum of diffDst[i] * src[i] * scale[i]^(-beta - 1) over the i whose window
/// holds j).
/// </summary>
internal readonly unsafe struct LrnBackwardLoop<TPower>(LrnWindow<TPower> window, float beta, float* src, float* diffDst, float* diffSrc)
    : IParallelBody
    where TPower : unmanaged, IPower
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        LrnWindow<TPower> w = window;
        (nint offset, int pixels) = w.Locate(item);
        int ring = w.Size * LrnWindow<TPower>.BlockPixels;
        float* squares = stackalloc float[3 * ring], terms = squares + ring, powers = terms + ring;
        new Span<float>(squares, 3 * ring).Clear();
        for (int i = 0; i < w.Channels + w.After + w.Before; i++)
        {
            // Squares run ahead of the terms of the sum, and these ahead of the result.
            w.Square(src + offset, i, pixels, squares);
            int term = i - w.After, result = term - w.Before;
            if (term >= w.Channels)
                new Span<float>(w.Row(terms, term), LrnWindow<TPower>.BlockPixels).Clear();
            else if (term >= 0)
                Term(w, offset + ((nint)term * w.Plane), pixels, squares, w.Row(terms, term), w.Row(powers, term));
            if (result >= 0)
                Result(w, offset + ((nint)result * w.Plane), pixels, terms, w.Row(powers, result));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Term(LrnWindow<TPower> w, nint at, int pixels, float* squares, float* term, float* power)
    {
        float* x = src + at, dy = diffDst + at;
        for (int p = 0; p < pixels; p += Vector<float>.Count)
        {
            Vector<float> scale = w.Scale(squares, p), factor = w.Power(scale);
            factor.Store(power + p);
            (Lanes.Load(dy + p, pixels - p) * Lanes.Load(x + p, pixels - p) * factor / scale).Store(term + p);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Result(LrnWindow<TPower> w, nint at, int pixels, float* terms, float* power)
    {
        float* x = src + at, dy = diffDst + at, dx = diffSrc + at;
        Vector<float> factor = new(2f * w.Alpha * beta);
        for (int p = 0; p < pixels; p += Vector<float>.Count)
        {
            Vector<float> own = Lanes.Load(dy + p, pixels - p) * Vector.Load(power + p);
            Lanes.Store(own - (factor * Lanes.Load(x + p, pixels - p) * w.Sum(terms, p)), dx + p, pixels - p);
        }
    }
}
