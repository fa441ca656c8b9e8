using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Hands every event, stamped with position and time, to every reader in order.</summary>
/// <param name="sinks">The readers; those that write files come first.</param>
internal sealed class EventStream(IReadOnlyList<IEventSink> sinks)
{
    private readonly IStepWatcher[] _watchers = [.. sinks.OfType<IStepWatcher>()];

    public void Emit(TrainingEvent happened, RunPosition at)
    {
        TrainingEvent stamped = happened with { At = at, Time = DateTimeOffset.UtcNow };
        foreach (IEventSink sink in sinks)
            sink.Handle(stamped);
    }

    /// <summary>Tells that the run failed, to every reader that can still hear it: where the disk is full, the first error says so.</summary>
    public void EmitFailure(RunFailed happened, RunPosition at)
    {
        TrainingEvent stamped = happened with { At = at, Time = DateTimeOffset.UtcNow };
        foreach (IEventSink sink in sinks)
        {
            try
            {
                sink.Handle(stamped);
            }
            catch (Exception e) when (e is FoveaException or IOException or UnauthorizedAccessException)
            {
                // The error that ends the run is on its way to the user; this one would hide it.
            }
        }
    }

    public void Stepped(int epoch, int step, int images, in LossSums sums)
    {
        foreach (IStepWatcher watcher in _watchers)
            watcher.Stepped(epoch, step, images, sums);
    }

    public void Evaluating(string split, int done, int all)
    {
        foreach (IStepWatcher watcher in _watchers)
            watcher.Evaluating(split, done, all);
    }
}
