using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

// The right side.
public static unsafe partial class GradientPanels
{
    /// <summary>A chunk of a part of the right side, in oneDNN's BA16a64b2a: [blocks of 64 columns][pairs of rows][64 columns][2]. Columns beyond the last stay as they are.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="cut">How they are cut.</param>
    /// <param name="chunk">Which chunk.</param>
    /// <param name="part">Which part.</param>
    /// <param name="src">[N, IC / 16, H, W, 16].</param>
    /// <param name="panel">The result, <see cref="GradientCut.RightLength"/> numbers.</param>
    /// <param name="places">Scratch, <see cref="GradientCut.PlacesLength"/> numbers.</param>
    public static void Right(in Conv2dShape shape, in GradientCut cut, int chunk, int part, ReadOnlySpan<ushort> src, Span<ushort> panel, Span<int> places)
    {
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(panel.Length, cut.RightLength, nameof(panel));
        Guard.Length(places.Length, cut.PlacesLength, nameof(places));
        Guard.That((uint)chunk < (uint)cut.Chunks && (uint)part < (uint)cut.Parts, $"There are {cut.Chunks} chunks and {cut.Parts} parts, got {chunk} and {part}.");
        fixed (ushort* source = src, target = panel)
        fixed (int* place = places)
            RightPart(shape, cut, chunk, part, source, target, place);
    }

    private static void RightPart(in Conv2dShape shape, in GradientCut cut, int chunk, int part, ushort* source, ushort* target, int* places)
    {
        nint plane = (nint)shape.H * shape.W * Channels, rows = cut.ChunkRows;
        int blocks = shape.IC / Channels, first = part * (cut.PartColumns / Channels), end = Math.Min(first + (cut.PartColumns / Channels), cut.Columns / Channels);
        int* known = stackalloc int[Slots];
        new Span<int>(known, Slots).Fill(-1);
        // A piece is 16 columns: one block of channels, as one tap sees it.
        for (int piece = first; piece < end; piece++)
        {
            (int tap, int block) = Math.DivRem(piece, blocks);
            int slot = tap % Slots, at = (piece - first) % Slots;
            int* place = places + (slot * rows);
            if (known[slot] != tap)
                Places(shape, cut, chunk, tap, place);
            known[slot] = tap;
            ushort* from = source + (block * plane), to = target + ((piece - first - at) * Channels * rows);
            if (at == 0 && block + Slots <= blocks && piece + Slots <= end)
            {
                FourPieces(from, plane, place, rows, to);
                piece += Slots - 1;
            }
            else
            {
                Piece(from, place, rows, to + (at * 2 * Channels));
            }
        }
    }

    // Four cache lines next to each other: piece by piece, every fourth would be written, and few sets of the cache used.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourPieces(ushort* source, nint plane, int* place, nint rows, ushort* target)
    {
        Vector512<ushort> interleaved = Interleaved;
        ushort* second = source + plane, third = second + plane, fourth = third + plane;
        for (nint row = 0; row < rows; row += 2, target += 2 * BlockColumns)
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
                    x0 = x0.WithLower(Vector256.Load(source + a));
                    x1 = x1.WithLower(Vector256.Load(second + a));
                    x2 = x2.WithLower(Vector256.Load(third + a));
                    x3 = x3.WithLower(Vector256.Load(fourth + a));
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
            Avx512BW.PermuteVar32x16(x1, interleaved).Store(target + (2 * Channels));
            Avx512BW.PermuteVar32x16(x2, interleaved).Store(target + (4 * Channels));
            Avx512BW.PermuteVar32x16(x3, interleaved).Store(target + (6 * Channels));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Piece(ushort* source, int* place, nint rows, ushort* target)
    {
        Vector512<ushort> interleaved = Interleaved;
        for (nint row = 0; row < rows; row += 2, target += 2 * BlockColumns)
        {
            nint a = place[row], b = place[row + 1];
            Vector256<ushort> x = a < 0 ? default : Vector256.Load(source + (a * Channels)), y = b < 0 ? default : Vector256.Load(source + (b * Channels));
            Avx512BW.PermuteVar32x16(Vector512.Create(x, y), interleaved).Store(target);
        }
    }

    /// <summary>The pixel that a tap sees at each row, counted from the first of the first image in blocks of 16 numbers; -1 outside of the picture, and beyond the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Places(in Conv2dShape shape, in GradientCut cut, int chunk, int tap, int* place)
    {
        (int tapY, int tapX) = Math.DivRem(tap, shape.KW);
        int imageStep = shape.IC / Channels * shape.H * shape.W, strideW = shape.StrideW, left = tapX - shape.PadLeft;
        uint width = (uint)shape.W;
        long start = (long)chunk * cut.ChunkRows;
        int* end = place + cut.ChunkRows, last = place + Math.Min(cut.ChunkRows, cut.Rows - start);
        (long line, long column) = Math.DivRem(start, shape.OW);
        (long image, long y) = Math.DivRem(line, shape.OH);
        while (place < last)
        {
            int sourceY = ((int)y * shape.StrideH) + tapY - shape.PadTop, count = (int)Math.Min(shape.OW - column, last - place);
            if ((uint)sourceY >= (uint)shape.H)
            {
                new Span<int>(place, count).Fill(-1);
            }
            else
            {
                int first = ((int)image * imageStep) + (sourceY * shape.W), sourceX = ((int)column * strideW) + left;
                for (int i = 0; i < count; i++, sourceX += strideW)
                    place[i] = (uint)sourceX < width ? first + sourceX : -1;
            }
            place += count;
            column = 0;
            if (++y == shape.OH)
                (y, image) = (0, image + 1);
        }
        new Span<int>(last, (int)(end - last)).Fill(-1);
    }
}
