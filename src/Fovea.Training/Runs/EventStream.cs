namespace Fovea.Training;

/// <summary>Hands every event, stamped with position and time, to every reader in order.</summary>
/// <param name="sinks">The readers; those that write files come first.</param>
internal sealed class EventStream(IReadOnlyList<IEventSink> sinks)
{
    public void Emit(TrainingEvent happened, RunPosition at)
    {
        TrainingEvent stamped = happened with { At = at, Time = DateTimeOffset.UtcNow };
        foreach (IEventSink sink in sinks)
            sink.Handle(stamped);
    }
}
