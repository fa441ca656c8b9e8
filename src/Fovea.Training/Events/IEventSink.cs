namespace Fovea.Training;

/// <summary>A reader of a run's events. Called on the thread that trains, between two steps: it should be quick.</summary>
public interface IEventSink
{
    /// <summary>Takes one event.</summary>
    void Handle(TrainingEvent happened);
}
