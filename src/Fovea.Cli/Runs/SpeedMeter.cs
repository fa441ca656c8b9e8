using System.Diagnostics;

namespace Fovea.Cli.Runs;

/// <summary>Images per second over the last seconds: steady enough to read, and quick to follow a change.</summary>
internal sealed class SpeedMeter
{
    private const double Window = 2.0;
    private long _start;
    private long _images;
    private double _shown = double.NaN;

    /// <summary>Counts a step's images.</summary>
    /// <returns>Images per second; no number before the first two steps.</returns>
    public double Count(int images)
    {
        if (_start == 0)
        {
            // The first step sets everything up; the clock starts behind it.
            _start = Stopwatch.GetTimestamp();
            return _shown;
        }
        _images += images;
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        if (double.IsNaN(_shown) || seconds >= Window)
            _shown = _images / seconds;
        if (seconds >= Window)
            (_start, _images) = (Stopwatch.GetTimestamp(), 0);
        return _shown;
    }

    /// <summary>Something else is going on: the time until the next step does not count.</summary>
    public void Pause() => (_start, _images) = (0, 0);
}
