using System.Diagnostics;
using Fovea.Data;
using Fovea.Data.Loading;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>The loop: epochs of steps, an evaluation after each, checkpoints, events. It starts wherever a <see cref="ResumeState"/> says.</summary>
internal sealed class TrainingRun
{
    private readonly TrainingOptions _options;
    private readonly DataSplits _data;
    private readonly RunFolder _folder;
    private readonly TrainingInputs _inputs;
    private readonly Runtime _runtime;
    private readonly EventStream _events;
    private readonly Checkpointer _checkpointer;
    private readonly LearningRateSchedule _schedule;
    private readonly TrainingSteps _steps;
    private readonly ParameterSet _parameters;
    private readonly UpdateRule _rule;
    private readonly List<EpochResult> _results;
    private readonly HashSet<(string Split, string Source)> _reported;
    private EpochReader? _ahead;
    private readonly StepClock _clock = new();

    // How far the run is: what a ResumeState is made of.
    private RunPosition _position;
    private long _totalSteps;
    private readonly SortedDictionary<string, long> _counters;
    private long _batches;
    private LossSums _epoch, _window;
    private BestEpoch? _best;

    public TrainingRun(
        TrainingOptions options, DataSplits data, RunFolder folder, TrainingInputs inputs, Runtime runtime, ParameterSet parameters, UpdateRule rule,
        EventStream events, ResumeState state, IEnumerable<SampleBroken> reported)
    {
        (_options, _data, _folder, _inputs, _runtime, _events) = (options, data, folder, inputs, runtime, events);
        _checkpointer = new Checkpointer(folder, options, data.Classes, parameters, rule, events);
        _schedule = options.CreateSchedule();
        _steps = new TrainingSteps(options, inputs) { Updates = state.Updates };
        (_parameters, _rule) = (parameters, rule);
        (_position, _totalSteps, _epoch, _window, _best) = (state.Position, state.TotalSteps, state.Epoch, state.Window, state.Best);
        _counters = WeightCounters.For(inputs.Graph, state.Counters);
        _results = ResultsTable.Read(folder.Results, state.Position.Epochs);
        _reported = [.. reported.Select(sample => (sample.Split, sample.Source))];
    }

    /// <summary>How the number of epochs was found, for the run's first event.</summary>
    public string? Sizing { get; init; }

    /// <summary>What came from a file of weights when the run began; null where nothing did, or the run goes on.</summary>
    public ImportedWeights? Weights { get; init; }

    /// <summary>What training leaves as it is.</summary>
    public FrozenPart Frozen { get; init; }

    private SortedDictionary<string, long> Counters => WeightCounters.After(_counters, _batches);

    private int StepsPerEpoch => _inputs.Loader.BatchesPerEpoch;

    private (bool Over, string? Reason) End => RunEnd.After(_options, _position.Epochs, _best, _results);

    /// <summary>Saves everything that resuming needs.</summary>
    public void SaveResume() => _checkpointer.SaveResume(new ResumeState
    {
        Position = _position,
        TotalSteps = _totalSteps,
        Updates = _steps.Updates,
        Epoch = _epoch,
        Window = _window,
        Best = _best,
        Counters = Counters,
    });

    /// <summary>Trains until all epochs are done or the token is cancelled.</summary>
    public RunSummary Run(bool resumed, CancellationToken cancellation)
    {
        try
        {
            return Epochs(resumed, cancellation);
        }
        finally
        {
            _ahead?.Dispose();
        }
    }

    private RunSummary Epochs(bool resumed, CancellationToken cancellation)
    {
        _events.Emit(Started(resumed), _position);
        foreach (SlowKernel slow in _runtime.SlowKernels)
            _events.Emit(new SlowKernelFound { Kernel = slow.Kernel, Op = slow.Op, Layers = slow.Layers, Message = slow.ToString() }, _position);
        TellOfCaches();
        while (!End.Over)
        {
            try
            {
                _clock.StartEpoch();
                TrainEpoch(cancellation);
                FinishEpoch(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                SaveResume();
                _events.Emit(new RunStopped { Run = _folder.Path }, _position);
                return Summary() with { Stopped = true };
            }
            catch (Exception e) when (e is FoveaException or IOException or UnauthorizedAccessException or OutOfMemoryException)
            {
                _events.EmitFailure(new RunFailed { Run = _folder.Path, Reason = e.Message }, _position);
                throw;
            }
        }
        _events.Emit(new RunFinished { Run = _folder.Path, BestEpoch = _best!.Epoch, BestValAcc = _best.ValAcc, Reason = End.Reason }, _position);
        return Summary();
    }

    private RunSummary Summary() => new(_folder.Path, [.. _results], _best);

    private void TrainEpoch(CancellationToken cancellation)
    {
        using EpochReader reader = _ahead ?? Open(_position, cancellation);
        _ahead = null;
        int boundary = _position.Steps;
        while (reader.Next() is { } batch)
        {
            foreach (BrokenSample sample in batch.Broken)
                Report("train", sample);
            Step(batch);
            _position = _position with { Steps = _position.Steps + 1 };
            _totalSteps++;
            _clock.Count(batch.Count);
            _events.Stepped(_position.Epochs + 1, _position.Steps, batch.Count, _epoch);
            if (_position.Steps % _options.LogEvery == 0 || _position.Steps == StepsPerEpoch)
                EmitStep(reader.WaitSeconds);
            if (!_steps.IsBoundary(_position.Steps))
                continue;
            if (_clock.IsCheckpointDue(_options.CheckpointEvery, _position.Steps, boundary) && _position.Steps < StepsPerEpoch)
                SaveResume();
            boundary = _position.Steps;
            cancellation.ThrowIfCancellationRequested();
        }
        _clock.EndTraining(reader.WaitSeconds);
    }

    // Where several batches make an update, stopping waits for it.
    private EpochReader Open(RunPosition position, CancellationToken cancellation) =>
        _inputs.Loader.Epoch(position.Epochs, position.Steps, _steps.Accumulates ? CancellationToken.None : cancellation);

    private void Step(LoaderBatch batch)
    {
        LossSums sums = _steps.Run(batch, _position.Epochs, _position.Steps, _totalSteps, Rate(_position.Steps));
        _batches += batch.BrokenCount < batch.Count ? 1 : 0;
        if (_rule is Lookahead lookahead && _steps.IsBoundary(_position.Steps + 1))
            lookahead.Meet(_parameters, _steps.Updates, (long)_steps.UpdatesPerEpoch * _options.Epochs);
        if (sums.NonFinite > 0)
        {
            throw new FoveaException($"Training stopped in epoch {_position.Epochs + 1} at step {_position.Steps + 1} of {StepsPerEpoch}: the loss "
                + $"is not finite for {sums.NonFinite} of "
                + $"{batch.Count} images{(_steps.Cause is { } cause ? $"; {cause}" : "")}. {Cure()}");
        }
        _epoch += sums;
        _window += sums;
    }

    private void FinishEpoch(CancellationToken cancellation)
    {
        RunPosition done = new(_position.Epochs + 1, 0);
        // The next epoch's first batches are made while this one is evaluated, so that it need not begin with waiting.
        if (done.Epochs < _options.Epochs)
            _ahead = Open(done, cancellation);
        EvaluationPass val = _inputs.Evaluations[0].Pass;
        bool best;
        // The model is the average or the slow weights, where they are kept: evaluated and saved in the weights' place.
        using ((_rule as IShownWeights)?.Show(_parameters))
        {
            foreach ((string split, EvaluationPass pass) in _inputs.Evaluations)
                Evaluate(split, pass, done, cancellation);
            best = _best is null || val.Top1 > _best.ValAcc;
            if (best)
                _best = new BestEpoch(done.Epochs, val.Top1);
            _checkpointer.SaveEpoch(done.Epochs, best, Counters);
        }
        EpochResult result = new(
            done.Epochs, _epoch.Loss / _epoch.Weight, _epoch.Correct / _epoch.Weight, val.Loss, val.Top1, Rate(StepsPerEpoch - 1),
            _clock.EpochSeconds, _clock.EpochImagesPerSecond);
        _results.Add(result);
        _events.Emit(new EpochDone { Result = result, IsBest = best, WaitShare = _clock.EpochWaitShare }, done);
        (_position, _epoch, _window) = (done, default, default);
        TellOfCaches();
        if (done.Epochs == _options.FreezeAfter && done.Epochs < _options.Epochs && Freezing.IsDue(_options, done.Epochs))
        {
            Freezing.Apply(_inputs.Graph, _parameters, _options.Freeze);
            _inputs.CompileTraining(_runtime, _parameters, _options, _rule);
        }
        SaveResume();
    }

    private void TellOfCaches()
    {
        foreach (CacheNote note in _inputs.TakeNotes())
            _events.Emit(note, _position);
    }

    private void Evaluate(string split, EvaluationPass pass, RunPosition done, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        pass.Run((images, all) => _events.Evaluating(split, images, all), sample => Report(split, sample), cancellation);
        if (pass.Sums.NonFinite > 0)
            throw new FoveaException($"Training stopped after epoch {done.Epochs}: the network's output is not finite for {pass.Sums.NonFinite} "
                + $"images of the {split} split. {Cure()}");
        _events.Emit(
            new Evaluated
            {
                Epoch = done.Epochs,
                Split = split,
                Images = pass.Images,
                Skipped = pass.Skipped,
                Loss = pass.Loss,
                Top1 = pass.Top1,
                Top5 = pass.Top5,
                Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
                Outcomes = pass.Outcomes,
            },
            done);
    }

    private double Rate(int step) => _schedule.Rate(_position.Epochs, _steps.UpdateOf(step), _steps.UpdatesPerEpoch, _results);

    // The schedule may be far from --lr here; what the user can lower is --lr.
    private string Cure()
    {
        double given = _options.Lr ?? OptimizerList.Find(_options.Opt).DefaultLr, rate = Rate(Math.Min(_position.Steps, StepsPerEpoch - 1));
        string reached = Math.Abs(rate - given) <= 1e-6 * rate ? "" : $", and {Format.LearningRate(rate)} at this step";
        return $"The learning rate is probably too high (--lr {Format.LearningRate(given)}{reached}): try --lr {Format.LearningRate(given / 10)}. "
            + $"Checkpoints written before are unchanged in '{_folder.Path}'.";
    }

    private void Report(string split, BrokenSample sample)
    {
        // Both passes over the training split meet the same file; it is reported by whichever meets it first.
        if (_reported.Add((split, sample.Source)))
            _events.Emit(new SampleBroken { Split = split, Source = sample.Source, Reason = sample.Reason }, _position);
    }

    private void EmitStep(double waitSeconds)
    {
        (double imagesPerSecond, double waitShare) = _clock.TakeWindow(waitSeconds);
        _events.Emit(
            new StepDone
            {
                Epoch = _position.Epochs + 1,
                Step = _position.Steps,
                StepsPerEpoch = StepsPerEpoch,
                TotalSteps = _totalSteps,
                Loss = _window.Loss / _window.Weight,
                Lr = Rate(_position.Steps - 1),
                ImagesPerSecond = imagesPerSecond,
                WaitShare = waitShare,
            },
            _position);
        _window = default;
    }

    private RunStarted Started(bool resumed) => new()
    {
        Run = _folder.Path,
        Model = _options.Architecture.Model,
        Data = $"{_data.Name}: {_data.Layout}",
        Classes = _data.Classes.Count,
        Parameters = _inputs.Graph.ParameterCount,
        TrainImages = _data.Train.Count,
        ValImages = _data.Validation.Count,
        Epochs = _options.Epochs,
        StepsPerEpoch = StepsPerEpoch,
        BatchSize = _options.BatchSize,
        Backend = _runtime.BackendReport,
        Threads = _runtime.Threads,
        ArenaBytes = _runtime.ArenaBytes,
        Machine = ProcFiles.Machine(),
        Resumed = resumed,
        Sizing = Sizing,
        Weights = Weights is null ? null : _options.Weights,
        WeightsTaken = Weights?.Tensors ?? 0,
        NewAuxiliaries = Weights is { NewAuxiliaries.Count: > 0 } ? string.Join(", ", Weights.NewAuxiliaries) : null,
        NewHead = Weights is { NewHead.Count: > 0 } ? string.Join(", ", Weights.NewHead) : null,
        FrozenLayers = Frozen.Layers,
        FrozenParameters = Frozen.Parameters,
    };
}
