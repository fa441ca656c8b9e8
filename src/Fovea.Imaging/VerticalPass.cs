using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Imaging;

/// <summary>Resamples along columns: bytes of two rows are interleaved and multiplied and added in pairs, 16 columns at a time, as in <see cref="HorizontalPass"/>.</summary>
internal static unsafe class VerticalPass
{
    private const int Half = 1 << (ResampleTable.Precision - 1);
    private const int Lanes = 16;

    /// <summary>Fills <paramref name="dst"/>; row 0 of <paramref name="rows"/> is row <paramref name="firstRow"/> of the table.</summary>
    internal static void Run(Image rows, int firstRow, ResampleTable table, Image dst)
    {
        int stride = dst.Width * dst.Channels;
        fixed (byte* from = rows.Pixels, to = dst.Pixels)
        fixed (short* lows = table.Low, highs = table.High)
        {
            for (int y = 0; y < dst.Height; y++)
            {
                byte* row = from + (nint)(table.First[y] - firstRow) * stride, o = to + (nint)y * stride;
                int taps = table.Count[y], done = 0;
                if (Avx2.IsSupported && stride >= Lanes)
                {
                    short* low = lows + (nint)y * table.Taps, high = highs + (nint)y * table.Taps;
                    for (; done + Lanes <= stride; done += Lanes)
                        Block(row + done, stride, taps, low, high, o + done);
                    // The last block overlaps the one before it; both write the same bytes.
                    if (done < stride)
                        Block(row + stride - Lanes, stride, taps, low, high, o + stride - Lanes);
                    done = stride;
                }
                ReadOnlySpan<int> weights = table.Weights.Slice(y * table.Taps, taps);
                for (; done < stride; done++)
                    o[done] = Column(row + done, stride, weights);
            }
        }
    }

    private static void Block(byte* row, int stride, int taps, short* low, short* high, byte* to)
    {
        Vector256<int> low0 = Vector256.Create(Half), low1 = low0, high0 = Vector256<int>.Zero, high1 = high0;
        for (int i = 0; i < taps; i += 2, row += 2 * (nint)stride)
        {
            Vector128<byte> upper = Vector128.Load(row);
            // The weight of a missing partner is 0, so the row itself stands in for it.
            Vector128<byte> lower = i + 1 < taps ? Vector128.Load(row + stride) : upper;
            Vector256<short> left = Avx2.ConvertToVector256Int16(Sse2.UnpackLow(upper, lower));
            Vector256<short> right = Avx2.ConvertToVector256Int16(Sse2.UnpackHigh(upper, lower));
            Vector256<short> weightLow = Vector256.Create(*(int*)(low + i)).AsInt16(), weightHigh = Vector256.Create(*(int*)(high + i)).AsInt16();
            low0 += Avx2.MultiplyAddAdjacent(left, weightLow);
            low1 += Avx2.MultiplyAddAdjacent(right, weightLow);
            high0 += Avx2.MultiplyAddAdjacent(left, weightHigh);
            high1 += Avx2.MultiplyAddAdjacent(right, weightHigh);
        }
        Vector256<int> sum0 = (low0 + (high0 << ResampleTable.SplitBits)) >> ResampleTable.Precision;
        Vector256<int> sum1 = (low1 + (high1 << ResampleTable.SplitBits)) >> ResampleTable.Precision;
        // Packing works within halves of 128 bits: 0-3, 8-11 | 4-7, 12-15.
        Vector256<short> words = Avx2.Permute4x64(Avx2.PackSignedSaturate(sum0, sum1).AsInt64(), 0b11_01_10_00).AsInt16();
        Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()).Store(to);
    }

    private static byte Column(byte* at, int stride, ReadOnlySpan<int> weights)
    {
        int sum = Half;
        foreach (int weight in weights)
        {
            sum += *at * weight;
            at += stride;
        }
        return (byte)Math.Clamp(sum >> ResampleTable.Precision, 0, 255);
    }
}
