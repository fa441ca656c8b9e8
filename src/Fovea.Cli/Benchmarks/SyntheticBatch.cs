using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Cli.Benchmarks;

/// <summary>Synthetic images and targets; they lie in the arena, where a step may overwrite them.</summary>
internal static class SyntheticBatch
{
    /// <summary>Fills a plan's input for a step.</summary>
    public static void Fill(Plan plan, int classes, int step)
    {
        PhiloxKey key = new(0, RandomStream.Augmentation, 0, (uint)step);
        Span<byte> pixels = plan.Pixels;
        const int Period = 4096;
        Span<byte> pattern = stackalloc byte[Period];
        for (int i = 0; i < Period; i++)
            pattern[i] = (byte)key.Word((ulong)i);
        for (int i = 0; i < pixels.Length; i += Period)
            pattern[..Math.Min(Period, pixels.Length - i)].CopyTo(pixels[i..]);
        if (!plan.Options.Training)
            return;
        Span<Label> labels = plan.Labels;
        for (int i = 0; i < labels.Length; i++)
            labels[i] = Label.Of(key.Below((ulong)(Period + i), classes));
        // So small that weights hardly move: the figures are those of any step of a real run.
        (plan.State.Step, plan.State.LearningRate) = (step, 1e-4);
    }
}
