using System.CommandLine;
using Fovea.Cli.Benchmarks;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Measuring;
using Fovea.Models;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea bench</c>: times the engine alone.</summary>
internal sealed class BenchVerb : Verb
{
    public const string Line = "time networks on synthetic images: the engine alone, without reading or decoding";
    private readonly Argument<string[]> _models;
    private readonly Option<string?> _mode, _backend, _precision;
    private readonly Option<int?> _batch, _threads;
    private readonly Option<double?> _seconds;
    private readonly Option<bool> _layers, _floor, _json;
    private readonly ModelOptions _own = new();

    public BenchVerb() : base("bench", Line)
    {
        _models = WithArguments("MODEL", "networks to time; default: all of them", 0);
        _mode = With(Opt.Choice("--mode", "train: forward, backward and update; infer: forward alone; default train", ["train", "infer"]));
        _batch = With(Opt.Int("--batch-size", "images in a batch; default 64", 1, 65536));
        _precision = With(Common.Precision());
        _backend = With(Common.Backend());
        _threads = With(Common.Threads());
        _seconds = With(Opt.Number("--seconds", "how long each network is measured, at least; default 5", x => x is > 0 and <= 3600,
            "above 0, at most 3600"));
        _layers = With(Opt.Flag("--layers", "show every layer and step: time, rates, share of the roofline, kernel"));
        _floor = With(Opt.Flag("--floor", "measure how fast a step could be with the fastest kernels known, and say which share is reached"));
        foreach (Option option in _own.All)
            With(option);
        _json = With(Common.Json());
    }

    public override string Usage => "[MODEL...] [options]";

    public override IReadOnlyList<string> Examples =>
        ["fovea bench alexnet nin-cifar", "fovea bench alexnet --mode infer --batch-size 1 --backend managed"];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] names = parsed.GetValue(_models) is { Length: > 0 } given ? given : [.. ModelZoo.All.Select(m => m.Name)];
        RuntimeOptions runtime = new()
        {
            Backend = Common.BackendOf(parsed.GetValue(_backend)),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
        };
        BenchmarkOptions options = new(parsed.GetValue(_mode) != "infer", parsed.GetValue(_batch) ?? 64, parsed.GetValue(_seconds) ?? 5, runtime)
        {
            Layers = parsed.GetValue(_layers),
            Floor = parsed.GetValue(_floor),
        };
        Dictionary<string, string> own = _own.Given(parsed);
        Architecture[] architectures = [.. names.Select(Common.Model)
            .Select(spec => UsageException.Check(() => Architecture.Of(spec, options: Of(spec, own, names.Length))))];
        console.Stop.Notice = "Stopping after this step.";
        MachineSpeed machine = ModelBenchmark.Machine(runtime);
        List<BenchJson> results = [];
        foreach (Architecture architecture in architectures)
        {
            if (!console.ErrorIsTerminal)
                console.Log($"{architecture.Model} ...");
            string what = $"{architecture.Model}: {(options.Training ? "training" : "inference")}, batch {options.Batch}";
            console.Progress.Show($"{what}, starting");
            results.Add(ModelBenchmark.Run(architecture, options, machine, done => console.Progress.Show($"{what}, {done}"), console.Stop.Token));
        }
        console.Progress.Clear();
        if (parsed.GetValue(_json))
            console.WriteJson([.. results], CliJson.Default.BenchJsonArray);
        else
            BenchText.Write(results, console.Out);
        return ExitCode.Done;
    }

    private static Dictionary<string, string> Of(ModelSpec spec, Dictionary<string, string> own, int models) =>
        models == 1 ? own : own.Where(o => spec.Options.Any(s => s.Name == o.Key)).ToDictionary();
}
