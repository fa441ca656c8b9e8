namespace Fovea.Cli.Json;

/// <summary>
/// The result of <c>plan</c>. Bytes; Arena is exact, Resident (what the process will hold at most) is Arena, parameters, optimizer states and the process itself, which is
/// measured. AtPeak is what needs its memory at the step where most is needed, by what it holds.
/// </summary>
internal sealed record PlanJson(
    string Model, string Mode, int Batch, string Precision, string Backend, int Threads, long ArenaBytes, long PeakBytes, PlanStepNameJson? PeakStep,
    long UnsharedBytes, long ParameterBytes, long StateBytes, long ProcessBytes, long ResidentBytes, Dictionary<string, long> AtPeak,
    PlanBufferJson[] Largest, MachineJson Machine, double PredictedMsPerStep, double PredictedImagesPerSecond)
{
    public PlanStepJson[]? Steps { get; init; }

    public PlanStepJson[]? WeightReorders { get; init; }
}

/// <summary>A step by its layer and what it does; Index counts the plan's steps from 0, and copies of parameters that are made before a run backwards from -1.</summary>
internal sealed record PlanStepNameJson(int Index, string Layer, string Work);

/// <summary>A buffer that is needed at the peak, and the steps between which it is; below 0 before a run.</summary>
internal sealed record PlanBufferJson(string Name, string Kind, long Bytes, int FirstStep, int LastStep);

/// <summary>A step of <c>plan --steps</c>. Layout is that of its result.</summary>
internal sealed record PlanStepJson(
    int Index, string Layer, string Op, string Phase, string Work, string Kernel, string? Declined, string? Layout, long Bytes, long Macs, double PredictedMs);
