using Fovea.Cli.Json;
using Fovea.Engine;

namespace Fovea.Cli.Summaries;

/// <summary>A network in numbers, with its plan for one batch size.</summary>
internal sealed class ModelSummary
{
    private readonly ReceptiveField[] _fields;

    public ModelSummary(Graph graph, int classes, PlanFigures plan) => (Graph, Classes, Plan, _fields) = (graph, classes, plan, ReceptiveField.Of(graph));

    public Graph Graph { get; }

    public int Classes { get; }

    public PlanFigures Plan { get; }

    /// <summary>Bytes of all layers' results and of what the backward pass needs of them.</summary>
    public long ActivationBytes => Plan.Activations.Sum();

    /// <summary>What one value of a layer sees of the input.</summary>
    public ReceptiveField FieldOf(Layer layer) => _fields[layer.Index];

    /// <summary>Memory of its own that a layer's result takes; 0 where it lies in another one's.</summary>
    public long BytesOf(Layer layer) => Plan.Activations[layer.Index];

    /// <summary>Which kernels do the layer.</summary>
    public string KernelOf(Layer layer) => Plan.Kernels[layer.Index];

    /// <summary>Trainable values of a layer.</summary>
    public static long ParametersOf(Layer layer) => layer.Parameters.Where(p => p.IsTrained).Sum(p => p.Elements);

    /// <summary>Where parameters and arithmetic are.</summary>
    public SharesJson Shares => new(
        Share(IsConvolution, ParametersOf, Graph.ParameterCount), Share(IsLinear, ParametersOf, Graph.ParameterCount),
        Share(IsConvolution, MacsOf, Graph.Macs), Share(IsLinear, MacsOf, Graph.Macs));

    /// <summary>The output sizes of a windowed layer, derived: one line where height and width agree, else two.</summary>
    public string[] Explain(Layer layer)
    {
        if (layer.Inputs.Count == 0)
            return [];
        TensorShape input = Graph.Layers[layer.Inputs[0]].Output;
        if (layer.Node.Op.Windows(input) is not { } windows)
            return [];
        string height = windows.Vertical.Explain(input.H), width = windows.Horizontal.Explain(input.W);
        return height == width ? [height] : [$"height {height}", $"width {width}"];
    }

    /// <summary>Parameters of the layers that only auxiliary classifiers have.</summary>
    public long AuxiliaryParameters => Graph.Layers.Where(layer => !Graph.IsMain(layer)).Sum(ParametersOf);

    private long MacsOf(Layer layer) => Graph.IsMain(layer) ? layer.Macs : 0;

    private double Share(Func<Layer, bool> kind, Func<Layer, long> count, long total) => total == 0 ? 0
        : (double)Graph.Layers.Where(kind).Sum(count) / total;

    private static bool IsConvolution(Layer layer) => layer.Parameters.Any(p => p.Role == ParameterRole.ConvWeight);

    private static bool IsLinear(Layer layer) => layer.Parameters.Any(p => p.Role == ParameterRole.LinearWeight);
}
