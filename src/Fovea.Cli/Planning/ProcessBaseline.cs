using Fovea.Engine;
using Fovea.Engine.Planning;

namespace Fovea.Cli.Planning;

/// <summary>
/// What a process of this program holds besides the memory that plans place: the runtime, libraries, compiled code, kernels. Part of it is what this process holds right
/// now; the rest are allowances, measured over eleven networks in both precisions and modes (bench/results).
/// </summary>
internal static class ProcessBaseline
{
    /// <summary>What loading libdnnl, creating a network's kernels and running them adds to a process that has only parsed its options (measured: 25 to 45 MiB).</summary>
    public const long ColdAllowance = 40L << 20;

    /// <summary>Heaps, stacks and compiled code of a process that has run some hundred steps (measured: 5 to 11 MiB).</summary>
    private const long Heaps = 7L << 20;

    /// <summary>Code of oneDNN's that only training uses, and calibrating has used (measured: 2 to 4 MiB).</summary>
    private const long TrainingCode = 3L << 20;

    /// <summary>A kernel of oneDNN's: its code, its descriptions (measured: 30 to 45 KiB).</summary>
    private const long OneDnnKernel = 40L << 10;

    /// <summary>Any step, copies between layouts too.</summary>
    private const long StepObject = 8L << 10;

    // What calibrating leaves where the system does not tell mapped files apart.
    private const long CalibrationExcess = 10L << 20;

    /// <summary>The process that runs a plan, from one in which the calibration networks have run on the same backend.</summary>
    /// <param name="plan">The plan.</param>
    public static long Warm(PlanDraft plan)
    {
        // Files that are mapped stay the same: the heaps that calibrating has left are not what the plan's process will have.
        long process = ProcFiles.MappedFileBytes is { } mapped ? mapped + Heaps : ProcFiles.ResidentBytes - CalibrationExcess;
        bool oneDnn = false;
        foreach (Step step in plan.Steps.Concat(plan.RefreshSteps))
        {
            bool own = step.Kernel.StartsWith("oneDNN", StringComparison.Ordinal);
            oneDnn |= own;
            process += own && !step.Work.StartsWith("reorder", StringComparison.Ordinal) ? OneDnnKernel : StepObject;
        }
        return oneDnn && !plan.Options.Training ? process - TrainingCode : process;
    }

    /// <summary>The process before anything has run.</summary>
    public static long Cold() => ProcFiles.ResidentBytes + ColdAllowance;
}
