using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Verbs;
using Fovea.Data;
using Fovea.Data.Caching;
using Fovea.Data.Catalog;
using Fovea.Engine;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Runs;

/// <summary>The options of <c>train</c>, and how they become <see cref="TrainingOptions"/>.</summary>
internal sealed class TrainArguments
{
    private readonly RecipeArguments _recipe = new();
    private readonly Option<string?> _model = Opt.Text("--model", "M", "the network ('fovea models' lists them)");
    private readonly Option<string?> _data = Opt.Text("--data", "D", "a built-in data set's name, or a folder of photographs");
    private readonly Option<string?> _dataDir = Common.DataDir();
    private readonly Option<double?> _valSplit = DataArguments.ValSplitOption();
    private readonly Option<int?> _limitTrain = Opt.Int("--limit-train", "train on at most N images, a seeded subset with the classes in proportion");
    private readonly Option<int?> _limitVal = Opt.Int("--limit-val", "validate on at most N images, likewise");
    private readonly PreprocessingArguments _preprocessing = new();
    private readonly Option<int?> _workers = Opt.Int("--workers", "threads that read and decode images; default 2", 1, 256);
    private readonly Option<string?> _cache = Opt.Choice("--cache", "keep resized images between epochs, in memory or in a file under the output folder; "
        + "default none", CacheOptions.Names);
    private readonly Option<int?> _maxPixels = Common.MaxPixels();
    private readonly Option<bool> _allowBroken = Opt.Flag("--allow-broken", "go on where more than 1 % of the images cannot be read");

    private readonly Option<TensorShape?> _input = Common.Input();
    private readonly Option<int?> _classes = Opt.Int("--classes", "outputs of the network; default: the data's classes. With --weights: "
        + "makes the last layer anew where the file's has another number", 2, 1_000_000);
    private readonly Option<string?> _init = Opt.Choice("--init", "initialisation; default is the network's own", [.. Initializers.Names]);
    private readonly Option<double?> _dropout = Opt.Number("--dropout", "probability of every dropout; default: the network's own", x =>
        x is >= 0 and < 1, "from 0 to below 1");
    private readonly Option<string?> _weights = Opt.Text("--weights", "FILE|RUN", "start from a model, fed as it was before, or from "
        + "PyTorch's parameters (.pth, .safetensors)");
    private readonly Option<string?> _freeze = Opt.Text("--freeze", "PREFIX", "leave the parameters whose key begins so as they are, such "
        + "as features");
    private readonly Option<int?> _freezeAfter = Opt.Int("--freeze-after", "train what --freeze names for N epochs before; default 0", 0, 100_000);
    private readonly ModelOptions _own = new();

    private readonly OptimisationArguments _optimisation = new();

    private readonly Option<ulong?> _seed = Opt.Seed("--seed", "seed of everything random; default 0");
    private readonly Option<string?> _precision = Common.Precision();
    private readonly Option<string?> _backend = Common.Backend();
    private readonly Option<string?> _device = Common.Device();
    private readonly Option<int?> _threads = Common.Threads();
    private readonly Option<string?> _name = Opt.Text("--name", "RUN",
        "the run's name; default: the recipe's, or made of network and data; a name that exists gets -2");
    private readonly Option<string?> _output = Opt.Text("--output", "DIR", "folder that holds the runs; default runs");
    private readonly Option<string?> _resume = Opt.Text("--resume", "RUN", "go on with a run; its options come from its args.json");
    private readonly Option<int?> _keep = KeepOption();
    private readonly Option<CheckpointInterval?> _checkpointEvery = CheckpointOption();
    private readonly Option<bool> _evalTrain = Opt.Flag("--eval-train", "evaluate the training images too after each epoch");
    private readonly Option<int?> _logEvery = Opt.Int("--log-every", "steps between two lines of the log; default 50");

    /// <summary>The options as the help shows them.</summary>
    public IEnumerable<(string Title, IEnumerable<Option> Options)> Groups =>
    [
        ("Experiment", _recipe.All),
        ("Data", DataGroup),
        ("Model", ModelGroup),
        ("Optimisation", _optimisation.All),
        ("Running", [_seed, _precision, _backend, _device, _threads, _name, _output, _resume, _keep, _checkpointEvery, _evalTrain, _logEvery]),
    ];

    /// <summary>The options that decide what a step of training does, without those of a run.</summary>
    public IEnumerable<(string Title, IEnumerable<Option> Options)> GroupsOfAStep =>
        [("Data", DataGroup), ("Model", ModelGroup), ("Optimisation", _optimisation.OfAStep), ("Running", [_seed, _precision, _backend, _device, _threads])];

    private IEnumerable<Option> DataGroup =>
        [_data, _dataDir, _valSplit, _limitTrain, _limitVal, .. _preprocessing.All, _workers, _cache, _maxPixels, _allowBroken];

    private IEnumerable<Option> ModelGroup => [_model, _input, _classes, _init, _dropout, _weights, _freeze, _freezeAfter, .. _own.All];

    /// <summary>The arguments with those of the recipe, where one is given and no run is resumed, which has its options.</summary>
    public IReadOnlyList<string> Expand(Verb verb, ParseResult parsed, IReadOnlyList<string> rest) =>
        parsed.GetValue(_resume) is null ? _recipe.Expand(verb, parsed, rest) : rest;

    /// <summary>What is to be done.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="console">Says where choices of kernels come from, and is told where they cannot be used.</param>
    /// <exception cref="UsageException">Something is missing, or does not go with something else.</exception>
    public TrainRequest Read(ParseResult parsed, CliConsole console)
    {
        if (parsed.GetValue(_resume) is { } run)
            return Resumed(run, parsed);
        StartingPoint? start = StartingPoint.Of(parsed.GetValue(_weights), parsed.GetValue(_output) ?? "runs");
        string model = parsed.GetValue(_model) ?? start?.Model?.Model ?? throw NoModel(start);
        string data = parsed.GetValue(_data)
            ?? throw new UsageException("--data is missing: a built-in data set ('fovea data list') or a folder of photographs.");
        ModelSpec spec = Common.Model(model);
        TrainingOptions options = _optimisation.With(
            WithRun(WithData(new TrainingOptions { Architecture = Architecture.Of(spec), Data = data, Kernels = KernelChoices.Of(console) }, parsed), parsed), parsed);
        // Network and optimizer are checked before the data is looked for: reading that may take a while.
        _ = UsageException.Check(() => Architecture.Of(spec, options: _own.Given(parsed)));
        _ = UsageException.Check(options.Resolved);
        _ = InputOf(spec, null, parsed);
        DataSplits splits = DatasetCatalog.Open(data, options.ToDataOptions());
        options = options with { Architecture = ArchitectureFor(spec, start?.For(spec), splits, parsed) };
        (options, string? size) = TrainingMemory.Fit(options, splits, _optimisation.Size.IsAuto(parsed));
        return new TrainRequest(options, splits, null) { Notes = [.. new[] { start?.Note(options.Architecture), size }.OfType<string>()] };
    }

    private static UsageException NoModel(StartingPoint? start) => new(start is null
        ? "--model is missing: the network to train ('fovea models' lists them), or --recipe ('fovea recipes')."
        : $"--model is missing: {start.Path} holds weights and does not say of which network ('fovea models' lists them).");

    /// <summary>The network for the data: its classes, its statistics or those of the weights to start from, and what the user decided.</summary>
    private Architecture ArchitectureFor(ModelSpec spec, Architecture? start, DataSplits data, ParseResult parsed)
    {
        int classes = parsed.GetValue(_classes) ?? data.Classes.Count;
        if (classes != data.Classes.Count)
            throw new UsageException($"--classes {classes}: the data '{data.Name}' has {data.Classes.Count} classes; leave --classes out, the "
                + "network takes the data's.");
        TensorShape input = InputOf(spec, start, parsed);
        float? dropout = (float?)parsed.GetValue(_dropout);
        Preprocessing preprocessing = _preprocessing.Of(spec, input, data.Defaults, StartingPoint.Preprocess(start, spec, input), parsed);
        return UsageException.Check(() => Architecture.Of(spec, classes, input, StartingPoint.Options(start, _own.Given(parsed)), dropout, preprocessing));
    }

    private TensorShape InputOf(ModelSpec spec, Architecture? start, ParseResult parsed)
    {
        TensorShape own = start?.Input ?? spec.Input;
        if (parsed.GetValue(_preprocessing.ImageSize) is not { } size)
            return parsed.GetValue(_input) ?? own;
        return parsed.GetValue(_input) is { } input
            ? throw new UsageException($"--img-size {size} and --input {input} both say the network's input; leave one out.")
            : new TensorShape(own.C, size, size);
    }

    private TrainingOptions WithData(TrainingOptions options, ParseResult parsed) => options with
    {
        DataDir = parsed.GetValue(_dataDir),
        ValSplit = parsed.GetValue(_valSplit) ?? options.ValSplit,
        LimitTrain = parsed.GetValue(_limitTrain),
        LimitVal = parsed.GetValue(_limitVal),
        Workers = parsed.GetValue(_workers) ?? options.Workers,
        Cache = parsed.GetValue(_cache) ?? options.Cache,
        MaxPixels = parsed.GetValue(_maxPixels) ?? options.MaxPixels,
        AllowBroken = parsed.GetValue(_allowBroken),
        Init = parsed.GetValue(_init) ?? options.Init,
        Weights = parsed.GetValue(_weights),
        NewHead = parsed.GetValue(_weights) is not null && parsed.GetValue(_classes) is not null,
        Freeze = parsed.GetValue(_freeze),
        FreezeAfter = parsed.GetValue(_freezeAfter) ?? options.FreezeAfter,
        Seed = parsed.GetValue(_seed) ?? options.Seed,
    };

    private TrainingOptions WithRun(TrainingOptions options, ParseResult parsed) => options with
    {
        Backend = parsed.GetValue(_backend) is { } backend ? Common.BackendOf(backend) : options.Backend,
        Precision = parsed.GetValue(_precision) is { } precision ? Common.PrecisionOf(precision) : options.Precision,
        Threads = parsed.GetValue(_threads) ?? options.Threads,
        Name = parsed.GetValue(_name),
        Recipe = _recipe.Of(parsed)?.Name,
        Output = parsed.GetValue(_output) ?? options.Output,
        Keep = parsed.GetValue(_keep) ?? options.Keep,
        CheckpointEvery = parsed.GetValue(_checkpointEvery),
        LogEvery = parsed.GetValue(_logEvery) ?? options.LogEvery,
        EvalTrain = parsed.GetValue(_evalTrain),
    };

    /// <summary>A resumed run has its options already: only where it is found and what it runs on can be given, and must be the same.</summary>
    private TrainRequest Resumed(string run, ParseResult parsed)
    {
        Option[] allowed = [_resume, _output, _backend, _device, _threads, _precision, _workers, _cache];
        string[] refused = [.. Groups.SelectMany(g => g.Options).Except(allowed).Where(o => parsed.GetResult(o) is { Implicit: false })
            .Select(o => o.Name)];
        if (refused.Length > 0)
            throw new UsageException($"--resume takes the run's own options from its args.json, so {string.Join(", ", refused)} cannot be given "
                + $"too. For other options start a new run: --weights {run}.");
        SavedRun saved = SavedRun.Open(run, parsed.GetValue(_output) ?? "runs");
        TrainingOptions options = saved.Args.Options;
        options = options with
        {
            Resume = run,
            Output = parsed.GetValue(_output) ?? "runs",
            Backend = parsed.GetValue(_backend) is { } backend ? Common.BackendOf(backend) : options.Backend,
            Precision = parsed.GetValue(_precision) is { } precision ? Common.PrecisionOf(precision) : options.Precision,
            Threads = parsed.GetValue(_threads) ?? options.Threads,
            Workers = parsed.GetValue(_workers) ?? options.Workers,
            Cache = parsed.GetValue(_cache) ?? options.Cache,
        };
        return saved.IsFinished ? new TrainRequest(options, null, saved.Summary())
            : new TrainRequest(options, DatasetCatalog.Open(options.Data, options.ToDataOptions()), null);
    }

    private static Option<int?> KeepOption() => Opt.Make<int?>("--keep", "N|all", "keep the checkpoints of the last N epochs, or of all; default none but best and last", text =>
        text == "all" ? (TrainingOptions.KeepAll, null)
        : int.TryParse(text, out int n) && n >= 0 ? (n, null)
        : (null, "expected a whole number of 0 or more, or all"));

    private static Option<CheckpointInterval?> CheckpointOption() =>
        Opt.Parsed("--checkpoint-every", "T", "also save inside an epoch, after so many steps or so long: 500steps, 90s, 10m, 2h", CheckpointInterval.Parse);
}

/// <summary>What <c>train</c> is to do.</summary>
/// <param name="Options">The run's options.</param>
/// <param name="Data">Its data; null where there is nothing left to do.</param>
/// <param name="Finished">The run that was to be resumed, where it is finished already.</param>
internal sealed record TrainRequest(TrainingOptions Options, DataSplits? Data, RunSummary? Finished)
{
    /// <summary>What was decided for the user and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
