using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Data.Inspection;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea data inspect</c>: reads every sample and says what is in a data set.</summary>
internal sealed class DataInspectVerb : Verb
{
    public const string Line = "read every image of a data set: classes, sizes, broken files, duplicates, mean and deviation";
    private const int Shown = 20;
    private readonly Argument<string[]> _data;
    private readonly Option<string?> _dataDir;
    private readonly Option<double?> _valSplit;
    private readonly Option<ulong?> _seed;
    private readonly Option<int?> _workers, _maxPixels;
    private readonly Option<bool> _json;

    public DataInspectVerb() : base("data inspect", Line)
    {
        _data = WithArguments("DATA", "a built-in data set's name, or a folder of photographs", 1);
        _dataDir = With(Common.DataDir());
        _valSplit = With(DataArguments.ValSplitOption());
        _seed = With(Opt.Seed("--seed", "seed of the split; default 0"));
        _maxPixels = With(Common.MaxPixels());
        _workers = With(Opt.Int("--workers", "threads; default: all processors", 1, 256));
        _json = With(Common.Json());
    }

    public override string Usage => "PATH|NAME [options]";

    public override IReadOnlyList<string> Examples => ["fovea data inspect fashion-mnist", "fovea data inspect photographs/"];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] names = parsed.GetValue(_data)!;
        if (names.Length > 1)
            throw new UsageException("one data set at a time.");
        DataOptions options = new()
        {
            DataDir = parsed.GetValue(_dataDir),
            ValSplit = parsed.GetValue(_valSplit) ?? 0.2,
            Seed = parsed.GetValue(_seed) ?? 0,
        };
        DataSplits splits = DatasetCatalog.Open(names[0], options);
        InspectOptions inspect = new() { Progress = new Reporter(console), MaxPixels = parsed.GetValue(_maxPixels) ?? ReadOptions.DefaultMaxPixels };
        if (parsed.GetValue(_workers) is { } workers)
            inspect = inspect with { Workers = workers };
        console.Stop.Notice = "Stopping.";
        InspectReport report = DatasetInspector.Inspect(splits, inspect, console.Stop.Token);
        console.Progress.Clear();
        if (parsed.GetValue(_json))
            console.WriteJson(Json(report), CliJson.Default.InspectJson);
        else
            Write(report, console.Out);
        return ExitCode.Done;
    }

    private static void Write(InspectReport report, TextWriter writer)
    {
        writer.WriteLine($"{report.Name}: {report.Layout}");
        writer.WriteLine($"{Format.Count(report.TrainImages)} for training, {Format.Count(report.ValidationImages)} for validation, "
            + $"{Format.Plural(report.Classes.Count, "class", "classes")}");
        writer.WriteLine();
        Table classes = new("class", ">train", ">val");
        foreach (ClassCount count in report.Classes)
            classes.Row(count.Name, Format.Count(count.Train), Format.Count(count.Validation));
        classes.Write(writer);
        writer.WriteLine();
        writer.WriteLine($"formats   {string.Join(", ", report.Formats.Select(f => $"{f.Format} {Format.Count(f.Images)}"))}");
        if (report.Sizes is { } sizes)
        {
            writer.WriteLine($"width     {sizes.MinWidth} to {sizes.MaxWidth} pixels, half of them up to {sizes.MedianWidth}");
            writer.WriteLine($"height    {sizes.MinHeight} to {sizes.MaxHeight} pixels, half of them up to {sizes.MedianHeight}");
        }
        if (report.StatisticsImages > 0)
        {
            writer.WriteLine($"mean      {Values(report.Mean)}   (of {Format.Count(report.StatisticsImages)} training images; --mean takes it)");
            writer.WriteLine($"std       {Values(report.Std)}");
        }
        writer.WriteLine($"broken    {Format.Count(report.Broken.Count)}");
        foreach (BrokenFile broken in report.Broken.Take(Shown))
            writer.WriteLine($"  {broken.Source}: {broken.Reason}");
        Rest(report.Broken.Count, writer);
        string across = report.DuplicatesAcrossSplits > 0 ? $", {report.DuplicatesAcrossSplits} across both splits: validation then measures memory" : "";
        writer.WriteLine($"duplicates {Format.Plural(report.Duplicates.Count, "group")}{across}");
        foreach (IReadOnlyList<string> group in report.Duplicates.Take(Shown))
            writer.WriteLine($"  {string.Join(" = ", group)}");
        Rest(report.Duplicates.Count, writer);
    }

    private static void Rest(int count, TextWriter writer)
    {
        if (count > Shown)
            writer.WriteLine($"  and {count - Shown} more (--json has all)");
    }

    private static string Values(IEnumerable<double> values) => string.Join(",", values.Select(v => FormattableString.Invariant($"{v:0.0000}")));

    private static InspectJson Json(InspectReport report) => new(
        report.Name, report.Layout, [.. report.Classes.Select(c => new InspectClassJson(c.Name, c.Train, c.Validation))], report.TrainImages,
            report.ValidationImages,
        report.Sizes is { } s ? new InspectSizesJson([s.MinWidth, s.MedianWidth, s.MaxWidth], [s.MinHeight, s.MedianHeight, s.MaxHeight]) : null,
        [.. report.Formats.Select(f => new InspectFormatJson(f.Format, f.Images))], [.. report.Mean], [.. report.Std], report.StatisticsImages,
        [.. report.Broken.Select(b => new BrokenJson(b.Source, b.Reason))], [.. report.Duplicates.Select(g => g.ToArray())],
            report.DuplicatesAcrossSplits);

    private sealed class Reporter(CliConsole console) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) =>
            console.Progress.Show($"{Format.Count(value.Done)} of {Format.Count(value.Total)} images read");
    }
}
