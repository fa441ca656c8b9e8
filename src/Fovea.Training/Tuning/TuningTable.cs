using System.Text.Json;
using Fovea.Data.Catalog;
using Fovea.Engine.Planning;
using Fovea.Engine.Tuning;
using Fovea.Kernels;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>
/// Which ways of computing layers were measured to be faster than the rules' on one processor, with one version of the kernels and one number of threads: what
/// <c>fovea tune</c> writes and plans follow. A file each, that a person can read.
/// </summary>
public sealed class TuningTable
{
    private readonly SortedDictionary<string, TuningEntry> _entries = new(StringComparer.Ordinal);

    private TuningTable(string path, KernelHost host) => (Path, Host) = (path, host);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it holds for.</summary>
    public KernelHost Host { get; }

    /// <summary>What was found faster than the rules, by key.</summary>
    public IReadOnlyDictionary<string, TuningEntry> Entries => _entries;

    /// <summary>The entries as plans take them.</summary>
    public KernelTable Choices => new(_entries.ToDictionary(entry => entry.Key, entry => entry.Value.Way, StringComparer.Ordinal));

    /// <summary>This machine's processor, as tables name it.</summary>
    public static string Processor => ProcFiles.ProcessorName ?? "unknown";

    /// <summary>The user's table for kernels and threads: <c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>, then <c>fovea/kernels/PROCESSOR-KERNELS-THREADS.json</c>.</summary>
    /// <param name="host">Kernels and threads.</param>
    public static string PathFor(KernelHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        string name = $"{Processor} {host.Kernels} {host.Threads} threads";
        string plain = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? char.ToLowerInvariant(c) : '-'));
        return System.IO.Path.Combine(DatasetPlaces.UserCache, "kernels", string.Join('-', plain.Split('-', StringSplitOptions.RemoveEmptyEntries)) + ".json");
    }

    /// <summary>What a runtime takes its choices from; see <see cref="Engine.RuntimeOptions.Kernels"/>.</summary>
    /// <param name="path">A table; null takes the user's for what the runtime runs on, where there is one.</param>
    /// <param name="log">Told once why a table that is there is not used.</param>
    public static Func<KernelHost, IKernelChoices?> Source(string? path, Action<string> log)
    {
        HashSet<string> told = [];
        return host => Load(path ?? PathFor(host), host, wanted: path is not null, line =>
        {
            if (told.Add(line))
                log(line);
        })?.Choices;
    }

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="host">What plans are to run on.</param>
    /// <param name="wanted">True where the file has to be there: one that is missing is told of too.</param>
    /// <param name="log">Told why a file that is there cannot be used; plans then follow the rules.</param>
    /// <returns>Null where there is none, or none that can be used.</returns>
    public static TuningTable? Load(string path, KernelHost host, bool wanted, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(log);
        string? problem = null;
        try
        {
            if (!wanted && !File.Exists(path))
                return null;
            TuningFile file = JsonSerializer.Deserialize(File.ReadAllBytes(path), TuningJson.Default.TuningFile) ?? throw new JsonException("it is empty");
            if (file.Choices.Any(choice => choice is null))
                throw new JsonException("one of its choices is null");
            problem = file.Mismatch(Processor, host);
            if (problem is null)
            {
                TuningTable table = new(path, host);
                foreach (TuningEntry entry in file.Choices)
                    table._entries[entry.What] = entry;
                return table;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"it cannot be read: {e.Message}";
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            problem = $"it is damaged: {e.Message}";
        }
        log($"the table of kernels {path} is not used: {problem} The rules choose; 'fovea tune' writes a new one.");
        return null;
    }

    /// <summary>An empty table.</summary>
    /// <param name="path">Where it is to be.</param>
    /// <param name="host">What it holds for.</param>
    public static TuningTable Empty(string path, KernelHost host) => new(path, host);

    /// <summary>Takes over what was measured: what is faster than the rule gets an entry, and what is not loses the one it had.</summary>
    public void Merge(TuningResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Host != Host)
            throw new ArgumentException($"This table is for {Host}, the measurement of {result.Host}.", nameof(result));
        foreach (TunedPass pass in result.Passes)
        {
            _entries.Remove(pass.Key);
            double? Ms(string name) => pass.Ways.FirstOrDefault(way => way.Name == name) is { } way ? Math.Round(way.Seconds * 1000, 4) : null;
            if (pass.Chosen != pass.Rule)
                _entries[pass.Key] = new TuningEntry(pass.Key, pass.Chosen, pass.Rule, Ms(pass.Chosen), Ms(pass.Rule));
        }
    }

    /// <summary>Writes the table as a whole.</summary>
    /// <exception cref="FoveaException">The folder cannot be made or written.</exception>
    public void Save()
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Writing the table of kernels '{Path}' failed: {IoReason.Of(e, Path)}. Name another place with --output.", e);
        }
        TuningFile file = new(TuningFile.Kind, TuningFile.CurrentVersion, Processor, Host.Kernels, Host.Threads, [.. _entries.Values]);
        AtomicFile.Write(Path, stream =>
        {
            JsonSerializer.Serialize(stream, file, TuningJson.Default.TuningFile);
            stream.WriteByte((byte)'\n');
        });
    }
}
