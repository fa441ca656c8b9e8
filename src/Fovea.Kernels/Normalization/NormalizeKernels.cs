using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Pixels to the network's input: torchvision's ToTensor and Normalize in one pass.</summary>
public static class NormalizeKernels
{
    /// <summary>
    /// dst = (src * scale - mean[c]) / std[c] in float32. A scale of 1/255 is done as the division by 255 that ToTensor does, so the bits are
    /// PyTorch's.
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Images.</param>
    /// <param name="H">Rows.</param>
    /// <param name="W">Columns.</param>
    /// <param name="C">Channels, 1 to 16.</param>
    /// <param name="src">[N, H, W, C], as decoders give them.</param>
    /// <param name="mean">One per channel of the result.</param>
    /// <param name="std">One per channel of the result; not 0.</param>
    /// <param name="scale">1/255 for pixels of 0 to 1, 1 for 0 to 255.</param>
    /// <param name="reverseChannels">True where the network wants BGR: channel c of the result is channel C - 1 - c of the picture.</param>
    /// <param name="channelsLast">True for a result in [N, H, W, C], false for [N, C, H, W].</param>
    /// <param name="dst">N * C * H * W values.</param>
    public static unsafe void Run(
        WorkerTeam team, int N, int H, int W, int C, ReadOnlySpan<byte> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> std, float scale,
        bool reverseChannels, bool channelsLast, Span<float> dst)
    {
        Guard.Length(dst.Length, (long)N * H * W * C, nameof(dst));
        fixed (float* target = dst)
            Run(team, N, H, W, C, src, mean, std, scale, reverseChannels, channelsLast, target, null);
    }

    /// <summary>The same with each value rounded to bfloat16, channels first.</summary>
    /// <inheritdoc cref="Run(WorkerTeam, int, int, int, int, ReadOnlySpan{byte}, ReadOnlySpan{float}, ReadOnlySpan{float}, float, bool, bool, Span{float})"/>
    public static unsafe void Run(
        WorkerTeam team, int N, int H, int W, int C, ReadOnlySpan<byte> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> std, float scale,
        bool reverseChannels, Span<ushort> dst)
    {
        Guard.Length(dst.Length, (long)N * H * W * C, nameof(dst));
        fixed (ushort* target = dst)
            Run(team, N, H, W, C, src, mean, std, scale, reverseChannels, false, null, target);
    }

    private static unsafe void Run(
        WorkerTeam team, int N, int H, int W, int C, ReadOnlySpan<byte> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> std, float scale,
        bool reverseChannels, bool channelsLast, float* dst, ushort* half)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(N >= 0 && H > 0 && W > 0 && C is >= 1 and <= 16, $"Normalize takes [N, H, W, 1 to 16 channels], got [{N}, {H}, {W}, {C}].");
        Guard.Length(src.Length, (long)N * H * W * C, nameof(src));
        Guard.Length(mean.Length, C, nameof(mean));
        Guard.Length(std.Length, C, nameof(std));

        // A byte has 256 values: computing them once makes a table that is right by construction. tables[c] belongs to the result's channel c.
        float* tables = stackalloc float[256 * C];
        for (int c = 0; c < C; c++)
        {
            for (int v = 0; v < 256; v++)
                tables[(256 * c) + v] = ((scale == 1f / 255f ? v / 255f : v * scale) - mean[c]) / std[c];
        }
        fixed (byte* source = src)
        fixed (float* means = mean, stds = std)
        {
            NormalizeLoop loop = new(source, dst, half, tables, means, stds, scale, (nint)H * W, C, reverseChannels, channelsLast);
            team.Run(N * loop.Blocks, ref loop);
        }
    }

    private readonly unsafe struct NormalizeLoop(
        byte* src, float* dst, ushort* half, float* tables, float* mean, float* std, float scale, nint plane, int channels, bool reverse, bool channelsLast)
            : IParallelBody
    {
        private const int BlockPixels = 4096;

        public int Blocks => (int)((plane + BlockPixels - 1) / BlockPixels);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            (int image, int block) = Math.DivRem(item, Blocks);
            nint first = (nint)block * BlockPixels, count = Math.Min(BlockPixels, plane - first);
            byte* x = src + (((image * plane) + first) * channels);
            if (channelsLast)
            {
                float* z = dst + (((image * plane) + first) * channels);
                for (int c = 0; c < channels; c++)
                    Table(x + (reverse ? channels - 1 - c : c), tables + (256 * c), z + c, count, channels);
                return;
            }
            float* values = stackalloc float[half == null ? 0 : BlockPixels];
            for (int c = 0; c < channels; c++)
            {
                nint at = (((image * (nint)channels) + c) * plane) + first;
                float* z = half == null ? dst + at : values;
                int from = reverse ? channels - 1 - c : c;
                nint done = 0;
                if (channels == 1)
                    done = Plain(x, z, c, count);
                else if (channels == 3)
                    done = OfThree(x, from, z, c, count);
                Table(x + (done * channels) + from, tables + (256 * c), z + done, count - done, 1);
                if (half != null)
                    BFloat16.Narrow(values, half + at, count);
            }
        }

        private void Table(byte* x, float* table, float* z, nint count, nint step)
        {
            for (nint i = 0; i < count; i++)
                z[i * step] = table[x[i * channels]];
        }

        private nint Plain(byte* x, float* z, int c, nint count)
        {
            nint i = 0;
            for (; i <= count - 16; i += 16)
                Store(Vector128.Load(x + i), z + i, c);
            return i;
        }

        /// <summary>Sixteen pixels of three channels at a time: the bytes of one channel are picked from three vectors.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private nint OfThree(byte* x, int from, float* z, int c, nint count)
        {
            byte* picks = stackalloc byte[48];
            for (int i = 0; i < 48; i++)
                picks[i] = 255;
            for (int i = 0; i < 16; i++)
            {
                int at = (3 * i) + from;
                picks[(at & ~15) + i] = (byte)(at & 15);
            }
            Vector128<byte> first = Vector128.Load(picks), second = Vector128.Load(picks + 16), third = Vector128.Load(picks + 32);
            nint done = 0;
            for (; done <= count - 16; done += 16, x += 48)
            {
                Vector128<byte> a = Vector128.Shuffle(Vector128.Load(x), first), b = Vector128.Shuffle(Vector128.Load(x + 16), second);
                Store(a | b | Vector128.Shuffle(Vector128.Load(x + 32), third), z + done, c);
            }
            return done;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Store(Vector128<byte> bytes, float* z, int c)
        {
            Vector512<float> x = Vector512.ConvertToSingle(Widened(bytes));
            x = scale == 1f / 255f ? x / Vector512.Create(255f) : x * scale;
            ((x - Vector512.Create(mean[c])) / Vector512.Create(std[c])).Store(z);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<int> Widened(Vector128<byte> bytes)
        {
            if (Avx512F.IsSupported)
                return Avx512F.ConvertToVector512Int32(bytes);
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(bytes);
            return Vector512.Create(Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)), Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high))).AsInt32();
        }
    }
}
