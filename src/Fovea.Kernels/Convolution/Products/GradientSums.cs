using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>What the products of <see cref="GradientCut"/> left, added up in the order of the splits and brought into the order of the weights.</summary>
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
        Guard.Length(sums.Length, cut.SumsLength(shape), nameof(sums));
        Guard.Length(diffWeights.Length, shape.WeightsLength, nameof(diffWeights));
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
        Guard.That(diffBias.Length > 0 && sums.Length % diffBias.Length == 0, $"{sums.Length} sums cannot be sums of {diffBias.Length} channels.");
        diffBias.Clear();
        for (int i = 0; i < sums.Length; i++)
            diffBias[i % diffBias.Length] += sums[i];
    }

    /// <summary>An item is a few rows of the weights' gradient, next to each other so that the parts are read in order.</summary>
    private readonly struct RowLoop(Conv2dShape shape, GradientCut cut, float* sums, float* diffWeights) : IParallelBody
    {
        private const int Rows = 8, MostTaps = 32;

        private readonly nint partStep = cut.SumLength(shape), splitStep = (nint)cut.Parts * cut.SumLength(shape);

        public int Items => (shape.OC + Rows - 1) / Rows;

        public void Invoke(int item, int worker)
        {
            int taps = shape.KH * shape.KW;
            for (int row = item * Rows; row < Math.Min(shape.OC, (item + 1) * Rows); row++)
            {
                float* to = diffWeights + ((nint)row * shape.IC * taps);
                if (taps == 1)
                    Copy(row, to);
                else
                    Turn(row, taps, to);
            }
        }

        private void Copy(int row, float* to)
        {
            for (int block = 0; block < shape.IC / Channels; block++)
                Sum(row, block).Store(to + (block * Channels));
        }

        /// <summary>[taps][IC] to [IC][taps], 16 channels at a time.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        [SkipLocalsInit]
        private void Turn(int row, int taps, float* to)
        {
            int blocks = shape.IC / Channels;
            float* memory = stackalloc float[(2 * MostTaps * Channels) + Scratch.SlackFloats], square = Scratch.Align((byte*)memory), turned = square + (MostTaps * Channels);
            for (int block = 0; block < blocks; block++)
            {
                for (int tap = 0; tap < taps; tap++)
                    Sum(row, (tap * blocks) + block).Store(square + (tap * Channels));
                for (int tap = 0; tap < taps; tap += Channels)
                    Tiles.Transpose16(square + (tap * Channels), Channels, turned + tap, MostTaps);
                for (int lane = 0; lane < Channels; lane++, to += taps)
                {
                    float* own = turned + (lane * MostTaps);
                    // Whole vectors reach into the next channel, which is written after them; behind the row's last one others write.
                    if (block == blocks - 1 && lane >= Channels - Channels / 2)
                    {
                        new ReadOnlySpan<float>(own, taps).CopyTo(new Span<float>(to, taps));
                        continue;
                    }
                    for (int tap = 0; tap < taps; tap += Channels)
                        Vector512.Load(own + tap).Store(to + tap);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector512<float> Sum(int row, int piece)
        {
            (int part, int column) = Math.DivRem(piece * Channels, cut.PartColumns);
            float* from = sums + (part * partStep) + (row * (nint)cut.PartColumns) + column;
            Vector512<float> sum = Vector512.Load(from);
            // The next row is read from everywhere at once, too many places for the processor to foresee.
            Sse.Prefetch0(from + cut.PartColumns);
            for (int split = 1; split < cut.Splits; split++)
                sum += Vector512.Load(from + (split * splitStep));
            return sum;
        }
    }
}
