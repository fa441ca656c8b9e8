using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Imaging;

/// <summary>
/// Resamples along rows. RGB goes two input pixels at a time: the bytes are shuffled to (r0 r1 g0 g1 b0 b1) and multiplied and added in pairs, once by the
/// weights' low and once by their high halves, which together is the 32-bit product exactly; four rows at a time share the loads of weights.
/// </summary>
internal static unsafe class HorizontalPass
{
    private const int Half = 1 << (ResampleTable.Precision - 1);
    private const int Group = 4;

    /// <summary>Fills every row of <paramref name="to"/> from the rows of <paramref name="src"/> that begin at <paramref name="firstRow"/>.</summary>
    internal static void Run(Image src, int firstRow, ResampleTable table, Image to)
    {
        if (src.Channels != 3 || !Avx2.IsSupported)
        {
            for (int row = 0; row < to.Height; row++)
                Plain(src.Row(firstRow + row), table, to.Row(row), src.Channels);
            return;
        }
        // Every output pixel takes the same number of pairs, so that the loop's end is foreseen; the weights too many are 0, but their pixels are loaded, and
        // may lie beyond the row. Rows near the end of the picture are copied first, so that the loads stay in memory that is ours.
        int pairs = (table.MaxCount + 1) / 2, reach = 6 * pairs + 8;
        int stride = 3 * src.Width, outStride = 3 * to.Width;
        int inside = Math.Clamp(src.Height - firstRow - (reach + stride - 1) / stride, 0, to.Height);
        int y = 0;
        fixed (byte* from = src.Pixels[(firstRow * stride)..], into = to.Pixels)
        {
            for (; y + Group <= inside; y += Group)
                Rows(from + (nint)y * stride, stride, table, pairs, into + (nint)y * outStride, outStride, to.Width);
        }
        Span<byte> copy = Scratch.Bytes((long)Group * (stride + reach));
        Span<byte> result = Scratch.Rows(Group * outStride);
        for (; y < to.Height; y += Group)
        {
            int rows = Math.Min(Group, to.Height - y);
            src.Pixels.Slice((firstRow + y) * stride, rows * stride).CopyTo(copy);
            fixed (byte* from = copy, into = result)
                Rows(from, stride, table, pairs, into, outStride, to.Width);
            result[..(rows * outStride)].CopyTo(to.Pixels[(y * outStride)..]);
        }
    }

    private static void Rows(byte* from, int stride, ResampleTable table, int pairs, byte* to, int outStride, int width)
    {
        Vector256<byte> order = Vector256.Create(Vector128.Create((byte)0, 255, 3, 255, 1, 255, 4, 255, 2, 255, 5, 255, 255, 255, 255, 255));
        int taps = table.Taps;
        fixed (short* low = table.Low, high = table.High)
        fixed (int* first = table.First)
        {
            for (int x = 0; x < width; x++, to += 3)
            {
                byte* at = from + 3 * (nint)first[x];
                short* l = low + (nint)x * taps, h = high + (nint)x * taps;
                Vector256<int> low0 = Vector256.Create(Half), low1 = low0, high0 = Vector256<int>.Zero, high1 = high0;
                for (int n = pairs; n > 0; n--, at += 6, l += 2, h += 2)
                {
                    Vector256<short> pixels0 = Avx2.Shuffle(Load(at, at + stride), order).AsInt16();
                    Vector256<short> pixels1 = Avx2.Shuffle(Load(at + 2 * (nint)stride, at + 3 * (nint)stride), order).AsInt16();
                    Vector256<short> weightLow = Vector256.Create(*(int*)l).AsInt16(), weightHigh = Vector256.Create(*(int*)h).AsInt16();
                    low0 += Avx2.MultiplyAddAdjacent(pixels0, weightLow);
                    low1 += Avx2.MultiplyAddAdjacent(pixels1, weightLow);
                    high0 += Avx2.MultiplyAddAdjacent(pixels0, weightHigh);
                    high1 += Avx2.MultiplyAddAdjacent(pixels1, weightHigh);
                }
                Vector256<int> sum0 = (low0 + (high0 << ResampleTable.SplitBits)) >> ResampleTable.Precision;
                Vector256<int> sum1 = (low1 + (high1 << ResampleTable.SplitBits)) >> ResampleTable.Precision;
                // Packing works within halves: row 0, row 2 | row 1, row 3, four bytes each.
                Vector256<short> words = Avx2.PackSignedSaturate(sum0, sum1);
                Vector256<int> bytes = Avx2.PackUnsignedSaturate(words, words).AsInt32();
                Vector128<int> even = bytes.GetLower(), odd = bytes.GetUpper();
                // The fourth byte falls on the next pixel, which comes next; behind the last pixel it must not be written.
                if (x < width - 1)
                {
                    *(int*)to = even.ToScalar();
                    *(int*)(to + outStride) = odd.ToScalar();
                    *(int*)(to + 2 * (nint)outStride) = even.GetElement(1);
                    *(int*)(to + 3 * (nint)outStride) = odd.GetElement(1);
                    continue;
                }
                Store(to, even.ToScalar());
                Store(to + outStride, odd.ToScalar());
                Store(to + 2 * (nint)outStride, even.GetElement(1));
                Store(to + 3 * (nint)outStride, odd.GetElement(1));
            }
        }
    }

    private static Vector256<byte> Load(byte* a, byte* b) =>
        Vector256.Create(Vector128.CreateScalarUnsafe(*(long*)a), Vector128.CreateScalarUnsafe(*(long*)b)).AsByte();

    private static void Store(byte* to, int rgb)
    {
        *(short*)to = (short)rgb;
        to[2] = (byte)(rgb >> 16);
    }

    private static void Plain(ReadOnlySpan<byte> from, ResampleTable table, Span<byte> to, int channels)
    {
        for (int x = 0, o = 0; o < to.Length; x++)
        {
            ReadOnlySpan<int> weights = table.Weights.Slice(x * table.Taps, table.Count[x]);
            for (int c = 0; c < channels; c++, o++)
            {
                int sum = Half, at = table.First[x] * channels + c;
                for (int i = 0; i < weights.Length; i++, at += channels)
                    sum += from[at] * weights[i];
                to[o] = (byte)Math.Clamp(sum >> ResampleTable.Precision, 0, 255);
            }
        }
    }
}
