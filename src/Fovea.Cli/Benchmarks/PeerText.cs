using System.Runtime.InteropServices;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;

namespace Fovea.Cli.Benchmarks;

/// <summary>The comparison with the peers as tables.</summary>
internal static class PeerText
{
    /// <summary>Writes a row a network and peer.</summary>
    public static void Write(IEnumerable<BenchJson> results, TextWriter writer)
    {
        Table table = new("model", "against", ">its images/s", ">ours", ">times as fast", ">its peak memory", ">ours", ">of its memory");
        foreach (BenchJson result in results)
        {
            foreach (PeerJson peer in result.Peers ?? [])
            {
                table.Row(result.Model, peer.Peer, Format.Speed(peer.ImagesPerSecond), Format.Speed(result.ImagesPerSecond),
                    FormattableString.Invariant($"{peer.SpeedRatio:0.00}x"), Format.Bytes(peer.PeakBytes), Format.Bytes(result.PeakBytes),
                    FormattableString.Invariant($"{peer.MemoryRatio:0.00}x"));
            }
        }
        table.Write(writer);
    }

    /// <summary>The same as a page for bench/results.</summary>
    /// <param name="results">What was measured.</param>
    /// <param name="rounds">Turns of each.</param>
    /// <param name="seconds">Seconds of a run.</param>
    public static string Markdown(IReadOnlyList<BenchJson> results, int rounds, double seconds)
    {
        StringWriter page = new();
        BenchJson first = results[0];
        page.WriteLine($"# {ProcFiles.ProcessorName ?? "Unknown processor"} ({Environment.ProcessorCount} processors)");
        page.WriteLine();
        page.WriteLine(FormattableString.Invariant(
            $"{DateTime.UtcNow:yyyy-MM-dd}, {first.Mode}, {first.Threads} threads, {rounds} rounds of {seconds:0.#} s, alternating, each run a process of its own; medians, memory the most."));
        page.WriteLine();
        page.WriteLine($"Fovea {CommandLine.Version}, .NET {Environment.Version}; PyTorch {PeerTools.TorchVersion() ?? "not installed"}; {RuntimeInformation.OSDescription}.");
        page.WriteLine();
        page.WriteLine("| network | batch | engine | images/s | ms/step | peak MiB | Fovea is | of its memory |");
        page.WriteLine("|---|---:|---|---:|---:|---:|---:|---:|");
        foreach (BenchJson r in results)
        {
            page.WriteLine(FormattableString.Invariant(
                $"| {r.Model} | {r.Batch} | Fovea {r.Backend} {r.Precision} | {r.ImagesPerSecond:0.0} | {r.MsPerStep:0.0} | {r.PeakBytes >> 20} | | |"));
            foreach (PeerJson p in r.Peers ?? [])
            {
                page.WriteLine(FormattableString.Invariant(
                    $"| {r.Model} | {r.Batch} | {p.Peer} | {p.ImagesPerSecond:0.0} | {p.MsPerStep:0.0} | {p.PeakBytes >> 20} | {p.SpeedRatio:0.00}x | {p.MemoryRatio:0.00}x |"));
            }
        }
        return page.ToString();
    }
}
