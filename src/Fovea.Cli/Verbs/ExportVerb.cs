using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea export</c>: writes a model for other programs.</summary>
internal sealed class ExportVerb : Verb
{
    public const string Line = "write a model's weights for other programs: safetensors with PyTorch's keys";
    private readonly Option<string?> _weights, _format, _output, _runs;
    private readonly Option<bool> _json;

    public ExportVerb() : base("export", Line)
    {
        _weights = With(PredictVerb.WeightsOption());
        _format = With(Opt.Choice("--format", "what to write; default safetensors", ["safetensors"], "onnx"));
        _output = With(Opt.Text("-o", "OUT", "the file to write"));
        _runs = With(PredictVerb.OutputOption());
        _json = With(Common.Json());
    }

    public override string Usage => "--weights FILE|RUN -o OUT [options]";

    public override IReadOnlyList<string> Examples => ["fovea export --weights pets -o pets.safetensors"];

    public override IReadOnlyList<string> Notes =>
    [
        "OUT has float32 tensors under PyTorch's keys, in its order and shapes, and batch norms' num_batches_tracked. In Python:",
        "  model.load_state_dict(safetensors.torch.load_file(OUT))",
        "Preprocessing and class names stay behind: 'fovea import' takes them again with --preprocess and --class-names.",
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string weights = parsed.GetValue(_weights)
            ?? throw new UsageException("--weights is missing: a model's file, a run's folder or a run's name.");
        string model = RunPaths.FindModel(weights, parsed.GetValue(_runs) ?? "runs");
        string output = ImportVerb.OutputOf(parsed.GetValue(_output), model);
        string format = parsed.GetValue(_format) ?? "safetensors";
        ExportedWeights exported = WeightExporter.ToSafetensors(model, output);
        if (parsed.GetValue(_json))
            console.WriteJson(new ExportJson(model, output, format, exported.Tensors, exported.Counters, exported.Bytes), CliJson.Default.ExportJson);
        else
        {
            string counters = exported.Counters > 0 ? $" and {Format.Plural(exported.Counters, "counter")}" : "";
            console.Out.WriteLine($"{output}: {Format.Plural(exported.Tensors, "tensor")}{counters}, {Format.Bytes(exported.Bytes)}");
        }
        return ExitCode.Done;
    }
}
