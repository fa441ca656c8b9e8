using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Summaries;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Models;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea summary</c>: a network layer by layer, or several beside each other.</summary>
internal sealed class SummaryVerb : Verb
{
    public const string Line = "show a network layer by layer: sizes, parameters, arithmetic, what each value sees, kernels, memory";
    private readonly Argument<string[]> _models;
    private readonly Option<int?> _classes, _batch;
    private readonly Option<string?> _mode, _backend;
    private readonly Option<TensorShape?> _input;
    private readonly Option<bool> _explain, _json;
    private readonly ModelOptions _own = new();

    public SummaryVerb() : base("summary", Line)
    {
        _models = WithArguments("MODEL", "a network ('fovea models' lists them); several are shown beside each other", 1);
        _classes = With(Opt.Int("--classes", "classes; default: the network's own", 2, 1_000_000));
        _input = With(Common.Input());
        _batch = With(Opt.Int("--batch-size", "images in a batch, for kernels and memory; default 64", 1, 65536));
        _mode = With(Opt.Choice("--mode", "train: forward, backward and update; infer: forward alone; default train", ["train", "infer"]));
        _backend = With(Common.Backend());
        _explain = With(Opt.Flag("--explain", "show how each window's output size comes about"));
        foreach (Option option in _own.All)
            With(option);
        _json = With(Common.Json());
    }

    public override string Usage => "MODEL [MODEL2] [options]";

    public override IReadOnlyList<string> Examples =>
        ["fovea summary alexnet --explain", "fovea summary lenet5 --activation relu --pool max", "fovea summary vgg16 --mode infer --batch-size 1", "fovea summary alexnet alexnet-2gpu"];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        ModelSpec[] specs = [.. parsed.GetValue(_models)!.Select(Common.Model)];
        Dictionary<string, string> own = _own.Given(parsed);
        if (specs.Length > 1 && parsed.GetValue(_explain) && !parsed.GetValue(_json))
            throw new UsageException("--explain is for one network at a time.");
        ModelSummary[] summaries = [.. specs.Select(spec => Summarise(spec, specs.Length > 1, own, parsed, console))];
        foreach (SlowKernel slow in summaries.SelectMany(s => s.Plan.SlowKernels))
            console.Warn(slow.ToString());
        if (parsed.GetValue(_json))
        {
            SummaryJson[] results = [.. summaries.Select(s => Json(s, parsed.GetValue(_explain)))];
            if (results.Length == 1)
                console.WriteJson(results[0], CliJson.Default.SummaryJson);
            else
                console.WriteJson(results, CliJson.Default.SummaryJsonArray);
        }
        else if (summaries.Length == 1)
        {
            SummaryText.Write(summaries[0], parsed.GetValue(_explain), console.Out);
        }
        else
        {
            SummaryText.WriteBeside(summaries, console.Out);
        }
        return ExitCode.Done;
    }

    private ModelSummary Summarise(ModelSpec spec, bool several, Dictionary<string, string> own, ParseResult parsed, CliConsole console)
    {
        // Beside each other, a network takes of the options what it has: the other one may be the one that has the rest.
        Dictionary<string, string> options = several ? own.Where(o => spec.Options.Any(s => s.Name == o.Key)).ToDictionary() : own;
        Architecture architecture = UsageException.Check(() => Architecture.Of(spec, parsed.GetValue(_classes), parsed.GetValue(_input), options));
        Graph graph = ModelZoo.Build(architecture);
        RuntimeOptions runtime = new() { Backend = Common.BackendOf(parsed.GetValue(_backend)), Kernels = KernelChoices.Of(console) };
        return new ModelSummary(graph, architecture.Classes, PlanFigures.Of(graph, parsed.GetValue(_batch) ?? 64, parsed.GetValue(_mode) != "infer", runtime));
    }

    private static SummaryJson Json(ModelSummary summary, bool explain) => new(
        summary.Graph.Name, summary.Classes, summary.Graph.Layers[0].Output.Dims,
        [.. summary.Graph.Layers.Select(layer => new LayerJson(
            layer.Node.Name, layer.Node.Op.Name, layer.Output.Dims, ModelSummary.ParametersOf(layer), layer.Macs,
            [summary.FieldOf(layer).Height, summary.FieldOf(layer).Width], summary.BytesOf(layer), summary.KernelOf(layer),
            explain && summary.Explain(layer) is { Length: > 0 } lines ? lines : null))],
        summary.Graph.ParameterCount, summary.Graph.Macs, summary.ActivationBytes, summary.Shares, summary.Plan.Mode, summary.Plan.Batch,
        summary.Plan.Backend, summary.Plan.PeakBytes, summary.Plan.ArenaBytes, summary.Plan.KernelCopyBytes, summary.Plan.ParameterBytes,
        summary.Plan.OptimizerBytes, SlowKernelJson.Of(summary.Plan.SlowKernels));
}
