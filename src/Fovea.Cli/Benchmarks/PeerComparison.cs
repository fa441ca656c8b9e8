using System.Globalization;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Models;

namespace Fovea.Cli.Benchmarks;

/// <summary>
/// Fovea against its peers on this machine: they take turns (A B C A B C ...), so that what else the machine does meets all alike, and each run is a process of its
/// own, so that its peak memory is its own. Medians over the rounds.
/// </summary>
internal static class PeerComparison
{
    // PyTorch as it comes, in the layout that its documentation recommends for CPUs, and with autocast to bfloat16 as well: its best where the processor has it.
    private static readonly (string Name, string[] Options)[] Modes =
    [
        ("PyTorch", []), ("PyTorch channels_last", ["--channels-last"]), ("PyTorch channels_last bf16", ["--channels-last", "--bf16"]),
    ];

    /// <summary>Runs the comparison.</summary>
    /// <param name="architectures">The networks.</param>
    /// <param name="options">How they are timed.</param>
    /// <param name="batchOf">Images in a batch.</param>
    /// <param name="rounds">Turns of each.</param>
    /// <param name="console">Gets the log.</param>
    public static List<BenchJson> Run(
        IReadOnlyList<Architecture> architectures, BenchmarkOptions options, Func<Architecture, int> batchOf, int rounds, CliConsole console)
    {
        string? script = FindPeers(console);
        List<BenchJson> results = [];
        foreach (Architecture architecture in architectures)
        {
            string[] common = Common(architecture, options, batchOf(architecture));
            Dictionary<string, string[]> sides = new()
            {
                ["Fovea"] = [.. PeerTools.Self, "bench", .. common, "--backend", BackendName(options.Runtime.Backend), .. architecture.Options.SelectMany(o => (string[])[$"--{o.Key}", o.Value])],
            };
            if (script is not null)
            {
                foreach ((string name, string[] more) in Modes)
                    sides[name] = [PeerTools.Python, script, .. common, .. more];
            }
            results.Add(Compare(architecture.Model, sides, rounds, console));
        }
        return results;
    }

    private static BenchJson Compare(string model, Dictionary<string, string[]> sides, int rounds, CliConsole console)
    {
        Dictionary<string, List<BenchJson>> runs = sides.ToDictionary(side => side.Key, _ => new List<BenchJson>());
        for (int round = 0; round < rounds; round++)
        {
            foreach ((string side, string[] command) in sides.ToArray())
            {
                console.Stop.Token.ThrowIfCancellationRequested();
                if (PeerTools.Run(command, out string why) is not { } result)
                {
                    if (side == "Fovea")
                        throw new Fovea.Kernels.FoveaException($"Timing {model} in a process of its own failed: {why}");
                    console.Log($"{model}: {side} is left out: {why}");
                    sides.Remove(side);
                    runs.Remove(side);
                    continue;
                }
                console.Log(FormattableString.Invariant($"{model}, round {round + 1} of {rounds}, {side}: {result.ImagesPerSecond:0.0} images/s"));
                runs[side].Add(result);
            }
        }
        BenchJson ours = Median(runs["Fovea"]);
        return ours with
        {
            Peers = [.. runs.Where(r => r.Key != "Fovea").Select(r => (Name: r.Key, Result: Median(r.Value))).Select(peer => new PeerJson(
                peer.Name, peer.Result.ImagesPerSecond, peer.Result.MsPerStep, peer.Result.PeakBytes, ours.ImagesPerSecond / peer.Result.ImagesPerSecond,
                (double)ours.PeakBytes / peer.Result.PeakBytes))],
        };
    }

    private static string? FindPeers(CliConsole console)
    {
        if (PeerTools.FindScript() is not { } script)
        {
            console.Log("The peers' script bench/peers/torch_bench.py lies in Fovea's repository, and this program does not: only Fovea is timed.");
            return null;
        }
        if (PeerTools.TorchVersion() is { } version)
        {
            console.Log($"PyTorch {version} on {PeerTools.Python}");
            return script;
        }
        console.Log($"PyTorch is not installed for {PeerTools.Python}: 'apt install python3-torch', or name another interpreter in {PeerTools.PythonVariable}. Only Fovea is timed.");
        return null;
    }

    private static string[] Common(Architecture architecture, BenchmarkOptions options, int batch) =>
    [
        architecture.Model, "--mode", options.Training ? "train" : "infer", "--batch-size", $"{batch}", "--seconds", options.Seconds.ToString(CultureInfo.InvariantCulture),
        "--threads", $"{options.Runtime.Threads}", "--json",
    ];

    private static string BackendName(BackendChoice backend) => backend switch
    {
        BackendChoice.Managed => "managed",
        BackendChoice.OneDnn => "onednn",
        _ => "auto",
    };

    /// <summary>The run in the middle, with the largest memory of all.</summary>
    private static BenchJson Median(List<BenchJson> runs)
    {
        BenchJson[] sorted = [.. runs.OrderBy(run => run.ImagesPerSecond)];
        return sorted[sorted.Length / 2] with { PeakBytes = runs.Max(run => run.PeakBytes) };
    }
}
