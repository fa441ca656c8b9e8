using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Kernels;

namespace Fovea.Cli.Benchmarks;

/// <summary>
/// Fovea against its peers on this machine: they take turns (A B C A B C ...), so that what else the machine does meets all alike, and each run is a process of its
/// own, so that its peak memory is its own. Medians over the rounds.
/// </summary>
internal static class PeerComparison
{
    /// <summary>Runs the comparisons, one after another.</summary>
    /// <param name="cases">What is compared.</param>
    /// <param name="sides">Who takes part.</param>
    /// <param name="rounds">Turns of each.</param>
    /// <param name="console">Gets the log.</param>
    /// <returns>A result for each comparison and precision of Fovea's, with its peers.</returns>
    public static List<BenchJson> Run(IEnumerable<PeerCase> cases, PeerSides sides, int rounds, CliConsole console)
    {
        List<BenchJson> results = [];
        foreach (PeerCase one in cases)
            results.AddRange(Compare(one, sides.Of(one, console.Log), rounds, console));
        return results;
    }

    private static IEnumerable<BenchJson> Compare(PeerCase of, Dictionary<string, string[]> sides, int rounds, CliConsole console)
    {
        Dictionary<string, List<BenchJson>> runs = sides.ToDictionary(side => side.Key, _ => new List<BenchJson>());
        for (int round = 0; round < rounds; round++)
        {
            foreach ((string side, string[] command) in sides.ToArray())
            {
                console.Stop.Token.ThrowIfCancellationRequested();
                if (PeerTools.Run(command, out string why) is not { } result)
                {
                    if (PeerSides.IsOurs(side))
                        throw new FoveaException($"Timing {of} in a process of its own failed: {why}");
                    console.Log($"{of}: {side} is left out: {why}");
                    sides.Remove(side);
                    runs.Remove(side);
                    continue;
                }
                console.Log(FormattableString.Invariant($"{of}, round {round + 1} of {rounds}, {side}: {result.ImagesPerSecond:0.0} images/s"));
                runs[side].Add(result);
            }
        }
        (string Name, BenchJson Result)[] peers = [.. runs.Where(r => !PeerSides.IsOurs(r.Key)).Select(r => (r.Key, Median(r.Value)))];
        return runs.Where(r => PeerSides.IsOurs(r.Key)).Select(r => With(Median(r.Value), peers));
    }

    private static BenchJson With(BenchJson ours, (string Name, BenchJson Result)[] peers)
    {
        // Bytes of activations differ by the type, so memory is compared with peers of the same one.
        PeerJson[] all = [.. peers.Select(peer => new PeerJson(
            peer.Name, peer.Result.Precision, peer.Result.ImagesPerSecond, peer.Result.MsPerStep, peer.Result.PeakBytes, ours.ImagesPerSecond / peer.Result.ImagesPerSecond,
            peer.Result.Precision == ours.Precision ? (double)ours.PeakBytes / peer.Result.PeakBytes : null)
        {
            Rounds = peer.Result.Rounds,
        })];
        PeerJson? best = all.Where(peer => peer.Peer.StartsWith(PeerSides.PyTorch, StringComparison.Ordinal)).MaxBy(peer => peer.ImagesPerSecond);
        return ours with { Peers = all, PyTorchBest = best?.Peer };
    }

    /// <summary>The run in the middle, with the largest memory of all.</summary>
    private static BenchJson Median(List<BenchJson> runs)
    {
        BenchJson[] sorted = [.. runs.OrderBy(run => run.ImagesPerSecond)];
        return sorted[sorted.Length / 2] with { PeakBytes = runs.Max(run => run.PeakBytes), Rounds = [.. runs.Select(run => run.ImagesPerSecond)] };
    }
}
