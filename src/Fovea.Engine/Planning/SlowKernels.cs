namespace Fovea.Engine.Planning;

/// <summary>
/// Judges the kernels of a plan by their names: oneDNN's reference kernels (<c>ref</c>, <c>any</c>), those made for narrower vectors than the processor has,
/// and convolutions and linear layers that oneDNN left to the managed kernels. Kernels of ours that were chosen on purpose are no matter of regret.
/// </summary>
public static class SlowKernels
{
    private const string OneDnn = "oneDNN ";

    /// <summary>Channels that a vector of AVX-512 holds: oneDNN's fast kernels want multiples of it.</summary>
    private const int Lanes = 16;

    /// <summary>Names of vector instruction sets in oneDNN's kernels and for the processor, with the width that they mean; the first that fits counts.</summary>
    private static readonly (string Name, int Width)[] InstructionSets = [("avx512", 512), ("avx2", 256), ("avx", 255), ("sse41", 128)];

    /// <summary>The slow kernels among <paramref name="steps"/>, one entry per kernel and op, in the order of the steps.</summary>
    /// <param name="graph">The network that the steps belong to.</param>
    /// <param name="steps">The steps; none needs to be bound.</param>
    /// <param name="instructionSet">What the backend may use of this processor: "avx512_core_bf16"; null where it is not known.</param>
    public static IReadOnlyList<SlowKernel> Among(Graph graph, IEnumerable<Step> steps, string? instructionSet)
    {
        Dictionary<string, Layer> layers = [];
        foreach (Layer layer in graph.Layers)
            layers.TryAdd(layer.Node.Name, layer);
        List<(string Kernel, string Op, string Layer, string Why, string Cure)> found = [];
        foreach (Step step in steps)
        {
            Layer? layer = layers.GetValueOrDefault(step.Layer);
            if (Judge(step, layer, instructionSet) is { } verdict)
                found.Add((step.Kernel, layer?.Node.Op.Name ?? step.Layer, Name(graph, step.Layer, layer), verdict.Why, verdict.Cure));
        }
        return
        [
            .. found.GroupBy(f => (f.Kernel, f.Op))
                .Select(g => new SlowKernel(g.Key.Kernel, g.Key.Op, [.. g.Select(f => f.Layer).Distinct()], g.First().Why, g.First().Cure)),
        ];
    }

    private static (string Why, string Cure)? Judge(Step step, Layer? layer, string? instructionSet)
    {
        bool isOneDnn = step.Kernel.StartsWith(OneDnn, StringComparison.Ordinal);
        if (!isOneDnn)
        {
            // What moves memory is as fast in C#; what multiplies is not.
            return step.Declined is { } reason && layer is { Macs: > 0 } && step.Phase == StepPhase.Forward
                ? (reason, Channels)
                : null;
        }
        string name = step.Kernel[OneDnn.Length..];
        if (name.Split(':', '_').Any(part => part is "ref" or "any"))
            return ("it is oneDNN's reference kernel, which works value by value", $"{Channels} Or try --backend managed.");
        return Width(name) is { } kernel && Width(instructionSet) is { } processor && kernel < processor
            ? ($"it leaves the processor's {instructionSet} unused, which oneDNN has for multiples of {Lanes} channels alone", Channels)
            : null;
    }

    private static string Channels => $"Make the channels before and behind it multiples of {Lanes}, in every group.";

    private static int? Width(string? name)
    {
        foreach ((string set, int width) in InstructionSets)
        {
            if (name?.Contains(set, StringComparison.Ordinal) == true)
                return width;
        }
        return null;
    }

    private static string Name(Graph graph, string name, Layer? layer)
    {
        if (layer is null || layer.Inputs.Count == 0)
            return name;
        int from = graph.Layers[layer.Inputs[0]].Output.C, to = layer.Output.C;
        return from == to ? $"{name} ({to} channels)" : $"{name} ({from} to {to} channels)";
    }
}
