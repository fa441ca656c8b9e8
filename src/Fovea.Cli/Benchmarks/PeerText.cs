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
        Table table = new("model", "mode", ">batch", "precision", "against", ">its images/s", ">ours", ">times as fast", ">its peak memory", ">ours", ">of its memory");
        foreach (BenchJson result in results)
        {
            foreach (PeerJson peer in result.Peers ?? [])
            {
                table.Row(result.Model, result.Mode, $"{result.Batch}", result.Precision, peer.Peer + (peer.Peer == result.PyTorchBest ? " (its best)" : ""),
                    Format.Speed(peer.ImagesPerSecond), Format.Speed(result.ImagesPerSecond), Ratio(peer.SpeedRatio), Format.Bytes(peer.PeakBytes),
                    Format.Bytes(result.PeakBytes), Ratio(peer.MemoryRatio));
            }
        }
        table.Write(writer);
    }

    /// <summary>The same as a page for bench/results: ratios first, then what they are made of.</summary>
    /// <param name="results">What was measured.</param>
    /// <param name="peers">The peers' versions.</param>
    /// <param name="rounds">Turns of each.</param>
    /// <param name="seconds">Seconds of a run.</param>
    public static string Markdown(IReadOnlyList<BenchJson> results, string peers, int rounds, double seconds)
    {
        StringWriter page = new();
        page.WriteLine($"# {ProcFiles.ProcessorName ?? "Unknown processor"} ({Environment.ProcessorCount} processors)");
        page.WriteLine();
        page.WriteLine(FormattableString.Invariant(
            $"{DateTime.UtcNow:yyyy-MM-dd}, {results[0].Threads} threads, {rounds} rounds of {seconds:0.#} s, alternating, each run a process of its own; medians, memory the most."));
        page.WriteLine();
        page.WriteLine($"Fovea {CommandLine.Version}, .NET {Environment.Version}; {peers}; {RuntimeInformation.OSDescription}.");
        page.WriteLine();
        WriteRatios(results, page);
        page.WriteLine();
        WriteFigures(results, page);
        return page.ToString();
    }

    private static void WriteRatios(IReadOnlyList<BenchJson> results, StringWriter page)
    {
        page.WriteLine("How many times as fast Fovea is as each; its memory as a share of PyTorch's leanest mode of the same precision.");
        page.WriteLine();
        page.WriteLine("| network | mode | batch | Fovea | PyTorch | channels_last | channels_last bf16 | PyTorch's best | ONNX Runtime | of PyTorch's memory |");
        page.WriteLine("|---|---|---:|---|---:|---:|---:|---:|---:|---:|");
        foreach (BenchJson r in results)
        {
            string To(string peer) => Ratio(r.Peers?.FirstOrDefault(p => p.Peer == peer)?.SpeedRatio);
            double? memory = r.Peers?.Where(p => p.Peer != PeerSides.OnnxRuntime).Max(p => p.MemoryRatio);
            page.WriteLine(string.Join(" | ",
                $"| {r.Model}", r.Mode, r.Batch, r.Precision, To(PeerSides.PyTorch), To($"{PeerSides.PyTorch} channels_last"), To($"{PeerSides.PyTorch} channels_last bf16"),
                r.PyTorchBest is { } best ? To(best) : "", To(PeerSides.OnnxRuntime), $"{Ratio(memory)} |"));
        }
    }

    private static void WriteFigures(IReadOnlyList<BenchJson> results, StringWriter page)
    {
        page.WriteLine("| network | mode | batch | engine | images/s | min to max | ms/step | peak MiB |");
        page.WriteLine("|---|---|---:|---|---:|---:|---:|---:|");
        foreach (IGrouping<(string Model, string Mode, int Batch), BenchJson> of in results.GroupBy(r => (r.Model, r.Mode, r.Batch)))
        {
            foreach (BenchJson r in of)
                page.WriteLine(Row(r, $"Fovea {r.Backend} {r.Precision}", r.ImagesPerSecond, r.Rounds, r.MsPerStep, r.PeakBytes));
            foreach (PeerJson p in of.First().Peers ?? [])
                page.WriteLine(Row(of.First(), p.Peer, p.ImagesPerSecond, p.Rounds, p.MsPerStep, p.PeakBytes));
        }
    }

    private static string Row(BenchJson of, string engine, double speed, double[]? rounds, double ms, long bytes) => FormattableString.Invariant(
        $"| {of.Model} | {of.Mode} | {of.Batch} | {engine} | {speed:0.0} | {rounds?.Min() ?? speed:0.0} to {rounds?.Max() ?? speed:0.0} | {ms:0.0} | {bytes >> 20} |");

    private static string Ratio(double? ratio) => ratio is { } value ? FormattableString.Invariant($"{value:0.00}x") : "";
}
