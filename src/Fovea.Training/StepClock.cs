using System.Diagnostics;

namespace Fovea.Training;

/// <summary>Times of a run: nothing here reaches a checkpoint.</summary>
internal sealed class StepClock
{
    private long _epochStart, _windowStart, _lastCheckpoint = Stopwatch.GetTimestamp();
    private double _waitAtWindowStart, _trainingSeconds, _epochWaitSeconds;
    private long _epochImages, _windowImages;

    /// <summary>Seconds since the epoch began.</summary>
    public double EpochSeconds => Stopwatch.GetElapsedTime(_epochStart).TotalSeconds;

    /// <summary>Training images per second of the epoch, evaluation left out; 0 where no step was done.</summary>
    public double EpochImagesPerSecond => _epochImages == 0 ? 0 : _epochImages / _trainingSeconds;

    public void StartEpoch()
    {
        _epochStart = _windowStart = Stopwatch.GetTimestamp();
        (_epochImages, _windowImages, _waitAtWindowStart, _trainingSeconds) = (0, 0, 0, 0);
    }

    /// <summary>The epoch's steps are done; the loader was waited for so long.</summary>
    public void EndTraining(double waitSeconds) => (_trainingSeconds, _epochWaitSeconds) = (EpochSeconds, waitSeconds);

    /// <summary>Share of the epoch's training time that was spent waiting for the loader.</summary>
    public double EpochWaitShare => _trainingSeconds > 0 ? Math.Clamp(_epochWaitSeconds / _trainingSeconds, 0, 1) : 0;

    public void Count(int images)
    {
        _epochImages += images;
        _windowImages += images;
    }

    /// <summary>Images per second and the share of time that was waited, since the last call.</summary>
    public (double ImagesPerSecond, double WaitShare) TakeWindow(double waitSeconds)
    {
        double seconds = Stopwatch.GetElapsedTime(_windowStart).TotalSeconds;
        (double, double) window = (_windowImages / seconds, Math.Clamp((waitSeconds - _waitAtWindowStart) / seconds, 0, 1));
        (_windowStart, _windowImages, _waitAtWindowStart) = (Stopwatch.GetTimestamp(), 0, waitSeconds);
        return window;
    }

    /// <summary>Whether a checkpoint inside the epoch is due after these steps.</summary>
    /// <param name="interval">How often.</param>
    /// <param name="steps">Steps of the epoch so far.</param>
    /// <param name="before">Steps when it was asked last.</param>
    public bool IsCheckpointDue(CheckpointInterval? interval, int steps, int before)
    {
        if (interval is null || (interval.Steps is { } every ? steps / every == before / every : Stopwatch.GetElapsedTime(_lastCheckpoint) < interval.Time))
            return false;
        _lastCheckpoint = Stopwatch.GetTimestamp();
        return true;
    }
}
