using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Engine;

namespace Fovea.Cli.Summaries;

/// <summary>Prints summaries: one network in detail, or several beside each other.</summary>
internal static class SummaryText
{
    /// <summary>One network, layer by layer.</summary>
    public static void Write(ModelSummary summary, bool explain, TextWriter writer)
    {
        Graph graph = summary.Graph;
        PlanFigures plan = summary.Plan;
        writer.WriteLine($"{graph.Name}: input {graph.Layers[0].Output}, {Format.Plural(summary.Classes, "class", "classes")}; "
            + $"{(plan.Training ? "training" : "inference")}, batch {plan.Batch}, backend {plan.Backend}");
        writer.WriteLine();
        Table table = explain
            ? new("layer", "op", ">output", ">parameters", ">MACs", ">sees", ">activations", "kernels", "output size = (W - F + P1 + P2)/S + 1")
            : new("layer", "op", ">output", ">parameters", ">MACs", ">sees", ">activations", "kernels");
        foreach (Layer layer in graph.Layers)
        {
            string[] derivation = explain ? summary.Explain(layer) : [];
            table.Row(
                layer.Node.Name, $"{layer.Node.Op.Name} {layer.Node.Op.Details}".TrimEnd(), layer.Output.ToString(),
                    CountOrNone(ModelSummary.ParametersOf(layer)), CountOrNone(layer.Macs),
                summary.FieldOf(layer).ToString(), summary.BytesOf(layer) == 0 ? "" : Format.Bytes(summary.BytesOf(layer)),
                    summary.KernelOf(layer), derivation.FirstOrDefault(""));
            foreach (string line in derivation.Skip(1))
                table.Row("", "", "", "", "", "", "", "", line);
        }
        table.Rule();
        table.Row("total", "", "", Format.Count(graph.ParameterCount), Format.Count(graph.Macs), "", Format.Bytes(summary.ActivationBytes));
        table.Write(writer);
        writer.WriteLine();
        SharesJson shares = summary.Shares;
        writer.WriteLine($"Convolutions hold {Format.Percent(shares.ConvolutionParameters)} of the parameters and do "
            + $"{Format.Percent(shares.ConvolutionMacs)} of the arithmetic, "
            + $"linear layers {Format.Percent(shares.LinearParameters)} and {Format.Percent(shares.LinearMacs)}.");
        writer.WriteLine($"Parameters take {Format.Bytes(graph.ParameterCount * sizeof(float))} in float32. MACs: multiply-accumulates of one "
            + $"image's forward pass. "
            + "'sees': the pixels of the input that one value depends on.");
        if (graph.Auxiliaries.Count > 0)
        {
            writer.WriteLine($"The layers after {graph.Output.Node.Name} belong to auxiliary classifiers, which only training has: their "
                + $"{Format.Count(summary.AuxiliaryParameters)} parameters are counted, their MACs are not.");
        }
        WritePlan(plan, writer);
    }

    private static void WritePlan(PlanFigures plan, TextWriter writer)
    {
        writer.WriteLine($"Memory at its peak: {Format.Bytes(plan.PeakBytes)} for a batch of {plan.Batch} in {(plan.Training ? "training" : "inference")}.");
        Table table = new("", ">", "");
        table.Row(plan.Training ? "activations, gradients" : "activations", Format.Bytes(plan.ArenaBytes - plan.KernelCopyBytes),
            $"({Format.Bytes(plan.UnsharedBytes - plan.KernelCopyBytes)} if nothing shared memory)");
        if (plan.KernelCopyBytes > 0)
            table.Row("kernels' copies of parameters", Format.Bytes(plan.KernelCopyBytes));
        table.Row("parameters", Format.Bytes(plan.ParameterBytes));
        if (plan.Training)
            table.Row("optimizer (SGD with momentum)", Format.Bytes(plan.OptimizerBytes));
        table.Write(writer, "  ");
    }

    /// <summary>Several networks beside each other: totals, then layer against layer.</summary>
    public static void WriteBeside(IReadOnlyList<ModelSummary> summaries, TextWriter writer)
    {
        Table totals = new(["", .. summaries.Select(s => ">" + s.Graph.Name)]);
        void Total(string what, Func<ModelSummary, string> of) => totals.Row([what, .. summaries.Select(of)]);
        Total("input", s => s.Graph.Layers[0].Output.ToString());
        Total("classes", s => Format.Count(s.Classes));
        Total("layers", s => Format.Count(s.Graph.Layers.Count));
        Total("parameters", s => Format.Count(s.Graph.ParameterCount));
        Total("in convolutions", s => Format.Percent(s.Shares.ConvolutionParameters));
        Total("in linear layers", s => Format.Percent(s.Shares.LinearParameters));
        Total("MACs", s => Format.Count(s.Graph.Macs));
        Total("in convolutions", s => Format.Percent(s.Shares.ConvolutionMacs));
        Total("in linear layers", s => Format.Percent(s.Shares.LinearMacs));
        Total($"activations, batch {summaries[0].Plan.Batch}", s => Format.Bytes(s.ActivationBytes));
        Total($"memory at its peak, {summaries[0].Plan.Mode}", s => Format.Bytes(s.Plan.PeakBytes));
        totals.Write(writer);
        writer.WriteLine();
        Table layers = new([.. summaries.SelectMany(s => (string[])[s.Graph.Name, ">output", ">parameters"])]);
        for (int i = 0; i < summaries.Max(s => s.Graph.Layers.Count); i++)
            layers.Row([.. summaries.SelectMany(s => i < s.Graph.Layers.Count ? Cells(s.Graph.Layers[i]) : ["", "", ""])]);
        layers.Write(writer);
    }

    private static string[] Cells(Layer layer) =>
        [$"{layer.Node.Op.Name} {layer.Node.Op.Details}".TrimEnd(), layer.Output.ToString(), CountOrNone(ModelSummary.ParametersOf(layer))];

    private static string CountOrNone(long count) => count == 0 ? "" : Format.Count(count);
}
