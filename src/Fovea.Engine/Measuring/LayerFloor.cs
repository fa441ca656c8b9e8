using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.OneDnn;

namespace Fovea.Engine.Measuring;

/// <summary>The fastest way known of doing one pass of a convolution or linear layer.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Pass">Forward, backward data or backward weights.</param>
/// <param name="Seconds">The shortest time measured.</param>
/// <param name="Kernel">The kernel that took it.</param>
public sealed record PassFloor(string Layer, StepKind Pass, double Seconds, string Kernel);

/// <summary>
/// The floor of a plan: for each pass of each convolution and linear layer the fastest formulation known, timed alone (the plan's own choice, Fovea's Winograd
/// included, and oneDNN's direct and Winograd kernels in the layouts that they like best; of a plan in bfloat16 also its kernels in channels-last order, and the
/// float32 formulations that multiply less); and for every other step the bytes that it must move, at the memory's speed. Copies into other layouts and types are no
/// part of it: another choice of layouts might do without.
/// </summary>
public static class LayerFloor
{
    private const int Runs = 3;

    /// <summary>Measures the passes of one layer that the plan has. It makes runtimes of its own: call it on an engine thread, without plans that take the memory.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="passes">The passes to measure.</param>
    /// <param name="options">Backend and threads.</param>
    /// <returns>One entry a pass; none for a layer that is neither a convolution nor linear.</returns>
    public static IReadOnlyList<PassFloor> Measure(Graph graph, Layer layer, int batch, IReadOnlyCollection<StepKind> passes, RuntimeOptions options)
    {
        if (layer.Macs == 0)
            return [];
        bool training = passes.Any(pass => pass != StepKind.Forward);
        Dictionary<StepKind, (double Seconds, string Kernel)> best = Own(graph, layer, batch, training, options, out Precision precision);
        if (precision != Precision.Float32)
        {
            // Fovea's own float32 formulations multiply less and may beat bfloat16.
            foreach ((StepKind pass, (double Seconds, string Kernel) own) in Own(graph, layer, batch, training, options with { Precision = PrecisionChoice.Float32 }, out _))
                Take(best, pass, own.Seconds, $"{own.Kernel} fp32");
        }
        if (OneDnnBackend.TryCreate(options.Threads, out _) is { } oneDnn)
        {
            foreach (StepKind pass in passes)
            {
                foreach (PrimitiveDesc desc in BareKernels.Candidates(oneDnn.Api, graph, layer, batch, training, pass, precision))
                {
                    using (desc)
                        Take(best, pass, BareKernels.Time(oneDnn.Api, desc, Runs), $"oneDNN {desc.Implementation}");
                }
            }
        }
        return [.. passes.Where(best.ContainsKey).Select(pass => new PassFloor(layer.Node.Name, pass, best[pass].Seconds, best[pass].Kernel))];
    }

    /// <summary>Seconds that the steps other than those passes and copies into other layouts need for their bytes.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">What the plan is for.</param>
    /// <param name="steps">Its steps.</param>
    /// <param name="machine">The memory's speed.</param>
    /// <returns>The bytes, and the seconds that they take.</returns>
    public static (long Bytes, double Seconds) OfOtherSteps(Graph graph, PlanOptions options, IEnumerable<Step> steps, MachineSpeed machine)
    {
        long bytes = steps.Where(step => StepWork.KindOf(step) != StepKind.Reorder).Select(step => StepWork.Of(graph, options, step))
            .Where(work => work.Macs == 0).Sum(work => work.Bytes);
        return (bytes, bytes / machine.BytesPerSecond);
    }

    private static void Take(Dictionary<StepKind, (double Seconds, string Kernel)> best, StepKind pass, double seconds, string kernel)
    {
        if (!best.TryGetValue(pass, out (double Seconds, string Kernel) known) || seconds < known.Seconds)
            best[pass] = (seconds, kernel);
    }

    private static Dictionary<StepKind, (double Seconds, string Kernel)> Own(Graph graph, Layer layer, int batch, bool training, RuntimeOptions options, out Precision precision)
    {
        Graph alone = SingleLayer.Of(graph, layer);
        using Runtime runtime = new(options);
        precision = runtime.Precision;
        using ParameterSet parameters = ParameterSet.For(alone);
        foreach (Parameter parameter in parameters.All)
        {
            parameter.Data.Fill(SingleLayer.Value);
            parameter.Changed();
        }
        Plan plan = runtime.Compile(alone, parameters, SingleLayer.Options(batch, training));
        plan.Run();
        StepTimes times = new(plan);
        for (int i = 0; i < Runs; i++)
            times.Run();
        Dictionary<StepKind, (double Seconds, string Kernel)> own = [];
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            Step step = plan.Steps[i];
            StepKind kind = StepWork.KindOf(step);
            if (step.Layer != "layer" || StepWork.Of(alone, plan.Options, step).Macs == 0)
                continue;
            // A pass may be more than one step.
            own[kind] = (own.GetValueOrDefault(kind).Seconds + times.Least(i), step.Kernel);
        }
        return own;
    }
}
