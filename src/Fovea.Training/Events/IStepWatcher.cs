using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// A reader of events that also wants to hear of every step and of every batch of an evaluation, for a line of progress: nothing of this is logged.
/// </summary>
public interface IStepWatcher : IEventSink
{
    /// <summary>A step is done. Called after every step on the training thread: it must be quick.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step in the epoch, from 1.</param>
    /// <param name="images">Images of the step's batch.</param>
    /// <param name="sums">Sums over the epoch so far.</param>
    void Stepped(int epoch, int step, int images, in LossSums sums);

    /// <summary>A batch of an evaluation is done.</summary>
    /// <param name="split">"val" or "train".</param>
    /// <param name="done">Images done.</param>
    /// <param name="all">Images of the split.</param>
    void Evaluating(string split, int done, int all);
}
