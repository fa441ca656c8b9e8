using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Data;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea predict</c>: what a trained network says about images.</summary>
internal sealed class PredictVerb : Verb
{
    public const string Line = "say what images show, with a trained network; broken files get their error, the others their answer";
    private readonly Argument<string[]> _images;
    private readonly Option<string?> _weights, _output, _backend, _precision;
    private readonly Option<int?> _topK, _batch, _threads, _maxPixels;
    private readonly Option<bool> _logits, _json;

    public PredictVerb() : base("predict", Line)
    {
        _images = WithArguments("IMAGE|FOLDER", "image files, and folders that are searched recursively", 1);
        _weights = With(WeightsOption());
        _topK = With(Opt.Int("--top-k", "likeliest classes to name; default 5", 1, 1_000_000));
        _logits = With(Opt.Flag("--logits", "with --json: the network's output before softmax too"));
        _batch = With(Opt.Int("--batch-size", "images that are computed at once; default 32", 1, 4096));
        _maxPixels = With(Common.MaxPixels());
        _precision = With(Common.Precision());
        _backend = With(Common.Backend());
        _threads = With(Common.Threads());
        _output = With(OutputOption());
        _json = With(Common.Json());
    }

    public override string Usage => "--weights FILE|RUN IMAGE|FOLDER... [options]";

    public override IReadOnlyList<string> Examples =>
        ["fovea predict --weights pets photographs/new", "fovea predict --weights model.safetensors cat.jpg --json"];

    /// <summary>Where the model comes from.</summary>
    public static Option<string?> WeightsOption() =>
        Opt.Text("--weights", "FILE|RUN", "a model's file, a run's folder or a run's name (its best checkpoint)");

    /// <summary>Where runs are looked for by their names.</summary>
    public static Option<string?> OutputOption() => Opt.Text("--output", "DIR", "folder that holds the runs; default runs");

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string weights = parsed.GetValue(_weights)
            ?? throw new UsageException("--weights is missing: a model's file, a run's folder or a run's name.");
        console.Stop.Notice = "Stopping.";
        string model = RunPaths.FindModel(weights, parsed.GetValue(_output) ?? "runs");
        IReadOnlyList<string> files = PictureFiles.Find(parsed.GetValue(_images)!);
        Prediction[] predictions = Predict(model, files, parsed, console);
        console.Progress.Clear();
        if (parsed.GetValue(_json))
            console.WriteJson(predictions, CliJson.Default.PredictionArray);
        else
            Write(predictions, console.Out);
        int broken = predictions.Count(p => p.Error is not null);
        if (broken > 0)
            console.Log($"{broken} of {Format.Plural(predictions.Length, "image")} could not be read; "
                + $"{(broken == predictions.Length ? "there is no answer" : "the others have their answers")}.");
        return broken > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private Prediction[] Predict(string model, IReadOnlyList<string> files, ParseResult parsed, CliConsole console)
    {
        ClassifierOptions options = new()
        {
            BatchSize = Math.Min(parsed.GetValue(_batch) ?? 32, files.Count),
            MaxPixels = parsed.GetValue(_maxPixels) ?? ReadOptions.DefaultMaxPixels,
            Runtime = Common.Runtime(console, parsed.GetValue(_backend), parsed.GetValue(_precision), parsed.GetValue(_threads)),
        };
        PredictOptions wanted = new() { TopK = parsed.GetValue(_topK) ?? 5, Logits = parsed.GetValue(_logits) };
        using Classifier classifier = Classifier.Load(model, options);
        List<Prediction> predictions = [];
        foreach (Prediction prediction in classifier.Predict(files, wanted, console.Stop.Token))
        {
            predictions.Add(prediction);
            console.Progress.Show($"{Format.Count(predictions.Count)} of {Format.Plural(files.Count, "image")}");
        }
        return [.. predictions];
    }

    private static void Write(Prediction[] predictions, TextWriter writer)
    {
        Table table = new("image", "answer");
        foreach (Prediction p in predictions)
            table.Row(p.Image, p.Error is null ? string.Join(", ", p.Top.Select(t => $"{t.Class} {Format.Percent(t.Probability)}"))
                : $"error: {p.Error}");
        table.Write(writer);
    }
}
