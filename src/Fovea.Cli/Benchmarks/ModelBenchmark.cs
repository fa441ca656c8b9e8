using System.Diagnostics;
using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Benchmarks;

/// <summary>How a network is timed.</summary>
/// <param name="Training">True for forward, backward and update; false for forward alone.</param>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Seconds">How long is measured, at the least.</param>
/// <param name="Runtime">Backend and threads.</param>
internal sealed record BenchmarkOptions(bool Training, int Batch, double Seconds, RuntimeOptions Runtime);

/// <summary>Times the engine alone, on synthetic images.</summary>
internal static class ModelBenchmark
{
    private const int LeastSteps = 5;

    /// <summary>Times one network.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told the seconds measured so far.</param>
    /// <param name="stop">Ends the measurement.</param>
    public static BenchJson Run(Architecture architecture, BenchmarkOptions options, Action<double> progress, CancellationToken stop) =>
        EngineThread.Run(() => OnEngineThread(architecture, options, progress, stop));

    private static BenchJson OnEngineThread(Architecture architecture, BenchmarkOptions options, Action<double> progress, CancellationToken stop)
    {
        ProcFiles.ResetPeak();
        Graph graph = ModelZoo.Build(architecture);
        using ParameterSet parameters = ParameterSet.For(graph);
        ModelSpec spec = ModelZoo.Find(architecture.Model);
        Initializers.Find("default", spec).Apply(parameters, spec, 0);
        using Runtime runtime = new(options.Runtime);
        using Plan plan = runtime.Compile(graph, parameters, new PlanOptions
        {
            Batch = options.Batch,
            Training = options.Training,
            Loss = options.Training ? new SoftmaxCrossEntropy() : null,
            Update = options.Training ? new Sgd(new OptimizerSettings { Momentum = 0.9, WeightDecay = 5e-4 }) : null,
        });
        double[] milliseconds = Measure(plan, architecture.Classes, options, progress, stop);
        double median = Median(milliseconds);
        return new BenchJson(
            architecture.Model, options.Training ? "train" : "infer", options.Batch, "fp32", runtime.Backend, runtime.Threads,
                options.Batch / median * 1000, median, ProcFiles.PeakResidentBytes, SlowKernelJson.Of(runtime.SlowKernels));
    }

    private static double[] Measure(Plan plan, int classes, BenchmarkOptions options, Action<double> progress, CancellationToken stop)
    {
        List<double> milliseconds = [];
        int warmUp = 2;
        double measured = 0;
        for (int step = 0; measured < options.Seconds * 1000 || milliseconds.Count < LeastSteps; step++)
        {
            stop.ThrowIfCancellationRequested();
            Fill(plan, classes, step);
            long start = Stopwatch.GetTimestamp();
            plan.Run();
            double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            // The first steps touch memory for the first time; they say nothing about the rest.
            if (warmUp-- > 0)
                continue;
            milliseconds.Add(took);
            measured += took;
            progress(measured / 1000);
        }
        return [.. milliseconds];
    }

    /// <summary>Synthetic images and targets; they lie in the arena, where a step may overwrite them.</summary>
    private static void Fill(Plan plan, int classes, int step)
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

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
