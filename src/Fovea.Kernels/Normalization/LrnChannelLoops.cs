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
    public nint Channel(int channel) => blocked ? ((nint)(channel / Block) * plane * Block) + (channel % Block) : channel;

    /// <summary>Squares of a pixel's channels into its row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Square(float* x, float* row)
    {
        for (int c = 0; c < channels; c += Vector<float>.Count)
        {
            Vector<float> value = Lanes.Load(x + Channel(c), channels - c);
            (value * value).Store(row + c);
        }
    }

    /// <summary>The sum of <see cref="Size"/> neighbours from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Sum(float* first)
    {
        Vector<float> sum = Vector.Load(first);
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
        Vector<float> constant = new(k);
        for (int c = 0; c < w.Channels; c += Vector<float>.Count)
        {
            nint at = w.Channel(c);
            Vector<float> scale = (w.Sum(squares + c - w.Before) * alpha) + constant;
            Lanes.Store(Lanes.Load(x + at, w.Channels - c) * power.Invoke(scale), y + at, w.Channels - c);
        }
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
        Vector<float> constant = new(k);
        for (int c = 0; c < w.Channels; c += Vector<float>.Count)
        {
            nint at = w.Channel(c);
            Vector<float> scale = (w.Sum(squares + c - w.Before) * alpha) + constant, raised = power.Invoke(scale);
            // The gradient passes to the channel itself; the row keeps it, so that diffDst is read once.
            Vector<float> own = Lanes.Load(dy + at, w.Channels - c) * raised;
            own.Store(owns + c);
            (own * Lanes.Load(x + at, w.Channels - c) / scale).Store(terms + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(LrnPixels w, nint pixel, float* terms, float* owns)
    {
        float* x = src + pixel, dx = diffSrc + pixel;
        Vector<float> scaled = new(factor);
        for (int c = 0; c < w.Channels; c += Vector<float>.Count)
        {
            nint at = w.Channel(c);
            Vector<float> through = scaled * Lanes.Load(x + at, w.Channels - c) * w.Sum(terms + c - w.After);
            Lanes.Store(Vector.Load(owns + c) - through, dx + at, w.Channels - c);
        }
    }
}
