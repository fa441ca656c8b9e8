using Fovea.Cli.Json;
using Fovea.Cli.Text;

namespace Fovea.Cli.Benchmarks;

/// <summary>The results of <c>bench</c> as tables.</summary>
internal static class BenchText
{
    /// <summary>Writes everything that was measured.</summary>
    public static void Write(IReadOnlyList<BenchJson> results, TextWriter writer)
    {
        if (results.Count > 0 && results[0].Machine is { } machine)
        {
            writer.WriteLine(FormattableString.Invariant(
                $"This machine, {results[0].Threads} threads: {machine.GflopsPerSecond:0} GFLOP/s of float32 multiply-adds, {machine.GigabytesPerSecond:0.0} GB/s of memory."));
            writer.WriteLine();
        }
        Table table = new("model", "mode", ">batch", "precision", "backend", ">threads", ">images/s", ">ms/step", ">GFLOP/s", ">GB/s", ">of roofline", ">peak memory");
        foreach (BenchJson r in results)
        {
            table.Row(r.Model, r.Mode, $"{r.Batch}", r.Precision, r.Backend, $"{r.Threads}", Format.Speed(r.ImagesPerSecond), Ms(r.MsPerStep), Rate(r.GflopsPerSecond),
                Rate(r.GigabytesPerSecond), Format.Percent(r.Roofline), Format.Bytes(r.PeakBytes));
        }
        table.Write(writer);
        if (results.Any(result => result.Peers is { Length: > 0 }))
        {
            writer.WriteLine();
            PeerText.Write(results, writer);
        }
        foreach (BenchJson result in results)
        {
            if (result.Layers is { } layers)
                WriteLayers(result, layers, writer);
            if (result.Floor is { } floor)
                WriteFloor(result, floor, writer);
        }
    }

    private static void WriteLayers(BenchJson result, LayerBenchJson[] layers, TextWriter writer)
    {
        writer.WriteLine();
        Table table = new($"{result.Model}: layer and step", ">ms", ">of the time", ">GFLOP/s", ">GB/s", ">of roofline", "kernel");
        foreach (LayerBenchJson layer in layers)
        {
            table.Row($"{layer.Layer} ({layer.Op})", Ms(layer.Ms), Format.Percent(layer.Share), Rate(layer.GflopsPerSecond), Rate(layer.GigabytesPerSecond),
                Format.Percent(layer.Roofline));
            foreach (StepBenchJson step in layer.Steps)
                table.Row($"  {step.Work}", Ms(step.Ms), "", Rate(step.GflopsPerSecond), Rate(step.GigabytesPerSecond), Format.Percent(step.Roofline), step.Kernel);
        }
        table.Write(writer);
    }

    private static void WriteFloor(BenchJson result, FloorJson floor, TextWriter writer)
    {
        writer.WriteLine();
        Table table = new($"{result.Model}: pass", ">in the plan, ms", ">fastest known, ms", ">share", "by");
        foreach (PassFloorJson pass in floor.Passes)
            table.Row($"{pass.Layer} {pass.Pass}", Ms(pass.PlanMs), Ms(pass.FloorMs), Format.Percent(pass.FloorMs / pass.PlanMs), pass.Kernel);
        table.Rule();
        table.Row($"the other steps' {Format.Bytes(floor.OtherBytes)}", "", Ms(floor.OtherMs), "", "at the memory's speed");
        table.Row("a step", Ms(result.MsPerStep), Ms(floor.Ms), Format.Percent(floor.Share), "the share of the floor that is reached");
        table.Write(writer);
    }

    private static string Ms(double ms) => FormattableString.Invariant($"{ms:0.00}");

    private static string Rate(double value) => value == 0 ? "" : FormattableString.Invariant($"{value:0.0}");
}
