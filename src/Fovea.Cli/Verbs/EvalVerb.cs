using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea eval</c>: measures a trained network on a data set.</summary>
internal sealed class EvalVerb : Verb
{
    public const string Line = "measure a trained network on a data set: accuracy and what chance does to it, each class, confusion, calibration";
    private readonly Option<string?> _weights, _data, _dataDir, _split, _tta, _report, _output, _backend, _precision;
    private readonly Option<double?> _valSplit;
    private readonly Option<ulong?> _seed;
    private readonly Option<int?> _batch, _workers, _threads, _maxPixels;
    private readonly Option<bool> _json;

    public EvalVerb() : base("eval", Line)
    {
        _weights = With(PredictVerb.WeightsOption());
        _data = With(Opt.Text("--data", "D", "a built-in data set's name, or a folder of photographs"));
        _dataDir = With(Common.DataDir());
        _split = With(Opt.Choice("--split", "which images; default val", ["val", "train", "all"]));
        _valSplit = With(DataArguments.ValSplitOption());
        _seed = With(Opt.Seed("--seed", "seed of that split; like --val-split, a run's own by default where it was trained on the same data"));
        _tta = With(Opt.Choice("--tta", "looks at each image, whose probabilities are averaged: it and its mirror image, these and both shifted by a "
            + "pixel, or ten crops as in the AlexNet paper; default none", ["none", "flip", "flip-translate", "ten-crop"]));
        _report = With(Opt.Text("--report", "FILE|DIR", "write a page with everything and the images it gets most wrong: FILE.html, or eval.html in DIR"));
        _batch = With(Opt.Int("--batch-size", "images in a batch; default 64", 1, 65_536));
        _maxPixels = With(Common.MaxPixels());
        _workers = With(Opt.Int("--workers", "threads that read and decode images; default 2", 1, 256));
        _precision = With(Common.Precision());
        _backend = With(Common.Backend());
        _threads = With(Common.Threads());
        _output = With(PredictVerb.OutputOption());
        _json = With(Common.Json());
    }

    public override string Usage => "--weights FILE|RUN --data D [options]";

    public override IReadOnlyList<string> Examples =>
    [
        "fovea eval --weights pets --data photographs/",
        "fovea eval --weights pets --data photographs/ --tta flip --report pets.html",
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string weights = parsed.GetValue(_weights)
            ?? throw new UsageException("--weights is missing: a model's file, a run's folder or a run's name.");
        string data = parsed.GetValue(_data)
            ?? throw new UsageException("--data is missing: a built-in data set ('fovea data list') or a folder of photographs.");
        console.Stop.Notice = "Stopping.";
        LoadedModel model = ModelFile.Load(RunPaths.FindModel(weights, parsed.GetValue(_output) ?? "runs"));
        DataSplits splits = DatasetCatalog.Open(data, DataOptionsOf(model, data, parsed));
        IImageDataset images = parsed.GetValue(_split) switch { "train" => splits.Train, "all" => splits.All, _ => splits.Validation };
        console.Log($"{model.Architecture.Model} from {model.Path} on {images.Name}: {Format.Plural(images.Count, "image")} ({splits.Layout})");
        if (parsed.GetValue(_split) is null && splits.All.Count > splits.Validation.Count && splits.Layout.StartsWith("<class>", StringComparison.Ordinal))
            console.Log($"The folder has no splits of its own: what a training with --val-split would keep aside is measured. --split all takes all {Format.Plural(splits.All.Count, "image")}.");
        string? report = parsed.GetValue(_report) is { } given ? ReportFile(given) : null;
        OutputFile.Check("--report", report);
        EvaluationResult result = Evaluator.Evaluate(model, images, new EvaluationOptions
        {
            Runtime = Common.Runtime(console, parsed.GetValue(_backend), parsed.GetValue(_precision), parsed.GetValue(_threads)),
            BatchSize = parsed.GetValue(_batch) ?? 64,
            Workers = parsed.GetValue(_workers) ?? 2,
            Augmentation = parsed.GetValue(_tta) switch
            {
                "flip" => TestTimeAugmentation.Flip,
                "flip-translate" => TestTimeAugmentation.FlipTranslate,
                "ten-crop" => TestTimeAugmentation.TenCrop,
                _ => TestTimeAugmentation.None,
            },
            MaxPixels = parsed.GetValue(_maxPixels) ?? ReadOptions.DefaultMaxPixels,
            Progress = (done, all) => console.Progress.Show($"{Format.Count(done)} of {Format.Plural(all, "image")}"),
            Broken = (source, reason) => console.Log($"left out: {source}: {reason}"),
        }, console.Stop.Token);
        console.Progress.Clear();
        if (report is not null)
        {
            Report(report, model, images, result, parsed);
            console.Log($"report: {report}");
        }
        if (parsed.GetValue(_json))
            console.WriteJson(result, CliJson.Default.EvaluationResult);
        else
            Write(result, console.Out);
        return ExitCode.Done;
    }

    /// <summary>
    /// A folder without splits of its own is divided by share and seed. A model of a run on that very folder is measured on what that run kept aside,
    /// unless the user
    /// says otherwise: with another division it would meet what it was trained on.
    /// </summary>
    private DataOptions DataOptionsOf(LoadedModel model, string data, ParseResult parsed)
    {
        DataOptions options = new() { DataDir = parsed.GetValue(_dataDir) };
        string? run = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(model.Path)));
        if (run is not null && File.Exists(Path.Combine(run, RunPaths.Args)))
        {
            TrainingOptions trained = RunArgs.Load(run).Options;
            if (trained.Data == data || Path.GetFullPath(trained.Data) == Path.GetFullPath(data))
                options = options with { ValSplit = trained.ValSplit, Seed = trained.Seed, DataDir = options.DataDir ?? trained.DataDir };
        }
        return options with { ValSplit = parsed.GetValue(_valSplit) ?? options.ValSplit, Seed = parsed.GetValue(_seed) ?? options.Seed };
    }

    private static string ReportFile(string given)
    {
        if (Path.GetExtension(given).Equals(".html", StringComparison.OrdinalIgnoreCase))
            return given;
        OutputFile.MakeFolder("--report", given);
        return Path.Combine(given, "eval.html");
    }

    private void Report(string path, LoadedModel model, IImageDataset images, EvaluationResult result, ParseResult parsed)
    {
        EvaluationReport.Write(path, model, images, result,
        [
            ("model", model.Path), ("data", images.Name), ("split", parsed.GetValue(_split) ?? "val"),
            ("preprocessing", model.Architecture.Preprocessing.EvalTransform), ("test-time augmentation", parsed.GetValue(_tta) ?? "none"),
            ("version", $"Fovea {CommandLine.Version}"),
        ]);
    }

    private static string Ends(IReadOnlyList<double> interval) => $"{Format.Rate(interval[0])} to {Format.Rate(interval[1])}";

    private static void Write(EvaluationResult result, TextWriter writer)
    {
        Table figures = new("", "");
        figures.Row("images", Format.Count(result.Images) + (result.Skipped > 0 ? $", and {Format.Count(result.Skipped)} that cannot be read" : ""));
        figures.Row("loss", Format.Rate(result.Loss));
        string five = result.PerClass.Count > 5 ? $" (among the five likeliest: {Format.Rate(result.Top5)})" : "";
        figures.Row("accuracy", Format.Rate(result.Top1) + five);
        figures.Row("95 % interval", $"{Ends(result.AccuracyInterval)} (Wilson); {Ends(result.AccuracyBootstrap)} (bootstrap)");
        figures.Row("mean F1", $"{Format.Rate(result.MacroF1)}; 95 % interval {Ends(result.MacroF1Bootstrap)} (bootstrap)");
        figures.Row("calibration error", $"{Format.Rate(result.Ece)}; {Format.Rate(result.EceAtTemperature)} at temperature "
            + $"{Format.Rate(result.Temperature)}, which is fitted on these images");
        figures.Write(writer);
        writer.WriteLine();
        Table classes = new("class", ">precision", ">recall", ">F1", ">images");
        foreach (ClassMetrics c in result.PerClass)
            classes.Row(c.Class, Format.Rate(c.Precision), Format.Rate(c.Recall), Format.Rate(c.F1), Format.Count(c.Support));
        classes.Write(writer);
        writer.WriteLine();
        ConfusionText.Write([.. result.PerClass.Select(c => c.Class)], result.Confusion, writer);
    }
}
