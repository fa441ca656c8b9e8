using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>What the products of <see cref="GradientCut"/> left, added up and put into the order of the weights.</summary>
public static unsafe class GradientSums
{
    private const int Channels = GradientCut.Channels;

    /// <summary>diffWeights = the sums of all splits.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="cut">How they are cut.</param>
    /// <param name="sums">[splits, parts, OC, columns of a part].</param>
    /// <param name="diffWeights">[OC, IC, KH, KW].</param>
    public static void Weights(WorkerTeam team, in Conv2dShape shape, in GradientCut cut, ReadOnlySpan<float> sums, Span<float> diffWeights)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(diffWeights.Length, shape.WeightsLength, nameof(diffWeights));
        Guard.Length(sums.Length, cut.Splits * cut.Parts * cut.SumLength(shape), nameof(sums));
        fixed (float* source = sums, target = diffWeights)
        {
            RowLoop loop = new(shape, cut, source, target);
            team.Run(loop.Items, ref loop);
        }
    }

    /// <summary>diffBias = the sums of all splits.</summary>
    /// <param name="sums">[splits, OC].</param>
    /// <param name="diffBias">[OC].</param>
    public static void Bias(ReadOnlySpan<float> sums, Span<float> diffBias)
    {
        diffBias.Clear();
        for (int i = 0; i < sums.Length; i++)
            diffBias[i % diffBias.Length] += sums[i];
    }

    /// <summary>An item is some channels of the result.</summary>
    private readonly struct RowLoop(Conv2dShape shape, GradientCut cut, float* sums, float* diffWeights) : IParallelBody
    {
        private const int MostTaps = 32, Rows = 8;

        public int Items => (shape.OC + Rows - 1) / Rows;

        public void Invoke(int item, int worker)
        {
            for (int row = item * Rows; row < Math.Min(shape.OC, (item + 1) * Rows); row++)
                Row(row);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        [SkipLocalsInit]
        private void Row(int item)
        {
            int taps = shape.KH * shape.KW, blocks = shape.IC / Channels;
            float* to = diffWeights + ((nint)item * shape.IC * taps);
            if (taps == 1)
            {
                for (int block = 0; block < blocks; block++)
                    Sum(item, block).Store(to + (block * Channels));
                return;
            }
            // Channels and taps change places. A row is stored in whole vectors: what they write beyond it, the next row puts right, and the last one is stored number by number.
            float* memory = stackalloc float[(2 * MostTaps * Channels) + Scratch.SlackFloats], square = Scratch.Align((byte*)memory), turned = square + (MostTaps * Channels);
            for (int block = 0; block < blocks; block++)
            {
                for (int tap = 0; tap < taps; tap++)
                    Sum(item, (tap * blocks) + block).Store(square + (tap * Channels));
                for (int tap = 0; tap < taps; tap += Channels)
                    Tiles.Transpose16(square + (tap * Channels), Channels, turned + tap, MostTaps);
                for (int lane = 0; lane < Channels; lane++, to += taps)
                {
                    if (block == blocks - 1 && lane == Channels - 1)
                    {
                        new ReadOnlySpan<float>(turned + (lane * MostTaps), taps).CopyTo(new Span<float>(to, taps));
                        continue;
                    }
                    for (int tap = 0; tap < taps; tap += Channels)
                        Vector512.Load(turned + (lane * MostTaps) + tap).Store(to + tap);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector512<float> Sum(int item, int piece)
        {
            (int part, int column) = Math.DivRem(piece * Channels, cut.PartColumns);
            nint step = (nint)shape.OC * cut.PartColumns;
            float* from = sums + (part * step) + (item * (nint)cut.PartColumns) + column;
            Vector512<float> sum = Vector512.Load(from);
            Sse.Prefetch0(from + cut.PartColumns);
            for (int split = 1; split < cut.Splits; split++)
                sum += Vector512.Load(from + (split * cut.Parts * step));
            return sum;
        }
    }
}
