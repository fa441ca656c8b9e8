using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>Both sides of a product of <see cref="GradientCut"/>, from pictures of bfloat16 in blocks of 16 channels, [N, C / 16, H, W, 16].</summary>
public static unsafe class GradientPanels
{
    private const int Channels = GradientCut.Channels, BlockRows = GradientCut.BlockRows, BlockColumns = GradientCut.BlockColumns, Pieces = BlockColumns / Channels;

    /// <summary>True where the processor has what packing needs.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    private static Vector512<ushort> Interleaved => Vector512.Create(
        (ushort)0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);

    /// <summary>A chunk of the left side: the gradient of the result, [OC, rows of a chunk]; rows beyond the last are zeros.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="cut">How they are cut.</param>
    /// <param name="chunk">Which chunk.</param>
    /// <param name="diffDst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="panel">The result.</param>
    /// <param name="sums">[OC], to which the chunk's rows are added; or empty.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Left(in Conv2dShape shape, in GradientCut cut, int chunk, ReadOnlySpan<ushort> diffDst, Span<ushort> panel, Span<float> sums)
    {
        nint plane = (nint)shape.OH * shape.OW, rows = cut.ChunkRows;
        int blocks = shape.OC / Channels;
        Vector512<ushort> interleaved = Interleaved;
        float* memory = stackalloc float[(16 * 16) + Scratch.SlackFloats];
        float* pairs = Scratch.Align((byte*)memory);
        fixed (ushort* source = diffDst, target = panel)
        fixed (float* sum = sums)
        {
            for (int block = 0; block < blocks; block++)
            {
                float* to = (float*)(target + (block * Channels * rows));
                Vector512<float> even = default, odd = default;
                for (nint row = 0; row < rows; row += BlockRows)
                {
                    long first = ((long)chunk * rows) + row;
                    (long image, long pixel) = Math.DivRem(first, plane);
                    ushort* from = source + ((((image * blocks) + block) * plane) + pixel) * Channels;
                    if (first + BlockRows <= cut.Rows && pixel + BlockRows <= plane)
                    {
                        for (nint pair = 0; pair < 16; pair++)
                        {
                            Vector512<ushort> x = Avx512BW.PermuteVar32x16(Vector512.Load(from + (pair * 2 * Channels)), interleaved);
                            x.AsSingle().Store(pairs + (pair * 16));
                            even += Avx512F.ShiftLeftLogical(x.AsUInt32(), 16).AsSingle();
                            odd += (x.AsUInt32() & Vector512.Create(0xffff0000u)).AsSingle();
                        }
                    }
                    else
                    {
                        for (nint pair = 0; pair < 16; pair++)
                        {
                            Vector256<ushort> a = Pixel(source, first + (2 * pair), cut.Rows, plane, blocks, block), b = Pixel(source, first + (2 * pair) + 1, cut.Rows, plane, blocks, block);
                            Vector512<ushort> x = Avx512BW.PermuteVar32x16(Vector512.Create(a, b), interleaved);
                            x.AsSingle().Store(pairs + (pair * 16));
                            even += Avx512F.ShiftLeftLogical(x.AsUInt32(), 16).AsSingle();
                            odd += (x.AsUInt32() & Vector512.Create(0xffff0000u)).AsSingle();
                        }
                    }
                    Tiles.Transpose16(pairs, 16, to + (row / 2), rows / 2);
                }
                if (sums.Length != 0)
                    (Vector512.Load(sum + (block * Channels)) + even + odd).Store(sum + (block * Channels));
            }
        }
    }

    private static Vector256<ushort> Pixel(ushort* source, long row, long rows, nint plane, int blocks, int block)
    {
        if (row >= rows)
            return default;
        (long image, long pixel) = Math.DivRem(row, plane);
        return Vector256.Load(source + ((((image * blocks) + block) * plane) + pixel) * Channels);
    }

    /// <summary>A chunk of a part of the right side, in oneDNN's BA16a64b2a: [blocks of 64 columns][pairs of rows][64 columns][2].</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="cut">How they are cut.</param>
    /// <param name="chunk">Which chunk.</param>
    /// <param name="part">Which part.</param>
    /// <param name="src">[N, IC / 16, H, W, 16].</param>
    /// <param name="panel">The result.</param>
    /// <param name="places">Scratch: four numbers for each row of a chunk.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Right(in Conv2dShape shape, in GradientCut cut, int chunk, int part, ReadOnlySpan<ushort> src, Span<ushort> panel, Span<int> places)
    {
        nint plane = (nint)shape.H * shape.W * Channels;
        int blocks = shape.IC / Channels, rows = cut.ChunkRows;
        int first = part * (cut.PartColumns / Channels), last = Math.Min(first + (cut.PartColumns / Channels), cut.Columns / Channels);
        int* known = stackalloc int[Pieces];
        new Span<int>(known, Pieces).Fill(-1);
        fixed (ushort* source = src, target = panel)
        fixed (int* place = places)
        {
            for (int piece = first; piece < last; piece++)
            {
                (int tap, int block) = Math.DivRem(piece, blocks);
                int slot = tap % Pieces, at = (piece - first) % Pieces;
                int* own = place + (slot * (nint)rows);
                if (known[slot] != tap)
                    Places(shape, cut, chunk, tap, own);
                known[slot] = tap;
                ushort* to = target + ((piece - first - at) * Channels * (nint)rows), from = source + (block * plane);
                if (at == 0 && block + Pieces <= blocks && piece + Pieces <= last)
                {
                    FourPieces(from, plane, own, rows, to);
                    piece += Pieces - 1;
                }
                else
                {
                    Piece(from, own, rows, to + (at * 2 * Channels));
                }
            }
        }
    }

    // Whole cache lines next to each other: alone, pieces would write every fourth.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourPieces(ushort* source, nint plane, int* place, int rows, ushort* target)
    {
        Vector512<ushort> interleaved = Interleaved;
        ushort* second = source + plane, third = second + plane, fourth = third + plane;
        for (int row = 0; row < rows; row += 2, target += 2 * BlockColumns)
        {
            nint a = place[row], b = place[row + 1];
            Vector512<ushort> x0 = default, x1 = default, x2 = default, x3 = default;
            if (a >= 0 && b == a + 1)
            {
                a *= Channels;
                x0 = Vector512.Load(source + a);
                x1 = Vector512.Load(second + a);
                x2 = Vector512.Load(third + a);
                x3 = Vector512.Load(fourth + a);
            }
            else
            {
                if (a >= 0)
                {
                    a *= Channels;
                    x0 = Vector512.Create(Vector256.Load(source + a), default);
                    x1 = Vector512.Create(Vector256.Load(second + a), default);
                    x2 = Vector512.Create(Vector256.Load(third + a), default);
                    x3 = Vector512.Create(Vector256.Load(fourth + a), default);
                }
                if (b >= 0)
                {
                    b *= Channels;
                    x0 = x0.WithUpper(Vector256.Load(source + b));
                    x1 = x1.WithUpper(Vector256.Load(second + b));
                    x2 = x2.WithUpper(Vector256.Load(third + b));
                    x3 = x3.WithUpper(Vector256.Load(fourth + b));
                }
            }
            Avx512BW.PermuteVar32x16(x0, interleaved).Store(target);
            Avx512BW.PermuteVar32x16(x1, interleaved).Store(target + 32);
            Avx512BW.PermuteVar32x16(x2, interleaved).Store(target + 64);
            Avx512BW.PermuteVar32x16(x3, interleaved).Store(target + 96);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Piece(ushort* source, int* place, int rows, ushort* target)
    {
        Vector512<ushort> interleaved = Interleaved;
        for (int row = 0; row < rows; row += 2, target += 2 * BlockColumns)
        {
            int a = place[row], b = place[row + 1];
            Vector256<ushort> x = a < 0 ? default : Vector256.Load(source + ((nint)a * Channels)), y = b < 0 ? default : Vector256.Load(source + ((nint)b * Channels));
            Avx512BW.PermuteVar32x16(Vector512.Create(x, y), interleaved).Store(target);
        }
    }

    /// <summary>Where in the first block of channels the pixel lies that a tap sees at each row; -1 outside of the picture.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Places(in Conv2dShape shape, in GradientCut cut, int chunk, int tap, int* place)
    {
        (int tapY, int tapX) = Math.DivRem(tap, shape.KW);
        int imageStep = shape.IC / Channels * shape.H * shape.W, left = tapX - shape.PadLeft;
        long start = (long)chunk * cut.ChunkRows;
        int count = (int)Math.Min(cut.ChunkRows, cut.Rows - start), row = 0;
        (long line, long startX) = Math.DivRem(start, shape.OW);
        (long startImage, long startY) = Math.DivRem(line, shape.OH);
        int image = (int)startImage, y = (int)startY, x = (int)startX;
        while (row < count)
        {
            int sourceY = (y * shape.StrideH) + tapY - shape.PadTop, end = Math.Min(shape.OW, x + count - row);
            if ((uint)sourceY >= (uint)shape.H)
            {
                for (; x < end; x++)
                    place[row++] = -1;
            }
            else
            {
                int lineStart = (image * imageStep) + (sourceY * shape.W);
                for (; x < end; x++)
                {
                    int sourceX = (x * shape.StrideW) + left;
                    place[row++] = (uint)sourceX < (uint)shape.W ? lineStart + sourceX : -1;
                }
            }
            x = 0;
            if (++y == shape.OH)
                (y, image) = (0, image + 1);
        }
        for (; row < cut.ChunkRows; row++)
            place[row] = -1;
    }
}
