using System.CommandLine;
using Fovea.Cli.Benchmarks;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Engine.Tuning;
using Fovea.Kernels;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea tune</c>: measures which kernels are fastest on this machine and writes the table that plans follow.</summary>
internal sealed class TuneVerb : Verb
{
    public const string Line = "measure which kernels are fastest on this machine, and write the table that later plans follow";
    private readonly Argument<string[]> _models;
    private readonly Option<int?> _batch, _threads;
    private readonly Option<string?> _mode, _precision, _file;
    private readonly Option<bool> _json;
    private readonly ModelOptions _own = new();

    public TuneVerb() : base("tune", Line)
    {
        _models = WithArguments("MODEL", "networks to tune; default: all of them", 0);
        _batch = With(Opt.Int("--batch-size", "images in a batch, which the choices then hold for; default 64", 1, 65_536));
        _mode = With(Opt.Choice("--mode", "train: forward, backward and update; infer: forward alone; default both", ["train", "infer", "both"]));
        _precision = With(Common.Precision());
        _threads = With(Common.Threads());
        _file = With(Opt.Text("--output", "FILE", "the table to write, or to add to; default: the user's own for this processor, oneDNN and --threads"));
        foreach (Option option in _own.All)
            With(option);
        _json = With(Common.Json());
    }

    public override string Usage => "[MODEL...] [options]";

    public override IReadOnlyList<string> Examples =>
        ["fovea tune alexnet --batch-size 64", "fovea tune resnet18 --batch-size 16 --mode train --precision bf16"];

    public override IReadOnlyList<string> Notes =>
    [
        "A choice holds for layers of the same sizes in any network, at the same batch size, precision and mode; everything else follows the rules. train,",
        $"eval, predict, bench, plan and summary follow the table from then on; {KernelChoices.Variable}=rule in the environment leaves it out, and",
        $"{KernelChoices.Variable}=FILE takes another one. A run that is resumed keeps the kernels that it began with. Nothing else should run meanwhile.",
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] names = parsed.GetValue(_models) is { Length: > 0 } given ? given : [.. ModelZoo.All.Select(m => m.Name)];
        Dictionary<string, string> own = _own.Given(parsed);
        Architecture[] architectures = [.. names.Select(Common.Model).Select(spec => UsageException.Check(() => Architecture.Of(
            spec, options: names.Length == 1 ? own : own.Where(o => spec.Options.Any(s => s.Name == o.Key)).ToDictionary())))];
        RuntimeOptions runtime = new()
        {
            Backend = BackendChoice.OneDnn,
            Precision = Common.PrecisionOf(parsed.GetValue(_precision)),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        };
        bool[] modes = parsed.GetValue(_mode) switch { "train" => [true], "infer" => [false], _ => [true, false] };
        console.Stop.Notice = "Stopping; what was tuned before is in the table.";
        List<TuneJson> results = [];
        string path = "";
        foreach ((Architecture architecture, bool training) in architectures.SelectMany(a => modes.Select(mode => (a, mode))))
        {
            int batch = parsed.GetValue(_batch) ?? 64;
            string what = $"{architecture.Model}: {(training ? "training" : "inference")}, batch {batch}";
            if (!console.ErrorIsTerminal)
                console.Log($"{what} ...");
            TuningResult result = EngineThread.Run(() => Tune(architecture, training, batch, runtime, doing => console.Progress.Show($"{what}, {doing}"), console.Stop.Token));
            console.Progress.Clear();
            path = parsed.GetValue(_file) ?? TuningTable.PathFor(result.Host);
            TuningTable table = TuningTable.Load(path, result.Host, wanted: false, console.Warn) ?? TuningTable.Empty(path, result.Host);
            table.Merge(result);
            table.Save();
            TuneJson row = TuneJson.Of(architecture.Model, training, batch, result);
            results.Add(row);
            if (!parsed.GetValue(_json))
                TuneText.Write(row, console.Out);
        }
        if (parsed.GetValue(_json))
            console.WriteJson(new TuneResultJson(path, [.. results]), CliJson.Default.TuneResultJson);
        else
            console.Out.WriteLine($"Table: {path}");
        return ExitCode.Done;
    }

    private static TuningResult Tune(Architecture architecture, bool training, int batch, RuntimeOptions runtime, Action<string> progress, CancellationToken stop)
    {
        Graph graph = ModelZoo.Build(architecture);
        using ParameterSet parameters = ParameterSet.For(graph);
        Initializers.Find("default", architecture.Spec).Apply(parameters, architecture.Spec, 0);
        try
        {
            return new KernelTuner(graph, parameters, ModelBenchmark.PlanOptions(training, batch, ModelBenchmark.Optimizer()), runtime)
            {
                Fill = (plan, step) => SyntheticBatch.Fill(plan, architecture.Classes, step),
                Progress = progress,
            }.Tune(stop);
        }
        catch (FoveaException e) when (e.Message.StartsWith("--backend onednn", StringComparison.Ordinal))
        {
            throw new FoveaException($"fovea tune chooses among oneDNN's kernels, which are not here. {e.Message}", e);
        }
    }
}
