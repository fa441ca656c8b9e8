using Fovea.Engine.Planning;
using Fovea.Engine.Tuning;

namespace Fovea.Cli.Json;

/// <summary>The result of <c>tune</c>: the table's file, and what was measured for each network and mode.</summary>
internal sealed record TuneResultJson(string Table, TuneJson[] Results);

/// <summary>One network in one mode. MsBefore and MsAfter are medians of whole steps, in turn; absent where nothing was worth a try.</summary>
internal sealed record TuneJson(string Model, string Mode, int Batch, string Precision, string Kernels, int Threads, double? MsBefore, double? MsAfter, TunePassJson[] Passes)
{
    public static TuneJson Of(string model, bool training, int batch, TuningResult result) => new(
        model, training ? "train" : "infer", batch, result.Precision.Name(), result.Host.Kernels, result.Host.Threads,
        result.SecondsBefore > 0 ? result.SecondsBefore * 1000 : null, result.SecondsAfter > 0 ? result.SecondsAfter * 1000 : null,
        [.. result.Passes.Select(pass => new TunePassJson(
            pass.Key, [.. pass.Layers], pass.Rule, pass.Chosen, [.. pass.Ways.Select(way => new TuneWayJson(way.Name, way.Seconds * 1000))]))]);
}

/// <summary>One pass of layers of the same sizes, and the ways of computing it.</summary>
internal sealed record TunePassJson(string What, string[] Layers, string Rule, string Chosen, TuneWayJson[] Ways);

/// <summary>A way: the median of its kernel alone.</summary>
internal sealed record TuneWayJson(string Way, double Ms);
