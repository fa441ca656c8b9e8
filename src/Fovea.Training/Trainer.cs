using System.Diagnostics;
using Fovea.Data;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>Trains a network: makes the run's folder or goes on with one, runs the epochs, keeps checkpoints, and tells what happens.</summary>
public static class Trainer
{
    /// <summary>Runs a training run to its end, or until it is cancelled.</summary>
    /// <param name="options">Everything that decides the run. With <see cref="TrainingOptions.Resume"/> the run's own options hold; see <see
    /// cref="SavedRun"/>.</param>
    /// <param name="data">The data set, opened as the options say.</param>
    /// <param name="sinks">Readers of the run's events besides those that write its folder's files; called on the training thread.</param>
    /// <param name="cancellation">Stops the run after the step that it is at; its state is then saved and <see cref="RunSummary.Stopped"/> is
    /// true.</param>
    /// <returns>The run in numbers.</returns>
    /// <exception cref="FoveaException">
    /// An option is wrong, the data do not fit the network, the folder cannot be written, too many images are broken, the loss is not finite, or the
    /// run cannot be
    /// resumed as asked. Checkpoints written before stay as they are.
    /// </exception>
    public static RunSummary Run(TrainingOptions options, DataSplits data, IReadOnlyList<IEventSink> sinks, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        return options.Resume is null ? Start(options.Resolved(), data, sinks, cancellation) : Resume(options, data, sinks, cancellation);
    }

    /// <summary>Runs a training run on a thread of its own.</summary>
    /// <param name="options">Everything that decides the run, as for <see cref="Run"/>.</param>
    /// <param name="data">The data set, opened as the options say.</param>
    /// <param name="progress">Told each event on the training thread, between two steps: it should be quick. Null for nobody.</param>
    /// <param name="cancellation">
    /// Stops the run as Ctrl-C stops the command line's: after the step that it is at, its state saved. The task then completes with <see
    /// cref="RunSummary.Stopped"/> true; it is not cancelled.
    /// </param>
    /// <returns>The run in numbers. What <see cref="Run"/> throws, the task throws.</returns>
    public static Task<RunSummary> RunAsync(
        TrainingOptions options, DataSplits data, IProgress<TrainingEvent>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        IEventSink[] sinks = progress is null ? [] : [new ProgressSink(progress)];
        // Cancelling is the run's matter, which saves; a task that is cancelled before it begins would have no summary.
        return Task.Factory.StartNew(
            () => Run(options, data, sinks, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
    }

    private static RunSummary Start(TrainingOptions options, DataSplits data, IReadOnlyList<IEventSink> sinks, CancellationToken cancellation)
    {
        using TrainingInputs inputs = new(options, data, options.Output);
        string? weights = options.Weights is null ? null : RunPaths.FindModel(options.Weights, options.Output);
        long start = Stopwatch.GetTimestamp();
        return EngineThread.Run(() =>
        {
            using Runtime runtime = new(options.ToRuntimeOptions());
            using ParameterSet parameters = ParameterSet.For(inputs.Graph);
            UpdateRule rule = options.CreateOptimizer();
            FrozenPart frozen = Freezing.Begin(inputs.Graph, parameters, options);
            ImportedWeights? imported = Fill(parameters, options, data, weights, runtime.Team);
            (RunFolder folder, EventLog log) = RunFolder.Create(options.Output, options.Name!);
            using (log)
            using (folder.Lock())
            using (RunFiles files = new(folder, data.Validation))
            {
                TrainingRun run;
                try
                {
                    inputs.Compile(runtime, parameters, options, rule);
                    (TrainingOptions sized, Sizing? sizing) = (options, null);
                    if (options.TimeBudget is not null)
                    {
                        sizing = new Rehearsal(options, data, inputs, parameters).Measure(() => Stopwatch.GetElapsedTime(start).TotalSeconds, cancellation);
                        sized = options with { Epochs = sizing.Epochs };
                        foreach (Parameter parameter in parameters.All)
                            parameter.ClearStates();
                        Fill(parameters, options, data, weights, runtime.Team);
                    }
                    (rule as Lookahead)?.Begin(parameters);
                    (Describe(sized, data, runtime, inputs) with { Sizing = sizing }).Save(folder.Path);
                    EventStream events = new([log, .. files.Create(), .. sinks]);
                    run = new TrainingRun(sized, data, folder, inputs, runtime, parameters, rule, events,
                        new ResumeState { Counters = imported?.Counters ?? new Dictionary<string, long>() }, [])
                    { Weights = imported, Frozen = frozen, Sizing = sizing?.Text };
                    run.SaveResume();
                }
                catch
                {
                    // Nothing was trained: a folder that cannot be resumed would only be in the way.
                    folder.Remove();
                    throw;
                }
                return run.Run(resumed: false, cancellation);
            }
        });
    }

    private static RunSummary Resume(TrainingOptions wanted, DataSplits data, IReadOnlyList<IEventSink> sinks, CancellationToken cancellation)
    {
        SavedRun saved = SavedRun.Open(wanted.Resume!, wanted.Output, [wanted.Architecture.Spec]);
        if (saved.IsFinished)
            return saved.Summary();
        saved.RefuseChanges(wanted, data.Fingerprint);
        TrainingOptions options = saved.Args.Options with { Workers = wanted.Workers, Cache = wanted.Cache };
        using TrainingInputs inputs = new(options, data, Path.GetDirectoryName(Path.GetFullPath(saved.Folder))!);
        return EngineThread.Run(() =>
        {
            RunFolder folder = new(saved.Folder);
            using IDisposable mine = folder.Lock();
            using Runtime runtime = new(options.ToRuntimeOptions() with
            {
                Backend = OptionNames.Backend.Parse(saved.Args.Backend),
                Precision = OptionNames.Precision.Parse(saved.Args.Precision),
                // What a table says by now does not matter: the numbers are to be those of a run without a stop.
                Kernels = saved.Args.Kernels is { } kernels ? _ => new KernelTable(kernels) : null,
            });
            using ParameterSet parameters = ParameterSet.For(inputs.Graph);
            UpdateRule rule = options.CreateOptimizer();
            FrozenPart frozen = Freezing.Begin(inputs.Graph, parameters, options);
            inputs.Compile(runtime, parameters, options, rule);
            saved.RefuseOtherKernels(inputs.Describe());
            // The plans that were compared are those that the run began with.
            if (options.FreezeAfter > 0 && Freezing.IsDue(options, ResumeFile.Peek(folder.Resume).Position.Epochs))
            {
                frozen = Freezing.Apply(inputs.Graph, parameters, options.Freeze);
                inputs.CompileTraining(runtime, parameters, options, rule);
            }
            ResumeState state = ResumeFile.Load(folder.Resume, parameters, rule);
            List<SampleBroken> reported = [];
            using EventLog log = EventLog.Reopen(folder.Events, state.Position, reported);
            using RunFiles files = new(folder, data.Validation);
            EventStream events = new([log, .. files.Reopen(state), .. sinks]);
            TrainingRun run = new(options, data, folder, inputs, runtime, parameters, rule, events, state, reported) { Frozen = frozen };
            return run.Run(resumed: true, cancellation);
        });
    }

    /// <summary>Sets the parameters that a run begins with.</summary>
    internal static ImportedWeights? Fill(ParameterSet parameters, TrainingOptions options, DataSplits data, string? weights, WorkerTeam? team = null)
    {
        ModelSpec spec = options.Architecture.Spec;
        if (weights is null)
        {
            Initializer initializer = Initializers.Find(options.Init, spec);
            initializer.Apply(parameters, spec, options.Seed, team);
            if (initializer.TrainingImages > 0)
                initializer.Fit(parameters, options.Architecture, TrainingInputs.FirstImages(options, data, initializer.TrainingImages));
            return null;
        }
        ImportOptions import = new() { NewHead = options.NewHead, Init = options.Init, Seed = options.Seed };
        return WeightImporter.Read(weights, options.Architecture, parameters, import);
    }

    private static RunArgs Describe(TrainingOptions options, DataSplits data, Runtime runtime, TrainingInputs inputs) => new()
    {
        Version = RunArgs.ProgramVersion,
        Options = options,
        Classes = [.. data.Classes],
        Dataset = new DatasetArgs(data.Name, data.Layout, data.Train.Count, data.Validation.Count, data.Fingerprint),
        Backend = runtime.Backend,
        Precision = runtime.Precision.Name(),
        BackendReport = runtime.BackendReport,
        Plans = inputs.Describe(),
        Kernels = KernelTable.Of(inputs.Choices).Entries,
        SlowKernels = [.. runtime.SlowKernels.Select(slow => slow.ToString())],
    };
}
