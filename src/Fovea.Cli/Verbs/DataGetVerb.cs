using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Data.Catalog;
using Fovea.Kernels;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea data get</c>: fetches a data set from its published address and verifies it.</summary>
internal sealed class DataGetVerb : Verb
{
    public const string Line = "fetch a data set from its published address and verify it";
    private readonly Argument<string[]> _name;
    private readonly Option<string?> _dataDir;
    private readonly Option<bool> _json;

    public DataGetVerb() : base("data get", Line)
    {
        _name = WithArguments("NAME", $"the data set: {string.Join(", ", DatasetDownload.Fetchable)}", 1);
        _dataDir = With(Opt.Text("--data-dir", "DIR", "folder to put the files into; default: the user's cache, where they are found by name"));
        _json = With(Common.Json());
    }

    public override string Usage => "NAME [options]";

    public override IReadOnlyList<string> Examples => ["fovea data get fashion-mnist"];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] names = parsed.GetValue(_name)!;
        if (names.Length > 1)
            throw new UsageException("one data set at a time.");
        string name = names[0];
        if (DatasetCatalog.Find(name) is not { } known)
            throw new UsageException($"there is no data set {name}.{NearestName.Hint(name, DatasetDownload.Fetchable)} What can be fetched: "
                + $"{string.Join(", ", DatasetDownload.Fetchable)}.");
        if (known.Download is null)
            throw new UsageException($"{name} cannot be fetched, only {string.Join(", ", DatasetDownload.Fetchable)}. {known.HowToGet}");
        console.Stop.Notice = "Stopping; what was fetched completely stays.";
        string folder = Fetch(name, parsed.GetValue(_dataDir), console);
        if (parsed.GetValue(_json))
            console.WriteJson(new DataGetJson(name, folder), CliJson.Default.DataGetJson);
        else
            console.Out.WriteLine($"{name} is complete and verified in {folder}");
        return ExitCode.Done;
    }

    /// <summary>Fetches with its progress shown.</summary>
    public static string Fetch(string name, string? folder, CliConsole console)
    {
        string path = new DatasetDownload(folder).GetAsync(name, new Reporter(console), console.Stop.Token).GetAwaiter().GetResult();
        console.Progress.Clear();
        return path;
    }

    // Progress<T> would report from the thread pool, out of order.
    private sealed class Reporter(CliConsole console) : IProgress<DownloadProgress>
    {
        private int _announced;

        public void Report(DownloadProgress value)
        {
            string file = $"{value.File} ({value.FileNumber} of {value.FileCount}, {Format.Bytes(value.FileTotal)})";
            if (_announced < value.FileNumber)
            {
                _announced = value.FileNumber;
                console.Log(value.AlreadyThere ? $"{file}: there already, verified" : $"Fetching {file}");
            }
            else
            {
                console.Progress.Show($"  {Format.Percent((double)value.FileBytes / value.FileTotal)}");
            }
        }
    }
}
