using System.Runtime.ExceptionServices;

namespace Fovea.Engine;

/// <summary>Runs a piece of work on a thread of its own: the one that makes a <see cref="Runtime"/> and runs its plans.</summary>
public static class EngineThread
{
    /// <summary>Runs <paramref name="work"/> and waits for its result; an exception arrives as it was thrown.</summary>
    public static T Run<T>(Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? error = null;
        Thread thread = new(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            Name = "fovea engine",
            IsBackground = true,
        };
        thread.Start();
        thread.Join();
        error?.Throw();
        return result;
    }
}
