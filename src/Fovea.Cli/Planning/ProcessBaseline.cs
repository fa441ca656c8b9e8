
namespace Fovea.Cli.Planning;

/// <summary>
/// What a process of this program holds besides the memory that plans place: the runtime, compiled code, libraries, kernels. It is what this process holds right now,
/// which is right once engine, libraries and kernels have run, and <see cref="ColdAllowance"/> short of it before.
/// </summary>
internal static class ProcessBaseline
{
    /// <summary>What loading libdnnl, creating a network's kernels and running them adds to a process that has only parsed its options (measured: 25 to 45 MiB).</summary>
    public const long ColdAllowance = 40L << 20;

    /// <summary>What the calibration leaves and a single network does not have: kernels of three networks, heap (measured: 6 to 14 MiB).</summary>
    public const long CalibrationExcess = 8L << 20;

    /// <summary>The process in which calibration networks have run.</summary>
    public static long Warm()
    {
        // What calibrating left on the heap and the plan's process never has.
        GC.Collect();
        return ProcFiles.ResidentBytes - CalibrationExcess;
    }

    /// <summary>The process before anything has run.</summary>
    public static long Cold() => ProcFiles.ResidentBytes + ColdAllowance;
}
