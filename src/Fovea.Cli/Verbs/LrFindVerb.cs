using System.CommandLine;
using System.Globalization;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Reports;
using Fovea.Cli.Runs;
using Fovea.Cli.Text;
using Fovea.Kernels.Memory;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea lr-find</c>: Leslie Smith's range test.</summary>
internal sealed class LrFindVerb : Verb
{
    public const string Line = "find a learning rate: train some steps while it rises, and look where the loss falls fastest";
    private readonly TrainArguments _arguments = new();
    private readonly Option<double?> _from, _to;
    private readonly Option<int?> _steps;
    private readonly Option<string?> _svg;
    private readonly Option<bool> _json;

    public LrFindVerb() : base("lr-find", Line)
    {
        Group("Sweep");
        _from = With(Opt.Number("--from", "the first learning rate; default 0.000001", x => x > 0, "above 0"));
        _to = With(Opt.Number("--to", "the last one; default 10", x => x > 0, "above 0"));
        _steps = With(Opt.Int("--steps", "steps from the first to the last; default 100", 10, 100_000));
        _svg = With(Opt.Text("--output", "FILE.svg", "write the curve as a picture"));
        _json = With(Common.Json());
        foreach ((string title, IEnumerable<Option> options) in _arguments.GroupsOfAStep)
        {
            Group(title);
            foreach (Option option in options)
                With(option);
        }
    }

    public override string Usage => "--model M --data D [options]";

    public override IReadOnlyList<string> Examples =>
    [
        "fovea lr-find --model resnet18-cifar --data cifar10 --momentum 0.9 --batch-size 128 --output lr.svg",
        "fovea lr-find --model alexnet --data photographs/ --opt adamw --json",
    ];

    public override IReadOnlyList<string> Notes =>
        ["Give what the run will have: optimizer, batch size and augmentation move the curve. Nothing is kept but the picture."];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        LearningRateSweep sweep = new();
        sweep = sweep with
        {
            From = parsed.GetValue(_from) ?? sweep.From,
            To = parsed.GetValue(_to) ?? sweep.To,
            Steps = parsed.GetValue(_steps) ?? sweep.Steps,
            Progress = (done, all) => console.Progress.Show($"step {done} of {all}"),
        };
        if (sweep.To <= sweep.From)
            throw new UsageException($"--from {Number(sweep.From)} --to {Number(sweep.To)}: the second must be above the first.");
        string? picture = parsed.GetValue(_svg);
        if (picture is not null && !picture.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--output {picture}: expected a name that ends in .svg.");
        OutputFile.Check("--output", picture);
        console.Stop.Notice = "Stopping after this step.";
        TrainRequest request = _arguments.Read(parsed, console);
        foreach (string note in request.Notes)
            console.Log(note);
        LearningRateCurve curve = LearningRateFinder.Run(request.Options, request.Data!, sweep, console.Stop.Token);
        console.Progress.Clear();
        if (picture is not null)
            AtomicFile.Write(picture, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(LearningRateSvg.Draw(curve, curve.Suggestion is { } rate ? Number(rate) : null))));
        if (parsed.GetValue(_json))
            console.WriteJson(curve, CliJson.Default.LearningRateCurve);
        else
            Write(curve, console.Out);
        return ExitCode.Done;
    }

    private static void Write(LearningRateCurve curve, TextWriter writer)
    {
        Table table = new(">learning rate", ">loss", "");
        int every = Math.Max(1, (curve.Points.Count + 19) / 20);
        for (int i = 0; i < curve.Points.Count; i++)
        {
            LearningRatePoint point = curve.Points[i];
            string mark = point.Lr == curve.Steepest ? "falls fastest" : point.Lr == curve.Lowest ? "lowest" : point.Lr == curve.Diverges ? "diverges" : "";
            if (i % every == 0 || mark.Length > 0)
                table.Row(Number(point.Lr), Format.Rate(point.Smoothed), mark);
        }
        table.Write(writer);
        writer.WriteLine();
        if (curve.Suggestion is not { } suggestion)
        {
            writer.WriteLine("The loss falls nowhere between these rates: there is nothing to suggest. Try other rates (--from, --to) or more --steps.");
            return;
        }
        string tenth = curve.TenthOfDivergence is { } t ? $", a tenth of where it diverges is {Number(t)}" : "; it does not diverge up to --to";
        writer.WriteLine($"The loss falls fastest at {Number(curve.Steepest!.Value)}{tenth}.");
        writer.WriteLine($"Suggestion: --lr {Number(suggestion)}");
    }

    /// <summary>Two digits that count: a sweep tells no more.</summary>
    private static string Number(double value) => ((decimal)double.Parse(value.ToString("0.0e0", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))
        .ToString("0.############", CultureInfo.InvariantCulture);
}
