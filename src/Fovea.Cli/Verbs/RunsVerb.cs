using System.CommandLine;
using System.Globalization;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Kernels;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea runs</c>: the runs of a folder.</summary>
internal sealed class RunsVerb : Verb
{
    public const string Line = "list the runs of a folder with their best figures";
    private readonly Argument<string[]> _folder;
    private readonly Option<bool> _json;

    public RunsVerb() : base("runs", Line)
    {
        _folder = WithArguments("DIR", "folder that holds the runs; default runs", 0);
        _json = With(Common.Json());
    }

    public override string Usage => "[DIR] [options]";

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] folders = parsed.GetValue(_folder) ?? [];
        if (folders.Length > 1)
            throw new UsageException($"expected one folder, got {folders.Length}: {string.Join(", ", folders)}.");
        string folder = folders.FirstOrDefault() ?? "runs";
        // The default folder is made by the first run; one that is named is expected to be there.
        if (folders.Length > 0 && !Directory.Exists(folder))
        {
            string hint = Directory.Exists(Path.Combine("runs", folder)) ? $" The run 'runs/{folder}' is one of those that 'fovea runs' lists; its page is runs/{folder}/report.html." : "";
            throw new FoveaException($"There is no folder '{folder}': expected one that holds runs.{hint}");
        }
        RunRecord[] runs = Find(folder, console);
        if (parsed.GetValue(_json))
            console.WriteJson([.. runs.Select(RunJson.Of)], CliJson.Default.RunJsonArray);
        else
            Write(folder, runs, console.Out);
        return ExitCode.Done;
    }

    private static RunRecord[] Find(string folder, CliConsole console)
    {
        List<RunRecord> runs = [];
        if (File.Exists(Path.Combine(folder, RunPaths.Args)))
            return [RunRecord.Load(folder)];
        string[] inside = Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        foreach (string path in inside.Order(StringComparer.Ordinal))
        {
            try
            {
                runs.Add(RunRecord.Load(path));
            }
            catch (FoveaException e)
            {
                console.Log($"left out: {e.Message}");
            }
        }
        return [.. runs.OrderBy(r => r.Begun ?? DateTimeOffset.MinValue).ThenBy(r => r.Name, StringComparer.Ordinal)];
    }

    private static void Write(string folder, RunRecord[] runs, TextWriter writer)
    {
        if (runs.Length == 0)
        {
            writer.WriteLine($"There are no runs in '{folder}'.");
            return;
        }
        Table table = new("run", "network", "data", "state", ">epochs", ">best", ">val acc", ">val loss", "begun (UTC)");
        foreach (RunRecord run in runs)
        {
            table.Row(run.Name, run.Args.Options.Architecture.Model, run.Args.Dataset.Name, $"{run.State}".ToLowerInvariant(),
                $"{run.Epochs.Count} of {run.Args.Options.Epochs}", run.Best is { } best ? $"{best.Epoch}" : "-",
                Format.Percent(run.Best?.ValAcc ?? double.NaN), Format.Rate(run.Best?.ValLoss ?? double.NaN),
                run.Begun?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-");
        }
        table.Write(writer);
        RunRecord[] open = [.. runs.Where(r => r.State is RunState.Failed or RunState.Stopped or RunState.Killed)];
        if (open.Length > 0)
            writer.WriteLine($"{Environment.NewLine}Go on with one that is not finished: fovea train --resume {open[^1].Folder}");
        foreach (RunRecord failed in open.Where(r => r.State == RunState.Failed))
            writer.WriteLine($"{Environment.NewLine}Why {failed.Name} failed: {failed.Reason}");
    }
}
