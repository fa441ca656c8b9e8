using System.Text.Json.Serialization;

namespace Fovea.Training;

/// <summary>
/// Something that happened in a run. Console, events.jsonl, results.csv and whatever comes later are readers of one stream of these.
/// Epochs and steps that people see count from 1.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RunStarted), nameof(RunStarted))]
[JsonDerivedType(typeof(SlowKernelFound), nameof(SlowKernelFound))]
[JsonDerivedType(typeof(StepDone), nameof(StepDone))]
[JsonDerivedType(typeof(Evaluated), nameof(Evaluated))]
[JsonDerivedType(typeof(EpochDone), nameof(EpochDone))]
[JsonDerivedType(typeof(CheckpointSaved), nameof(CheckpointSaved))]
[JsonDerivedType(typeof(SampleBroken), nameof(SampleBroken))]
[JsonDerivedType(typeof(CacheNote), nameof(CacheNote))]
[JsonDerivedType(typeof(RunStopped), nameof(RunStopped))]
[JsonDerivedType(typeof(RunFinished), nameof(RunFinished))]
[JsonDerivedType(typeof(RunFailed), nameof(RunFailed))]
public abstract record TrainingEvent
{
    /// <summary>The run's position once the event has happened.</summary>
    [JsonPropertyOrder(-2)]
    public RunPosition At { get; init; }

    /// <summary>When it happened, UTC.</summary>
    [JsonPropertyOrder(-1)]
    public DateTimeOffset Time { get; init; }
}

/// <summary>The run is about to do its first step, or the first after resuming.</summary>
public sealed record RunStarted : TrainingEvent
{
    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }

    /// <summary>The network's name.</summary>
    public required string Model { get; init; }

    /// <summary>What the data set is called and where its splits come from.</summary>
    public required string Data { get; init; }

    /// <summary>Classes.</summary>
    public required int Classes { get; init; }

    /// <summary>Trainable values.</summary>
    public required long Parameters { get; init; }

    /// <summary>Training images.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Validation images.</summary>
    public required int ValImages { get; init; }

    /// <summary>Epochs that the run will have.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps of an epoch: its batches.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Images in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The backend's report: what was found and chosen.</summary>
    public required string Backend { get; init; }

    /// <summary>Threads of the engine.</summary>
    public required int Threads { get; init; }

    /// <summary>Bytes of the arena that all plans share.</summary>
    public required long ArenaBytes { get; init; }

    /// <summary>The machine: processor, cores, memory, system. Empty in runs of versions before it was written.</summary>
    public string Machine { get; init; } = "";

    /// <summary>True where the run goes on from a checkpoint.</summary>
    public required bool Resumed { get; init; }

    /// <summary>How <c>--time-budget</c> came to the number of epochs, in words; null without one.</summary>
    public string? Sizing { get; init; }

    /// <summary>The file or run that the network's weights were taken from; null where there was none, or the run goes on.</summary>
    public string? Weights { get; init; }

    /// <summary>Tensors that have its values.</summary>
    public int WeightsTaken { get; init; }

    /// <summary>Keys, apart by commas, of the parameters that got fresh values because that file's were for other classes; null where none did.</summary>
    public string? NewHead { get; init; }

    /// <summary>Keys, apart by commas, of the auxiliary classifiers' parameters that got fresh values because that file has none; null where none did.</summary>
    public string? NewAuxiliaries { get; init; }

    /// <summary>Layers that training leaves as they are.</summary>
    public int FrozenLayers { get; init; }

    /// <summary>Values in them.</summary>
    public long FrozenParameters { get; init; }
}

/// <summary>One of the run's plans ended on a slow kernel: a warning.</summary>
public sealed record SlowKernelFound : TrainingEvent
{
    /// <summary>The kernel: "oneDNN bnorm_tbb_jit:avx2".</summary>
    public required string Kernel { get; init; }

    /// <summary>The op that it does: "BatchNorm2d".</summary>
    public required string Op { get; init; }

    /// <summary>The layers, each with its channels.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>The warning in words: what is slow, why, and what to change.</summary>
    public required string Message { get; init; }
}

/// <summary>Some steps are done: every <c>--log-every</c> steps and at the end of each epoch.</summary>
public sealed record StepDone : TrainingEvent
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The step in the epoch, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Steps of an epoch.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Steps since the run began.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Mean loss of the samples since the last such event, by label weight.</summary>
    public required double Loss { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public required double Lr { get; init; }

    /// <summary>Training images per second since the last such event.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Share of that time, 0 to 1, that was spent waiting for the loader.</summary>
    public required double WaitShare { get; init; }
}

/// <summary>A split was evaluated after an epoch.</summary>
public sealed record Evaluated : TrainingEvent
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>"val", or "train" with <c>--eval-train</c>.</summary>
    public required string Split { get; init; }

    /// <summary>Images that counted.</summary>
    public required int Images { get; init; }

    /// <summary>Images that are broken.</summary>
    public required int Skipped { get; init; }

    /// <summary>Mean loss.</summary>
    public required double Loss { get; init; }

    /// <summary>Accuracy, 0 to 1.</summary>
    public required double Top1 { get; init; }

    /// <summary>Share of images whose class is among the five likeliest, 0 to 1.</summary>
    public required double Top5 { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// What was said of each image, for readers in this process: overwritten by the next evaluation of the split, and not in events.jsonl.
    /// </summary>
    internal IReadOnlyList<ImageOutcome> Outcomes { get; init; } = [];
}

/// <summary>An epoch is complete.</summary>
public sealed record EpochDone : TrainingEvent
{
    /// <summary>Its row in results.csv.</summary>
    public required EpochResult Result { get; init; }

    /// <summary>True where its validation accuracy is the best so far.</summary>
    public required bool IsBest { get; init; }

    /// <summary>Share of the epoch's training time, 0 to 1, that was spent waiting for the loader; after resuming inside an epoch, from there on.</summary>
    public double WaitShare { get; init; }
}

/// <summary>A checkpoint lies on the disk.</summary>
public sealed record CheckpointSaved : TrainingEvent
{
    /// <summary>The file's name without its ending: "resume", "last", "best", "epoch-003".</summary>
    public required string Checkpoint { get; init; }
}

/// <summary>A sample could not be read and is left out; reported once for each.</summary>
public sealed record SampleBroken : TrainingEvent
{
    /// <summary>"train" or "val".</summary>
    public required string Split { get; init; }

    /// <summary>Its path, or its place in the data set.</summary>
    public required string Source { get; init; }

    /// <summary>What is wrong with it.</summary>
    public required string Reason { get; init; }
}

/// <summary>What happened with the cache of decoded images: made, found, full, given up.</summary>
public sealed record CacheNote : TrainingEvent
{
    /// <summary>"train" or "val".</summary>
    public required string Split { get; init; }

    /// <summary>What it is, for people.</summary>
    public required string Text { get; init; }
}

/// <summary>The run was interrupted; its state is saved.</summary>
public sealed record RunStopped : TrainingEvent
{
    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }
}

/// <summary>The run has done all its epochs, or as many as <c>--early-stop</c> and <c>--time-budget</c> let it.</summary>
public sealed record RunFinished : TrainingEvent
{
    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }

    /// <summary>The epoch with the best validation accuracy, from 1.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>That accuracy, 0 to 1.</summary>
    public required double BestValAcc { get; init; }

    /// <summary>Why the run ended before its last epoch, in words; null where it did not.</summary>
    public string? Reason { get; init; }
}

/// <summary>An error ended the run: the data cannot be read, the loss is not finite, the disk is full. Checkpoints written before are unchanged.</summary>
public sealed record RunFailed : TrainingEvent
{
    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }

    /// <summary>The error's message.</summary>
    public required string Reason { get; init; }
}
