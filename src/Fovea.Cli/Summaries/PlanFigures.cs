using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Training;

namespace Fovea.Cli.Summaries;

/// <summary>What a network's plan would be made of: kernels and memory. Nothing is run, and none of that memory is taken.</summary>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Training">True for forward, backward and update by SGD with momentum; false for forward alone.</param>
/// <param name="Backend">The preferred backend's name.</param>
/// <param name="Kernels">By layer: its kernels, "in X" where X's kernel does it, "" where nothing is done.</param>
/// <param name="Activations">By layer: bytes of its own for its result and what the backward pass needs.</param>
/// <param name="ArenaBytes">Activations, gradients, workspaces and kernel copies, sharing memory.</param>
/// <param name="UnsharedBytes">The same without sharing.</param>
/// <param name="KernelCopyBytes">Copies of parameters in kernels' layouts that stay, within the arena.</param>
/// <param name="ParameterBytes">The parameters' masters.</param>
/// <param name="OptimizerBytes">The optimizer's state.</param>
/// <param name="SlowKernels">The slow ones among the kernels.</param>
internal sealed record PlanFigures(
    int Batch, bool Training, string Backend, IReadOnlyList<string> Kernels, IReadOnlyList<long> Activations, long ArenaBytes, long UnsharedBytes,
    long KernelCopyBytes, long ParameterBytes, long OptimizerBytes, IReadOnlyList<SlowKernel> SlowKernels)
{
    private const string Prefix = "oneDNN ";

    /// <summary>Arena, parameters and optimizer state.</summary>
    public long PeakBytes => ArenaBytes + ParameterBytes + OptimizerBytes;

    /// <summary>"train" or "infer".</summary>
    public string Mode => Training ? "train" : "infer";

    /// <summary>Compiles the plan of <paramref name="graph"/> on paper.</summary>
    public static PlanFigures Of(Graph graph, int batch, bool training, RuntimeOptions options) => EngineThread.Run(() =>
    {
        using ParameterSet parameters = ParameterSet.For(graph);
        using Runtime runtime = new(options);
        using PlanDraft plan = runtime.Draft(graph, parameters, new PlanOptions
        {
            Batch = batch,
            Training = training,
            Loss = training ? new SoftmaxCrossEntropy() : null,
            Update = training ? new Sgd(new OptimizerSettings { Momentum = 0.9 }) : null,
        });
        // A plan may run layers in another order than the network has them.
        Dictionary<Node, int> places = plan.Graph.Layers.ToDictionary(layer => layer.Node, layer => layer.Index);
        (IReadOnlyList<IReadOnlyList<string>> names, IReadOnlyList<long> bytes) = (plan.Kernels(), plan.ActivationBytes());
        return new PlanFigures(
            batch, training, runtime.Backend, [.. graph.Layers.Select(layer => string.Join(", ", names[places[layer.Node]].Select(Short)))],
            [.. graph.Layers.Select(layer => bytes[places[layer.Node]])], plan.Memory.ArenaBytes, plan.Memory.UnsharedBytes, plan.KernelCopyBytes,
            plan.Memory.ParameterBytes, plan.Memory.StateBytes, runtime.SlowKernels);
    });

    private static string Short(string kernel) => kernel.StartsWith(Prefix, StringComparison.Ordinal) ? kernel[Prefix.Length..] : kernel;
}
