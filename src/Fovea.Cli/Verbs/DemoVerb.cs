using System.CommandLine;
using Fovea.Cli.Demo;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Runs;
using Fovea.Cli.Text;
using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Engine;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea demo</c>: a network is trained, measured and used before one's eyes.</summary>
internal sealed class DemoVerb : Verb
{
    public const string Line = "train a small network on Fashion-MNIST, show what it learned, and write a report";
    private const string DataName = "fashion-mnist";
    private readonly Option<int?> _epochs, _threads;
    private readonly Option<string?> _backend, _output, _dataDir;
    private readonly Option<bool> _json;

    public DemoVerb() : base("demo", Line)
    {
        _epochs = With(Opt.Int("--epochs",
            $"passes over the training images; default {DemoRun.DefaultEpochs}", 1, 1000));
        _backend = With(Common.Backend());
        _threads = With(Common.Threads());
        _dataDir = With(Opt.Text("--data-dir", "DIR", "folder in which Fashion-MNIST's files lie; default: the usual places, else it is fetched"));
        _output = With(Opt.Text("--output", "DIR", "folder that holds the runs; default runs"));
        _json = With(Common.Json());
    }

    public override string Usage => "[options]";

    public override int Run(ParseResult parsed, CliConsole console)
    {
        console.Stop.Notice = "Stopping after this step, then saving; once more stops at once.";
        DataSplits data = Open(parsed.GetValue(_dataDir), console);
        BackendChoice backend = Common.BackendOf(parsed.GetValue(_backend));
        TrainingOptions options = DemoRun.Options(data, parsed.GetValue(_epochs) ?? DemoRun.DefaultEpochs) with
        {
            DataDir = parsed.GetValue(_dataDir),
            Backend = backend,
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
            Output = parsed.GetValue(_output) ?? "runs",
        };
        RunSummary run = Trainer.Run(options, data, [new TrainConsole(console)], console.Stop.Token);
        console.Progress.Clear();
        if (run.Stopped)
            return ExitCode.Interrupted;
        (EvaluationResult evaluation, DemoSample[] samples) = DemoRun.Look(options, data, run, console.Stop.Token);
        string report = Path.Combine(run.Run, "report.html");
        if (parsed.GetValue(_json))
            console.WriteJson(new DemoJson(run.Run, run.Epochs, run.Best, evaluation.Top1, report), CliJson.Default.DemoJson);
        else
            Write(evaluation, samples, run, report, console);
        return ExitCode.Done;
    }

    private static DataSplits Open(string? folder, CliConsole console)
    {
        BuiltInDataset known = DatasetCatalog.Find(DataName)!;
        if (folder is null && DatasetPlaces.Find(known, null) is null)
        {
            console.Log("Fashion-MNIST is not on this machine: fetching it (30 MB).");
            DataGetVerb.Fetch(DataName, null, console);
        }
        return DatasetCatalog.Open(DataName, new DataOptions { DataDir = folder });
    }

    private static void Write(EvaluationResult evaluation, DemoSample[] samples, RunSummary run, string report, CliConsole console)
    {
        TextWriter writer = console.Out;
        writer.WriteLine();
        writer.WriteLine($"The best network gets {Format.Percent(evaluation.Top1)} of {Format.Count(evaluation.Images)} test "
            + "images right, which it had not seen before.");
        writer.WriteLine();
        ConfusionText.Write([.. evaluation.PerClass.Select(c => c.Class)], evaluation.Confusion, writer);
        writer.WriteLine();
        writer.WriteLine("Some test images: what each is, and what the network says");
        writer.WriteLine();
        if (samples.Length > 0)
            DemoText.Write(samples, console);
        Table files = new("", "");
        files.Row("report", report);
        files.Row("results", Path.Combine(run.Run, "results.csv"));
        files.Row("the network", Path.Combine(run.Run, RunPaths.Checkpoints, "best.safetensors"));
        files.Write(writer);
        writer.WriteLine();
        writer.WriteLine($"What now? 'fovea predict --weights {run.Run} PICTURE' asks this network; 'fovea train --model alexnet --data FOLDER' "
            + "trains one on photographs of your own.");
    }
}
