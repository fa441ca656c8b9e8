using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>The schedules by name: one explicit list. Adding one is its own file and a line here.</summary>
public static class ScheduleList
{
    /// <summary>Every schedule.</summary>
    public static IReadOnlyList<ScheduleSpec> All { get; } =
    [
        ConstantSchedule.Spec, StepSchedule.Spec, MultiStepSchedule.Spec, CosineSchedule.Spec, OneCycleSchedule.Spec, TriangleSchedule.Spec,
        PlateauSchedule.Spec,
    ];

    /// <summary>The schedule of this name.</summary>
    /// <exception cref="FoveaException">There is none; names the nearest.</exception>
    public static ScheduleSpec Find(string name) =>
        All.FirstOrDefault(spec => spec.Name == name)
        ?? throw new FoveaException($"--sched {name} is not known.{NearestName.Hint(name, Names)} Expected {string.Join(", ", Names)}.");

    /// <summary>What <c>--sched</c> takes.</summary>
    public static IEnumerable<string> Names => All.Select(spec => spec.Name);
}
