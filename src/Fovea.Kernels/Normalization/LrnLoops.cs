using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>The window of a normalisation, and how a plane is cut into blocks of pixels that one worker carries through all channels.</summary>
internal readonly unsafe struct LrnWindow<TPower>(int channels, int plane, int size, float alpha, float k, TPower power)
    where TPower : unmanaged, IPower
{
    private const int BlockPixels = 128;

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

    /// <summary>k + alpha * (sum of squares around a channel) at the pixels from <paramref name="src"/> on (its block's first channel).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Scale(float* src, int channel, int count)
    {
        Vector<float> sum = default;
        int last = Math.Min(channels - 1, channel + After);
        for (int c = Math.Max(0, channel - Before); c <= last; c++)
        {
            Vector<float> x = Lanes.Load(src + ((nint)c * plane), count);
            sum += x * x;
        }
        return (sum * alpha) + new Vector<float>(k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Power(Vector<float> scale) => power.Invoke(scale);
}

/// <summary>Whole vectors, or the last few elements of a plane.</summary>
internal static unsafe class Lanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(float* source, int count) => count >= Vector<float>.Count ? Vector.Load(source) : Tail.Load(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> value, float* target, int count)
    {
        if (count >= Vector<float>.Count)
            value.Store(target);
        else
            value.StoreTail(target, count);
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
        for (int c = 0; c < w.Channels; c++)
        {
            for (int p = 0; p < pixels; p += Vector<float>.Count)
            {
                nint at = offset + ((nint)c * w.Plane) + p;
                Vector<float> x = Lanes.Load(src + at, pixels - p);
                Lanes.Store(x * w.Power(w.Scale(src + offset + p, c, pixels - p)), dst + at, pixels - p);
            }
        }
    }
}

/// <summary>
/// diffSrc[j] = diffDst[j] * scale[j]^-beta - 2 * alpha * beta * src[j] * (sum of diffDst[i] * src[i] * scale[i]^(-beta - 1) over the i whose window holds j).
/// The terms of the sum wait in a ring of as many vectors as the window has channels.
/// </summary>
internal readonly unsafe struct LrnBackwardLoop<TPower>(LrnWindow<TPower> window, float beta, float* src, float* diffDst, float* diffSrc) : IParallelBody
    where TPower : unmanaged, IPower
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        LrnWindow<TPower> w = window;
        (nint offset, int pixels) = w.Locate(item);
        Vector<float>* terms = stackalloc Vector<float>[2 * w.Size];
        for (int p = 0; p < pixels; p += Vector<float>.Count)
            Pixels(w, offset + p, pixels - p, terms, terms + w.Size);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pixels(LrnWindow<TPower> w, nint offset, int count, Vector<float>* terms, Vector<float>* powers)
    {
        for (int i = 0; i < w.Size; i++)
            terms[i] = default;
        Vector<float> factor = new(2f * w.Alpha * beta);
        int slot = 0;
        for (int i = 0; i < w.Channels + w.Before; i++)
        {
            terms[slot] = default;
            if (i < w.Channels)
            {
                nint at = offset + ((nint)i * w.Plane);
                Vector<float> scale = w.Scale(src + offset, i, count), power = w.Power(scale);
                terms[slot] = Lanes.Load(diffDst + at, count) * Lanes.Load(src + at, count) * power / scale;
                powers[slot] = power;
            }
            int j = i - w.Before;
            if (j >= 0)
            {
                nint at = offset + ((nint)j * w.Plane);
                Vector<float> sum = terms[0];
                for (int t = 1; t < w.Size; t++)
                    sum += terms[t];
                int home = slot - w.Before;
                Vector<float> own = Lanes.Load(diffDst + at, count) * powers[home < 0 ? home + w.Size : home];
                Lanes.Store(own - (factor * Lanes.Load(src + at, count) * sum), diffSrc + at, count);
            }
            slot = slot + 1 == w.Size ? 0 : slot + 1;
        }
    }
}
