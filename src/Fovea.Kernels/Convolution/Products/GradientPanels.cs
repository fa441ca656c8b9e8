using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>
/// The left side of a product of <see cref="GradientCut"/>. Both sides are made from pictures of bfloat16 in blocks of 16 channels, [N, C / 16, H, W, 16]: an instruction multiplies pairs of
/// rows, which are pixels here, so pairs of pixels are interleaved channel by channel.
/// </summary>
public static unsafe partial class GradientPanels
{
    private const int Channels = GradientCut.Channels, BlockRows = GradientCut.BlockRows, BlockColumns = GradientCut.BlockColumns, Slots = GradientCut.Slots;

    /// <summary>True where the processor has what packing takes: AVX-512 with instructions for words.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    private static Vector512<ushort> Interleaved => Vector512.Create(
        (ushort)0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);

    /// <summary>A chunk of the left side, [OC, rows of a chunk]; rows beyond the last are zeros.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="cut">How they are cut.</param>
    /// <param name="chunk">Which chunk.</param>
    /// <param name="diffDst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="panel">The result, <see cref="GradientCut.LeftLength"/> numbers.</param>
    /// <param name="bias">[OC], to which the sums over the chunk's rows are added, in float32; or empty.</param>
    public static void Left(in Conv2dShape shape, in GradientCut cut, int chunk, ReadOnlySpan<ushort> diffDst, Span<ushort> panel, Span<float> bias)
    {
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(panel.Length, cut.LeftLength(shape), nameof(panel));
        Guard.LengthOrEmpty(bias.Length, shape.OC, nameof(bias));
        Guard.That((uint)chunk < (uint)cut.Chunks, $"There are {cut.Chunks} chunks, got {chunk}.");
        fixed (ushort* source = diffDst, target = panel)
        fixed (float* sums = bias)
        {
            for (int block = 0; block < shape.OC / Channels; block++)
                LeftBlock(shape, cut, chunk, block, source, target + (block * Channels * (nint)cut.ChunkRows), sums == null ? null : sums + (block * Channels));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void LeftBlock(in Conv2dShape shape, in GradientCut cut, int chunk, int block, ushort* source, ushort* target, float* sums)
    {
        nint plane = (nint)shape.OH * shape.OW, rows = cut.ChunkRows;
        int blocks = shape.OC / Channels;
        Vector512<ushort> interleaved = Interleaved;
        Vector512<uint> upper = Vector512.Create(0xffff0000u);
        Vector512<float> even = default, odd = default;
        float* memory = stackalloc float[(Channels * Channels) + Scratch.SlackFloats], pairs = Scratch.Align((byte*)memory);
        for (nint row = 0; row < rows; row += BlockRows)
        {
            long first = (chunk * (long)rows) + row;
            (long image, long pixel) = Math.DivRem(first, plane);
            ushort* from = source + (((((image * blocks) + block) * plane) + pixel) * Channels);
            bool whole = first + BlockRows <= cut.Rows && pixel + BlockRows <= plane;
            for (nint pair = 0; pair < BlockRows / 2; pair++)
            {
                Vector512<ushort> x = whole
                    ? Vector512.Load(from + (pair * 2 * Channels))
                    : Vector512.Create(Pixel(source, cut.Rows, plane, blocks, block, first + (2 * pair)), Pixel(source, cut.Rows, plane, blocks, block, first + (2 * pair) + 1));
                x = Avx512BW.PermuteVar32x16(x, interleaved);
                x.AsSingle().Store(pairs + (pair * Channels));
                even += (x.AsUInt32() << 16).AsSingle();
                odd += (x.AsUInt32() & upper).AsSingle();
            }
            // A pair is as wide as a float32.
            Tiles.Transpose16(pairs, Channels, (float*)target + (row / 2), rows / 2);
        }
        if (sums != null)
            (Vector512.Load(sums) + (even + odd)).Store(sums);
    }

    private static Vector256<ushort> Pixel(ushort* source, long rows, nint plane, int blocks, int block, long row)
    {
        if (row >= rows)
            return default;
        (long image, long pixel) = Math.DivRem(row, plane);
        return Vector256.Load(source + (((((image * blocks) + block) * plane) + pixel) * Channels));
    }
}
