using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Where the channels of a pixel lie, and how images are cut into strips of pixels that one worker does. A few pixels at a time lie in rows of their own on the
/// worker's stack, with zeros before the first and after the last channel, so that a window is a handful of loads that need no conditions.
/// </summary>
/// <param name="channels">Channels, blocks' padding included.</param>
/// <param name="plane">Pixels of an image.</param>
/// <param name="size">Channels of the window.</param>
/// <param name="blocked">True for nChw16c.</param>
internal readonly unsafe struct LrnPixels(int channels, int plane, int size, bool blocked)
{
    private const int Block = LrnChannelKernels.Block, StripPixels = 256, RowsTogether = 16, FloatsTogether = 2048;

    public int Channels => channels;

    public int Size => size;

    public int Before => size / 2;

    public int After => (size - 1) / 2;

    public int Strips => (plane + StripPixels - 1) / StripPixels;

    /// <summary>Zeros before a row's first channel and after its last one.</summary>
    public int Margin => (size + Block - 1) / Block * Block;

    /// <summary>Floats of a row.</summary>
    public int Stride => (2 * Margin) + ((channels + Block - 1) / Block * Block);

    /// <summary>Pixels that are done together: the rows are written some while before they are read at other offsets, which the processor wants.</summary>
    public int Rows => Math.Clamp(FloatsTogether / Stride, 1, RowsTogether);

    /// <summary>The image, first pixel and pixels of a strip.</summary>
    public (int Image, int First, int Count) Locate(int item)
    {
        (int image, int strip) = Math.DivRem(item, Strips);
        return (image, strip * StripPixels, Math.Min(StripPixels, plane - (strip * StripPixels)));
    }

    /// <summary>A pixel's first channel, from the tensor's first element.</summary>
    public nint Pixel(int image, int pixel) =>
        blocked ? (((nint)image * (channels / Block) * plane) + pixel) * Block : (((nint)image * plane) + pixel) * channels;

    /// <summary>From a pixel's first channel to the given one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Channel(int channel) => blocked ? ((nint)(channel >> 4) * plane * Block) + (channel & (Block - 1)) : channel;

    /// <summary>Channels that fill whole vectors; those behind them are loaded with care.</summary>
    public int Whole => channels - (channels % Vector<float>.Count);

    /// <summary>Squares of a pixel's channels into its row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Square(float* x, float* row)
    {
        int whole = Whole;
        for (int c = 0; c < whole; c += Vector<float>.Count)
        {
            Vector<float> value = Vector.Load(x + Channel(c));
            (value * value).Store(row + c);
        }
        if (whole < channels)
        {
            Vector<float> value = Tail.Load(x + Channel(whole), channels - whole);
            (value * value).Store(row + whole);
        }
    }

    /// <summary>The sum of <see cref="Size"/> neighbours from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Sum(float* first)
    {
        Vector<float> sum = Vector.Load(first);
        // The paper's window, without a loop.
        if (size == 5)
            return sum + Vector.Load(first + 1) + (Vector.Load(first + 2) + Vector.Load(first + 3)) + Vector.Load(first + 4);
        for (int i = 1; i < size; i++)
            sum += Vector.Load(first + i);
        return sum;
    }
}

internal readonly unsafe struct LrnChannelForward<TPower>(LrnPixels pixels, float alpha, float k, TPower power, float* src, float* dst) : IParallelBody
    where TPower : unmanaged, IPower
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        LrnPixels w = pixels;
        (int image, int first, int count) = w.Locate(item);
        int rows = w.Rows, stride = w.Stride;
        float* squares = stackalloc float[rows * stride];
        new Span<float>(squares, rows * stride).Clear();
        for (int done = 0; done < count; done += rows)
        {
            int now = Math.Min(rows, count - done);
            for (int i = 0; i < now; i++)
                w.Square(src + w.Pixel(image, first + done + i), squares + (i * stride) + w.Margin);
            for (int i = 0; i < now; i++)
                Row(w, w.Pixel(image, first + done + i), squares + (i * stride) + w.Margin);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(LrnPixels w, nint pixel, float* squares)
    {
        float* x = src + pixel, y = dst + pixel;
        int whole = w.Whole;
        for (int c = 0; c < whole; c += Vector<float>.Count)
            At(w, c, Vector<float>.Count, x, squares, y);
        if (whole < w.Channels)
            At(w, whole, w.Channels - whole, x, squares, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void At(LrnPixels w, int c, int count, float* x, float* squares, float* y)
    {
        nint at = w.Channel(c);
        Vector<float> scale = (w.Sum(squares + c - w.Before) * alpha) + new Vector<float>(k);
        Lanes.Store(Lanes.Load(x + at, count) * power.Invoke(scale), y + at, count);
    }
}

/// <summary>The formula of <see cref="LrnBackwardLoop{TPower}"/>, pixel by pixel.</summary>
internal readonly unsafe struct LrnChannelBackward<TPower>(
    LrnPixels pixels, float alpha, float k, float factor, TPower power, float* src, float* diffDst, float* diffSrc) : IParallelBody
    where TPower : unmanaged, IPower
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        LrnPixels w = pixels;
        (int image, int first, int count) = w.Locate(item);
        int rows = w.Rows, stride = w.Stride;
        float* squares = stackalloc float[3 * rows * stride], terms = squares + (rows * stride), owns = terms + (rows * stride);
        new Span<float>(squares, 3 * rows * stride).Clear();
        for (int done = 0; done < count; done += rows)
        {
            int now = Math.Min(rows, count - done);
            for (int i = 0; i < now; i++)
                w.Square(src + w.Pixel(image, first + done + i), squares + (i * stride) + w.Margin);
            for (int i = 0; i < now; i++)
            {
                int row = (i * stride) + w.Margin;
                Terms(w, w.Pixel(image, first + done + i), squares + row, terms + row, owns + row);
            }
            for (int i = 0; i < now; i++)
                Row(w, w.Pixel(image, first + done + i), terms + (i * stride) + w.Margin, owns + (i * stride) + w.Margin);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Terms(LrnPixels w, nint pixel, float* squares, float* terms, float* owns)
    {
        float* x = src + pixel, dy = diffDst + pixel;
        int whole = w.Whole;
        for (int c = 0; c < whole; c += Vector<float>.Count)
            TermsAt(w, c, Vector<float>.Count, x, dy, squares, terms, owns);
        if (whole < w.Channels)
            TermsAt(w, whole, w.Channels - whole, x, dy, squares, terms, owns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TermsAt(LrnPixels w, int c, int count, float* x, float* dy, float* squares, float* terms, float* owns)
    {
        nint at = w.Channel(c);
        Vector<float> scale = (w.Sum(squares + c - w.Before) * alpha) + new Vector<float>(k), raised = power.Invoke(scale);
        // The gradient passes to the channel itself; the row keeps it, so that diffDst is read once.
        Vector<float> own = Lanes.Load(dy + at, count) * raised;
        own.Store(owns + c);
        (own * Lanes.Load(x + at, count) / scale).Store(terms + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(LrnPixels w, nint pixel, float* terms, float* owns)
    {
        float* x = src + pixel, dx = diffSrc + pixel;
        int whole = w.Whole;
        for (int c = 0; c < whole; c += Vector<float>.Count)
            At(w, c, Vector<float>.Count, x, terms, owns, dx);
        if (whole < w.Channels)
            At(w, whole, w.Channels - whole, x, terms, owns, dx);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void At(LrnPixels w, int c, int count, float* x, float* terms, float* owns, float* dx)
    {
        nint at = w.Channel(c);
        Vector<float> through = new Vector<float>(factor) * Lanes.Load(x + at, count) * w.Sum(terms + c - w.After);
        Lanes.Store(Vector.Load(owns + c) - through, dx + at, count);
    }
}
