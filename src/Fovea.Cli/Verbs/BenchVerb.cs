using System.CommandLine;
using Fovea.Cli.Benchmarks;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Planning;
using Fovea.Cli.Runs;
using Fovea.Engine;
using Fovea.Engine.Measuring;
using Fovea.Engine.Planning;
using Fovea.Models;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea bench</c>: times the engine alone.</summary>
internal sealed class BenchVerb : Verb
{
    public const string Line = "time networks on synthetic images: the engine alone, without reading or decoding";
    private readonly Argument<string[]> _models;
    private readonly Option<string?> _mode, _backend, _precision;
    private readonly Option<int?> _threads, _rounds;
    private readonly MemoryArguments _size = new();
    private readonly Option<double?> _seconds;
    private readonly Option<bool> _layers, _floor, _noAux, _peers, _json;
    private readonly Option<string?> _markdown;
    private readonly ModelOptions _own = new();
    private readonly LoaderBenchmark _loading = new();

    public BenchVerb() : base("bench", Line)
    {
        _models = WithArguments("MODEL", "networks to time; default: all of them; with --compare-peers the six of the table", 0);
        _mode = With(Opt.Choice("--mode", "train: forward, backward and update; infer: forward alone; default train, and both with --compare-peers", ["train", "infer"]));
        foreach (Option option in _size.All)
            With(option);
        _precision = With(Common.Precision());
        _backend = With(Common.Backend());
        _threads = With(Common.Threads());
        _seconds = With(Opt.Number("--seconds", "how long each network is measured, at least; default 5, and 2 with --compare-peers", x => x is > 0 and <= 3600,
            "above 0, at most 3600"));
        _layers = With(Opt.Flag("--layers", "show every layer and step: time, rates, share of the roofline, kernel"));
        _floor = With(Opt.Flag("--floor", "measure how fast a step could be with the fastest kernels known, and say which share is reached"));
        _noAux = With(Opt.Flag("--no-aux", "train GoogLeNet without its auxiliary classifiers, as --compare-peers does on all sides"));
        _peers = With(Opt.Flag("--compare-peers", "run PyTorch and, for inference, ONNX Runtime on the same networks in turn with Fovea, each in a process of its own, and compare"));
        _rounds = With(Opt.Int("--rounds", "turns of --compare-peers; default 3", 1, 1000));
        _markdown = With(Opt.Text("--markdown", "FILE", "also write the table of --compare-peers into this file"));
        foreach (Option option in _own.All)
            With(option);
        _json = With(Common.Json());
        Group("Loading");
        foreach (Option option in _loading.All)
            With(option);
    }

    public override string Usage => "[MODEL...] [options]";

    public override IReadOnlyList<string> Examples =>
        ["fovea bench alexnet nin-cifar", "fovea bench alexnet --layers --floor", "fovea bench alexnet --mode infer --compare-peers", "fovea bench --compare-peers --markdown table.md", "fovea bench --data photographs/"];

    public override IReadOnlyList<string> Notes =>
    [
        "The roofline is what this machine's arithmetic and memory allow, measured at the start. A kernel may beat it: one that stays in the",
        "cache, or Winograd's, which multiplies less than the layer's definition. docs/performance.md says how to read it all.",
        "--compare-peers takes fp32 and bf16 alike where --precision is not given, and batches of 16 where 64 would take seconds a step (vgg16,",
        "googlenet-torchvision, resnet18, densenet121). Without a network it makes the whole table, with AlexNet's latency for one image: some 20 minutes.",
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        if (_loading.IsWanted(parsed))
        {
            if (parsed.GetValue(_models) is { Length: > 0 })
                throw new UsageException("bench times networks, or with --data loading; give one of the two.");
            _loading.Run(parsed, parsed.GetValue(_seconds) ?? 5, parsed.GetValue(_json), console);
            return ExitCode.Done;
        }
        bool peers = parsed.GetValue(_peers);
        string[] named = parsed.GetValue(_models) ?? [];
        string[] names = named.Length > 0 ? named : peers ? [.. PeerCase.Table] : [.. ModelZoo.All.Select(m => m.Name)];
        BenchmarkOptions options = Timing(parsed, peers, console);
        Dictionary<string, string> own = _own.Given(parsed);
        Architecture[] architectures = [.. names.Select(Common.Model)
            .Select(spec => UsageException.Check(() => Architecture.Of(spec, options: Of(spec, own, names.Length))))];
        console.Stop.Notice = "Stopping after this step.";
        if (!peers && (parsed.GetValue(_rounds) is not null || parsed.GetValue(_markdown) is not null))
            throw new UsageException("--rounds and --markdown are for --compare-peers.");
        if (peers && (options.Layers || options.Floor))
            throw new UsageException("--layers and --floor go with Fovea's own timing, not with --compare-peers.");
        if (peers && own.Count > 0)
            throw new UsageException($"--{own.Keys.First()}: --compare-peers takes networks as they come, because the peers have them so.");
        List<BenchJson> results = peers
            ? Compare(architectures, options, named.Length == 0, parsed, console)
            : Measure(architectures, options, architecture => BatchOf(architecture, options, parsed, console), console);
        console.Progress.Clear();
        if (parsed.GetValue(_json))
            console.WriteJson([.. results], CliJson.Default.BenchJsonArray);
        else
            BenchText.Write(results, console.Out);
        return ExitCode.Done;
    }

    private BenchmarkOptions Timing(ParseResult parsed, bool peers, CliConsole console)
    {
        RuntimeOptions runtime = new()
        {
            Backend = Common.BackendOf(parsed.GetValue(_backend)),
            Precision = Common.PrecisionOf(parsed.GetValue(_precision)),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
            Slow = slow => console.Warn(slow.ToString()),
        };
        return new BenchmarkOptions(parsed.GetValue(_mode) != "infer", _size.Given(parsed) ?? 64, parsed.GetValue(_seconds) ?? (peers ? 2 : 5), runtime)
        {
            Layers = parsed.GetValue(_layers),
            Floor = parsed.GetValue(_floor),
            Auxiliaries = !peers && !parsed.GetValue(_noAux),
        };
    }

    private List<BenchJson> Compare(Architecture[] architectures, BenchmarkOptions options, bool wholeTable, ParseResult parsed, CliConsole console)
    {
        bool[] modes = parsed.GetValue(_mode) is { } mode ? [mode == "train"] : [true, false];
        bool sized = _size.Given(parsed) is not null || _size.IsAuto(parsed);
        PeerCase Case(Architecture architecture, bool training)
        {
            int batch = sized ? options.Batch : PeerCase.DefaultBatch(architecture.Model);
            return new PeerCase(architecture, training, BatchOf(architecture, options with { Training = training, Batch = batch }, parsed, console));
        }
        List<PeerCase> cases = [.. modes.SelectMany(training => architectures.Select(architecture => Case(architecture, training)))];
        // What one image takes is another question than what a batch takes: the reading of the weights.
        if (wholeTable && !sized && modes.Contains(false))
            cases.Add(new PeerCase(architectures[0], Training: false, Batch: 1));
        int rounds = parsed.GetValue(_rounds) ?? 3;
        using PeerSides sides = new(options, parsed.GetValue(_precision), cases.Exists(c => !c.Training), console.Log);
        List<BenchJson> results = PeerComparison.Run(cases, sides, rounds, console);
        if (parsed.GetValue(_markdown) is { } file)
            File.WriteAllText(file, PeerText.Markdown(results, sides.Versions, rounds, options.Seconds));
        return results;
    }

    private static List<BenchJson> Measure(
        Architecture[] architectures, BenchmarkOptions options, Func<Architecture, int> batchOf, CliConsole console)
    {
        MachineSpeed machine = ModelBenchmark.Machine(options.Runtime);
        List<BenchJson> results = [];
        foreach (Architecture architecture in architectures)
        {
            if (!console.ErrorIsTerminal)
                console.Log($"{architecture.Model} ...");
            BenchmarkOptions own = options with { Batch = batchOf(architecture) };
            string what = $"{architecture.Model}: {(own.Training ? "training" : "inference")}, batch {own.Batch}";
            console.Progress.Show($"{what}, starting");
            results.Add(ModelBenchmark.Run(architecture, own, machine, done => console.Progress.Show($"{what}, {done}"), console.Stop.Token));
        }
        return results;
    }

    /// <summary>The batch size, found where it is auto, and checked where there is a limit.</summary>
    private int BatchOf(Architecture architecture, BenchmarkOptions options, ParseResult parsed, CliConsole console)
    {
        bool auto = _size.IsAuto(parsed);
        long? memory = _size.Memory(parsed);
        if (!auto && memory is null)
            return options.Batch;
        UpdateRule rule = ModelBenchmark.Optimizer();
        BatchFit fit = new(ModelZoo.Build(architecture, options.Auxiliaries), batch => [ModelBenchmark.PlanOptions(options.Training, batch, rule)], options.Runtime);
        if (!auto)
        {
            fit.Check(BatchFit.Budget(memory), options.Batch);
            return options.Batch;
        }
        (int chosen, string why) = fit.Largest(BatchFit.Budget(memory), 65_536);
        console.Log(why);
        return chosen;
    }

    private static Dictionary<string, string> Of(ModelSpec spec, Dictionary<string, string> own, int models) =>
        models == 1 ? own : own.Where(o => spec.Options.Any(s => s.Name == o.Key)).ToDictionary();
}
