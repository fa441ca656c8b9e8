namespace Fovea.Kernels.Threading;

/// <summary>How a team's loops reach its threads.</summary>
internal abstract class LoopThreads : IDisposable
{
    /// <summary>
    /// Has the caller (as worker 0) and others (each with a number below the team's threads) call the function that the threads were made with, at the same time, and
    /// returns when all have come back from it. Others may stay out, so the function must do everything even when the caller alone calls it. It never throws.
    /// </summary>
    public abstract void Run();

    /// <summary>Ends what was made; does nothing the second time. Not while a loop runs.</summary>
    public abstract void Dispose();
}
