using System.Diagnostics;
using Fovea.Kernels;
using Fovea.Kernels.Measuring;

namespace Fovea.Engine.Measuring;

/// <summary>What this machine can do at most with a number of threads: the two lines of a roofline.</summary>
/// <param name="FlopsPerSecond">Float32 operations per second of fused multiply-adds on registers.</param>
/// <param name="BytesPerSecond">Bytes per second read and written by an addition of two arrays that fit no cache; fetching a line before writing it is not counted.</param>
public sealed record MachineSpeed(double FlopsPerSecond, double BytesPerSecond)
{
    // Short ones, so that a few fall into moments in which nothing else runs.
    private const int ArithmeticRepetitions = 100, MemoryRepetitions = 8, Rounds = 300_000;
    private const long ArrayBytes = 48L << 20;

    /// <summary>Measures both, in well under a second: the best of a few runs, since whatever disturbs can only slow them down.</summary>
    /// <param name="team">The threads.</param>
    public static MachineSpeed Measure(WorkerTeam team) => new(Arithmetic(team), Bandwidth(team));

    private static double Arithmetic(WorkerTeam team)
    {
        PeakKernels.MultiplyAdd(team, Rounds);
        return Enumerable.Range(0, ArithmeticRepetitions).Max(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            long operations = PeakKernels.MultiplyAdd(team, Rounds);
            return operations / Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }

    private static double Bandwidth(WorkerTeam team)
    {
        using NativeBuffer a = new(ArrayBytes), b = new(ArrayBytes), sum = new(ArrayBytes);
        a.Span<float>().Fill(1);
        b.Span<float>().Fill(2);
        Elementwise.Add(team, a.Span<float>(), b.Span<float>(), sum.Span<float>());
        return Enumerable.Range(0, MemoryRepetitions).Max(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            Elementwise.Add(team, a.Span<float>(), b.Span<float>(), sum.Span<float>());
            return 3 * ArrayBytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }
}
