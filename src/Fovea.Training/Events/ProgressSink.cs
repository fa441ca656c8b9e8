namespace Fovea.Training;

/// <summary>Hands a run's events to an <see cref="IProgress{T}"/>.</summary>
internal sealed class ProgressSink(IProgress<TrainingEvent> progress) : IEventSink
{
    /// <inheritdoc/>
    public void Handle(TrainingEvent happened) => progress.Report(happened);
}
