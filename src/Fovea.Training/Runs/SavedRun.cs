using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>A run that lies on the disk: how it was trained and how far it is. What <c>--resume</c> begins with.</summary>
public sealed class SavedRun
{
    private SavedRun(string folder, RunArgs args, ResumeState state) => (Folder, Args, State) = (folder, args, state);

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>Its args.json.</summary>
    public RunArgs Args { get; }

    /// <summary>Where it goes on.</summary>
    public ResumeState State { get; }

    /// <summary>The options to go on with: open the data with <see cref="TrainingOptions.ToDataOptions"/> and hand both to the trainer.</summary>
    public TrainingOptions Options => Args.Options with { Resume = Folder };

    /// <summary>True where nothing is left to do. A run that was killed behind its last checkpoint has still to say that it is finished, and to write its report.</summary>
    public bool IsFinished => IsOver && RunRecord.Load(Folder).State == RunState.Finished;

    private bool IsOver => RunEnd.After(Args.Options, State.Position.Epochs, State.Best, Results).Over;

    /// <summary>Reads a run.</summary>
    /// <param name="run">Its folder or its name.</param>
    /// <param name="output">The folder that holds the runs.</param>
    /// <param name="networks">Networks from outside the zoo that it may train; null for none.</param>
    /// <exception cref="FoveaException">There is no such run, its files are damaged, or its network is neither in the zoo nor given.</exception>
    public static SavedRun Open(string run, string output = "runs", IReadOnlyList<ModelSpec>? networks = null)
    {
        string folder = RunPaths.FindRun(run, output);
        RunArgs args = RunArgs.Load(folder);
        Architecture architecture = ArchitectureJson.Supply(args.Options.Architecture, $"Going on with '{folder}'", networks ?? []);
        args = args with { Options = args.Options with { Architecture = architecture } };
        string resume = new RunFolder(folder).Resume;
        if (!File.Exists(resume))
        {
            throw new FoveaException($"Going on with '{folder}': {resume} is missing. Where the run was killed before its first step, nothing is lost: remove the folder and start it "
                + "again. Otherwise put the file back, or start a new run from the best checkpoint with --weights.");
        }
        return new SavedRun(folder, args, ResumeFile.Peek(resume));
    }

    /// <summary>The run in numbers, as far as it is.</summary>
    public RunSummary Summary() =>
        new(Folder, Results, State.Best) { Stopped = !IsOver };

    private IReadOnlyList<EpochResult> Results => field ??= ResultsTable.Read(new RunFolder(Folder).Results, State.Position.Epochs);

    /// <summary>Refuses what would give other bits than the run would have given without a stop.</summary>
    /// <exception cref="FoveaException">Threads, precision, backend or data differ: says which and why.</exception>
    internal void RefuseChanges(TrainingOptions wanted, string fingerprint)
    {
        TrainingOptions own = Args.Options;
        Same("--threads", own.Threads, wanted.Threads, "another number of threads adds numbers up in another order");
        bool samePrecision = wanted.Precision == own.Precision || OptionNames.Precision.Of(wanted.Precision) == Args.Precision;
        if (!samePrecision)
            Same("--precision", Args.Precision, OptionNames.Precision.Of(wanted.Precision), "another precision computes other numbers");
        bool sameBackend = wanted.Backend == own.Backend || OptionNames.Backend.Of(wanted.Backend) == Args.Backend;
        if (!sameBackend)
            Same("--backend", Args.Backend, OptionNames.Backend.Of(wanted.Backend), "another backend adds numbers up in another order");
        if (fingerprint != Args.Dataset.Fingerprint)
        {
            throw new FoveaException($"Resuming '{Folder}': the data set '{Args.Dataset.Name}' is not what it was: fingerprint "
                + $"{fingerprint[..16]}..., and the run began with "
                + $"{Args.Dataset.Fingerprint[..16]}.... Put the files back as they were, or start a new run from the best checkpoint with "
                + $"--weights.");
        }
    }

    /// <summary>Refuses kernels other than those that the run began with.</summary>
    internal void RefuseOtherKernels(IReadOnlyList<PlanArgs> plans)
    {
        static IEnumerable<(string Plan, StepArgs Step)> Flat(IReadOnlyList<PlanArgs> all) =>
            all.SelectMany(plan => plan.Steps.Select(step => (plan.Plan, step)));
        foreach (((string Plan, StepArgs Step) was, (string Plan, StepArgs Step) now) in Flat(Args.Plans).Zip(Flat(plans)))
        {
            if (was != now)
            {
                throw new FoveaException($"Resuming '{Folder}': '{was.Step.Layer} {was.Step.Work}' of the plan '{was.Plan}' was done by "
                    + $"{was.Step.Kernel}, and on this machine "
                    + $"'{now.Step.Layer} {now.Step.Work}' by {now.Step.Kernel}: the numbers would not be those of an uninterrupted run. Resume "
                    + $"where the run began ({Args.BackendReport}, "
                    + $"version {Args.Version}), or start a new run from the best checkpoint with --weights.");
            }
        }
    }

    private void Same<T>(string option, T own, T wanted, string why)
    {
        if (!EqualityComparer<T>.Default.Equals(own, wanted))
            throw new FoveaException($"Resuming '{Folder}' with {option} {wanted}: the run began with {own}, and {why}. Leave {option} out, or "
                + $"start a new run with --weights.");
    }
}
