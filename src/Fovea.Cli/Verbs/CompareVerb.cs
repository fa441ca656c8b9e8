using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea compare</c>: runs beside each other.</summary>
internal sealed class CompareVerb : Verb
{
    public const string Line = "compare runs: best figures, options that differ, curves, and whether they differ by more than chance";
    private const int LongestValue = 40;
    private readonly Argument<string[]> _runs;
    private readonly Option<string?> _file, _output;
    private readonly Option<bool> _json;

    public CompareVerb() : base("compare", Line)
    {
        _runs = WithArguments("RUN", "runs' folders or names, two or more", 0);
        _file = With(Opt.Text("-o", "FILE", "write a page with the curves over each other (FILE.html), or the curves alone (FILE.svg)"));
        _output = With(PredictVerb.OutputOption());
        _json = With(Common.Json());
    }

    public override string Usage => "RUN RUN... [options]";

    public override IReadOnlyList<string> Examples => ["fovea compare pets pets-2 -o comparison.html"];

    public override IReadOnlyList<string> Notes =>
    [
        "p is McNemar's exact test on the best networks' answers for the same validation images: how likely two equally good",
        "networks differ at least so much. One run is one draw of the seed: for two settings, compare several seeds of each.",
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] names = parsed.GetValue(_runs) ?? [];
        if (names.Length < 2)
            throw new UsageException($"expected two runs or more, got {(names.Length == 0 ? "none" : names[0])}.");
        string? file = parsed.GetValue(_file);
        if (file is not null && Path.GetExtension(file).ToLowerInvariant() is not (".html" or ".svg"))
            throw new UsageException($"-o {file}: expected a name that ends in .html or .svg.");
        string output = parsed.GetValue(_output) ?? "runs";
        OutputFile.Check("-o", file);
        string[] folders = [.. names.Select(n => RunPaths.FindRun(n, output, option: null))];
        if (folders.GroupBy(Path.GetFullPath).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UsageException($"the run {twice.First()} is given {twice.Count()} times; once is enough.");
        RunComparison comparison = RunComparison.Of([.. folders.Select(RunRecord.Load)]);
        if (file is not null)
            ComparisonReport.Write(file, comparison);
        if (parsed.GetValue(_json))
            console.WriteJson(CompareJson.Of(comparison, file), CliJson.Default.CompareJson);
        else
            Write(comparison, file, console.Out);
        return ExitCode.Done;
    }

    private static void Write(RunComparison comparison, string? file, TextWriter writer)
    {
        Table best = new("run", "state", ">epochs", ">best", ">val acc", ">val loss", ">train loss", ">training", ">images/s");
        foreach (RunRecord run in comparison.Runs)
        {
            best.Row(run.Name, $"{run.State}".ToLowerInvariant(), $"{run.Epochs.Count} of {run.Args.Options.Epochs}", run.Best is { } b ? $"{b.Epoch}" : "-",
                Format.Percent(run.Best?.ValAcc ?? double.NaN), Format.Rate(run.Best?.ValLoss ?? double.NaN),
                Format.Rate(run.Best?.TrainLoss ?? double.NaN), Format.Duration(run.Epochs.Sum(e => e.Seconds)),
                Format.Speed(run.Epochs.Select(e => e.ImagesPerSecond).DefaultIfEmpty(double.NaN).Average()));
        }
        best.Write(writer);
        writer.WriteLine();
        Table tests = new("runs", ">images", ">only first right", ">only second right", ">p", "");
        foreach (PairTest t in comparison.Tests)
        {
            tests.Row($"{t.First}, {t.Second}", ComparisonReport.Counted(t, t.Images), ComparisonReport.Counted(t, t.OnlyFirst),
                ComparisonReport.Counted(t, t.OnlySecond),
                ComparisonReport.Probability(t.PValue), ComparisonReport.Verdict(t));
        }
        tests.Write(writer);
        if (comparison.Hint is { } hint)
            writer.WriteLine(hint);
        writer.WriteLine();
        if (comparison.Differences.Count == 0)
            writer.WriteLine("Their options are the same.");
        else
            Differences(comparison).Write(writer);
        if (file is not null)
            writer.WriteLine($"{Environment.NewLine}Written: {file}");
    }

    private static Table Differences(RunComparison comparison)
    {
        static string Cut(string? value) => value is null ? "-" : value.Length > LongestValue ? value[..(LongestValue - 3)] + "..." : value;
        Table table = new(["option", .. comparison.Runs.Select(r => r.Name)]);
        foreach (OptionDifference d in comparison.Differences)
            table.Row([d.Option, .. d.Values.Select(Cut)]);
        return table;
    }
}
