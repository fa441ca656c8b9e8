namespace Fovea.Cli.Json;

/// <summary>
/// A row of <c>bench</c>: medians. Rates count the arithmetic of convolutions and linear layers (two operations for a multiply-accumulate, by the layer's definition) and
/// the bytes of the buffers that the steps read and write; Roofline is the share of the speed that arithmetic peak and memory bandwidth allow, step by step.
/// </summary>
internal sealed record BenchJson(
    string Model, string Mode, int Batch, string Precision, string Backend, int Threads, double ImagesPerSecond, double MsPerStep, long PeakBytes)
{
    public double GflopsPerSecond { get; init; }

    public double GigabytesPerSecond { get; init; }

    public double Roofline { get; init; }

    public long ArenaBytes { get; init; }

    public MachineJson? Machine { get; init; }

    /// <summary>Absent where there are none.</summary>
    public IReadOnlyList<SlowKernelJson>? SlowKernels { get; init; }

    public LayerBenchJson[]? Layers { get; init; }

    public FloorJson? Floor { get; init; }

    public PeerJson[]? Peers { get; init; }

    /// <summary>The peer that is the fastest of PyTorch's modes.</summary>
    public string? PyTorchBest { get; init; }

    /// <summary>Images/s of each round of a comparison.</summary>
    public double[]? Rounds { get; init; }
}

/// <summary>What the machine can do at most: operations and bytes per second, in thousand millions.</summary>
internal sealed record MachineJson(double GflopsPerSecond, double GigabytesPerSecond);

/// <summary>A layer of <c>bench --layers</c>: the sums of its steps.</summary>
internal sealed record LayerBenchJson(string Layer, string Op, double Ms, double Share, double GflopsPerSecond, double GigabytesPerSecond, double Roofline, StepBenchJson[] Steps);

/// <summary>A step of a layer: the median of its time.</summary>
internal sealed record StepBenchJson(string Work, string Kernel, double Ms, double GflopsPerSecond, double GigabytesPerSecond, double Roofline);

/// <summary>The floor of <c>bench --floor</c>: Share is the floor's time divided by the step's, 0 to 1.</summary>
internal sealed record FloorJson(double Ms, double Share, double OtherMs, long OtherBytes, PassFloorJson[] Passes);

/// <summary>One pass of a convolution or linear layer: what it takes in the plan, and the fastest formulation known, alone.</summary>
internal sealed record PassFloorJson(string Layer, string Pass, double PlanMs, double FloorMs, string Kernel);

/// <summary>
/// A peer of <c>bench --compare-peers</c>: ratios are ours to its, above 1 where we are faster, below 1 where we need less memory, which is compared at the same
/// precision alone.
/// </summary>
internal sealed record PeerJson(string Peer, string Precision, double ImagesPerSecond, double MsPerStep, long PeakBytes, double SpeedRatio, double? MemoryRatio)
{
    /// <summary>Images/s of each round.</summary>
    public double[]? Rounds { get; init; }
}
