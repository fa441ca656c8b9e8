using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Measuring;

/// <summary>
/// How long steps take, from what similar ones took: small networks of the usual layers are run for a moment, and each kernel's arithmetic rate (convolutions and
/// linear layers, by direction and window) or byte rate (everything else, by op) is noted. A step takes as long as the slower of its arithmetic and its bytes.
/// </summary>
public sealed class CostModel
{
    private const int CalibrationRuns = 3;

    // What does not fit the caches runs at the memory's speed at most, whatever the small calibration networks reached.
    private const long CachedBytes = 8L << 20;

    private readonly List<Sample> _samples = [];
    private readonly double _overhead;

    private CostModel(MachineSpeed machine, List<Sample> samples)
    {
        (Machine, _samples) = (machine, samples);
        _overhead = samples.Count == 0 ? 0 : samples.Min(sample => sample.Seconds);
    }

    /// <summary>The roofline that was measured with it.</summary>
    public MachineSpeed Machine { get; }

    /// <summary>Runs the calibration networks on backends and threads as given; takes about a second. It makes a runtime of its own: call it on an engine thread.</summary>
    /// <param name="options">Backend and threads.</param>
    public static CostModel Calibrate(RuntimeOptions options)
    {
        List<Sample> samples = [];
        using Runtime runtime = new(options);
        foreach ((Graph graph, int batch) in CalibrationNetworks.All)
        {
            using ParameterSet parameters = ParameterSet.For(graph);
            CalibrationNetworks.Fill(parameters);
            PlanOptions planOptions = new() { Batch = batch, Training = true, Loss = new SoftmaxCrossEntropy() };
            Plan plan = runtime.Compile(graph, parameters, planOptions);
            plan.Pixels.Fill(100);
            // Where the network before this one left its numbers in the arena.
            plan.Labels.Fill(Label.Of(0));
            plan.Run();
            StepTimes times = new(plan);
            for (int i = 0; i < CalibrationRuns; i++)
                times.Run();
            for (int i = 0; i < plan.Steps.Count; i++)
                samples.Add(new Sample(KeyOf(graph, plan.Steps[i]), StepWork.Of(graph, planOptions, plan.Steps[i]), times.Least(i)));
        }
        return new CostModel(MachineSpeed.Measure(runtime.Team), samples);
    }

    /// <summary>The time that a step should take, in seconds.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">What the plan is for.</param>
    /// <param name="step">A step of it.</param>
    public double Predict(Graph graph, PlanOptions options, Step step)
    {
        StepWork work = StepWork.Of(graph, options, step);
        double memory = work.Bytes / Machine.BytesPerSecond;
        if (work.Macs > 0)
            return _overhead + Math.Max(work.Macs / Rate(KeyOf(graph, step), s => s.Macs, Machine.FlopsPerSecond / 4), memory);
        if (StepWork.KindOf(step) == StepKind.Update)
            return _overhead + memory;
        double own = work.Bytes / Rate(KeyOf(graph, step), s => s.Bytes, Machine.BytesPerSecond);
        return _overhead + (work.Bytes > CachedBytes ? Math.Max(own, memory) : own);
    }

    /// <summary>The rate of the samples that are most like the step: same kernel, else same op; among those the nearest window.</summary>
    private double Rate(StepKey key, Func<StepWork, long> amount, double otherwise)
    {
        Sample[] same = [.. _samples.Where(s => amount(s.Work) > 0 && s.Key.Kind == key.Kind && s.Key.Op == key.Op && s.Seconds > 0)];
        Sample[] kernel = [.. same.Where(s => s.Key.Kernel == key.Kernel)];
        Sample[] best = kernel.Length > 0 ? kernel : same.Length > 0 ? same : [.. _samples.Where(s => amount(s.Work) > 0 && s.Key.Kind == key.Kind && s.Seconds > 0)];
        if (best.Length == 0)
            return otherwise;
        double least = best.Min(s => s.Key.Distance(key));
        best = [.. best.Where(s => s.Key.Distance(key) == least)];
        return best.Sum(s => amount(s.Work)) / best.Sum(s => Math.Max(s.Seconds - _overhead, s.Seconds / 2));
    }

    private static StepKey KeyOf(Graph graph, Step step)
    {
        Layer? layer = graph.Layers.FirstOrDefault(l => l.Node.Name == step.Layer);
        (double window, int channels) = layer is { Node.Op: Conv2d conv, Inputs: [int input] }
            ? (conv.Kernel.H * conv.Kernel.W, graph.Layers[input].Output.C / conv.Groups)
            : (1, 16);
        return new StepKey(layer?.Node.Op.Name ?? "", StepWork.KindOf(step), step.Kernel, window, channels);
    }

    private sealed record Sample(StepKey Key, StepWork Work, double Seconds);

    private sealed record StepKey(string Op, StepKind Kind, string Kernel, double Window, int Channels)
    {
        /// <summary>How unlike two convolutions are: by the window's area, and whether there are channels enough to fill a vector.</summary>
        public double Distance(StepKey other) => Math.Abs(Math.Log(Window / other.Window)) + (Channels < 16 != other.Channels < 16 ? 10 : 0);
    }
}
