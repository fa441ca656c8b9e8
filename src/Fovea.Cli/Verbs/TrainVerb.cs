using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Runs;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea train</c>: trains a network on images.</summary>
internal sealed class TrainVerb : Verb
{
    public const string Line = "train a network on a data set; a run's folder gets the checkpoints and all that was measured";
    private readonly TrainArguments _arguments;
    private readonly Option<bool> _json;

    public TrainVerb() : base("train", Line)
    {
        _arguments = new TrainArguments();
        foreach ((string title, IEnumerable<Option> options) in _arguments.Groups)
        {
            Group(title);
            foreach (Option option in options)
                With(option);
        }
        _json = With(Common.Json());
    }

    public override string Usage => "--recipe NAME | --model M --data D [options]";

    public override IReadOnlyList<string> Examples =>
    [
        "fovea train --model lenet5 --activation relu --pool max --data fashion-mnist --momentum 0.9 --epochs 5",
        "fovea train --model alexnet --data photographs/ --opt adam --lr 1e-4 --epochs 20 --name pets",
        "fovea train --recipe lenet5-fashion",
        "fovea train --resume pets",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "DATA is a built-in name ('fovea data list') or a folder of photographs: train/<class>/* and val/<class>/*, train_<class>/* and "
            + "test_<class>/*,",
        "or <class>/*, split by --val-split. Ctrl-C finishes the step, saves, and says how to go on; a second one stops at once.",
        "Transforms: 'fovea data preview --help' lists them, and 'fovea data preview' draws what they do.",
    ];

    public override IReadOnlyList<string> Expand(ParseResult parsed, IReadOnlyList<string> rest) => _arguments.Expand(this, parsed, rest);

    public override int Run(ParseResult parsed, CliConsole console)
    {
        console.Stop.Notice = "Stopping after this step, then saving; once more stops at once.";
        TrainRequest request = _arguments.Read(parsed, console);
        foreach (string note in request.Notes)
            console.Log(note);
        if (request.Finished is not null)
            console.Log($"The run {request.Finished.Run} is finished: nothing is left to do.");
        RunSummary summary = request.Finished ?? Trainer.Run(request.Options, request.Data!, [new TrainConsole(console)], console.Stop.Token);
        console.Progress.Clear();
        if (parsed.GetValue(_json))
            console.WriteJson(summary, CliJson.Default.RunSummary);
        else if (!summary.Stopped)
            Write(summary, console.Out);
        return summary.Stopped ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static void Write(RunSummary summary, TextWriter writer)
    {
        if (summary.Best is { } best)
            writer.WriteLine($"Best: epoch {best.Epoch} of {summary.Epochs.Count}, validation accuracy {Format.Percent(best.ValAcc)}");
        writer.WriteLine($"Files: {summary.Run}");
        writer.WriteLine($"Use it: fovea predict --weights {summary.Run} IMAGE|FOLDER");
    }
}
