using System.Globalization;
using Fovea.Engine;
using Fovea.Engine.Planning;

namespace Fovea.Cli.Benchmarks;

/// <summary>Who takes part in a comparison, and with which commands. What the peers need and what is missing is said once, when it is looked for.</summary>
internal sealed class PeerSides : IDisposable
{
    /// <summary>What PyTorch's sides begin with.</summary>
    public const string PyTorch = "PyTorch";

    /// <summary>ONNX Runtime's side.</summary>
    public const string OnnxRuntime = "ONNX Runtime";

    private const string Ours = "Fovea";

    // PyTorch as it comes, in the layout that its documentation recommends for CPUs, and with autocast to bfloat16 as well: its best where the processor has it.
    private static readonly (string Name, string[] Options)[] Modes =
    [
        (PyTorch, []), ($"{PyTorch} channels_last", ["--channels-last"]), ($"{PyTorch} channels_last bf16", ["--channels-last", "--bf16"]),
    ];

    private readonly PeerTools _tools = new();
    private readonly BenchmarkOptions _options;
    private readonly string[] _precisions;
    private readonly DirectoryInfo _models = Directory.CreateTempSubdirectory("fovea-peers-");

    /// <summary>Looks for the peers.</summary>
    /// <param name="options">How networks are timed.</param>
    /// <param name="precision">Fovea's precision; null for all that this processor is fast in.</param>
    /// <param name="inference">Whether anything is inferred: only then is ONNX Runtime a peer.</param>
    /// <param name="log">Gets a line for each peer.</param>
    public PeerSides(BenchmarkOptions options, string? precision, bool inference, Action<string> log)
    {
        _options = options;
        _precisions = precision is null or "auto" ? Precisions(options.Runtime) : [precision];
        _tools.Find(inference, log);
    }

    /// <summary>Versions of the peers that were found, for a table's heading.</summary>
    public string Versions => _tools.Versions;

    /// <summary>True for one of Fovea's own.</summary>
    public static bool IsOurs(string side) => side.StartsWith(Ours, StringComparison.Ordinal);

    /// <summary>The sides of a comparison and their commands, in the order in which they take turns.</summary>
    /// <param name="of">The comparison.</param>
    /// <param name="log">Told of peers that cannot take part.</param>
    public Dictionary<string, string[]> Of(PeerCase of, Action<string> log)
    {
        string[] common =
        [
            "--mode", of.Mode, "--batch-size", $"{of.Batch}", "--seconds", _options.Seconds.ToString(CultureInfo.InvariantCulture), "--threads", $"{_options.Runtime.Threads}",
        ];
        string model = of.Architecture.Model;
        Dictionary<string, string[]> sides = [];
        foreach (string precision in _precisions)
        {
            sides[$"{Ours} {precision}"] =
                [.. PeerTools.Self, "bench", model, .. common, "--no-aux", "--precision", precision, "--backend", BackendName(_options.Runtime.Backend), "--json"];
        }
        if (_tools.Torch is { } torch)
        {
            foreach ((string name, string[] more) in Modes)
                sides[name] = [PeerTools.Python, torch, model, .. common, "--no-aux", .. more];
        }
        if (!of.Training && _tools.OnnxRuntime is { } script)
        {
            if (Export(of, out string why) is { } exported)
                sides[OnnxRuntime] = [PeerTools.Node, script, exported.File, "--model", model, "--shape", exported.Shape, .. common.Skip(2)];
            else
                log($"{of}: {OnnxRuntime} is left out: writing the network as ONNX failed: {why}");
        }
        return sides;
    }

    /// <summary>Removes the networks that were written for ONNX Runtime.</summary>
    public void Dispose() => _models.Delete(recursive: true);

    private (string File, string Shape)? Export(PeerCase of, out string why)
    {
        foreach (FileInfo old in _models.EnumerateFiles())
            old.Delete();
        string file = Path.Combine(_models.FullName, $"{of.Architecture.Model}.onnx");
        return PeerTools.Output([PeerTools.Python, _tools.Exporter!, of.Architecture.Model, "--batch-size", $"{of.Batch}", "-o", file], out why) is { } shape
            ? (file, shape.Trim())
            : null;
    }

    private static string[] Precisions(RuntimeOptions options) => EngineThread.Run(() =>
    {
        using Runtime runtime = new(options with { Precision = PrecisionChoice.Auto });
        string best = runtime.Precision.Name(), plain = Precision.Float32.Name();
        return best == plain ? (string[])[plain] : [plain, best];
    });

    private static string BackendName(BackendChoice backend) => backend switch
    {
        BackendChoice.Managed => "managed",
        BackendChoice.OneDnn => "onednn",
        _ => "auto",
    };
}
