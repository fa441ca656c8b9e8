using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Fovea.Training;

/// <summary>One thread that does what others ask for, in order: the home of a runtime that many threads use.</summary>
internal sealed class EngineQueue : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public EngineQueue()
    {
        _thread = new Thread(() =>
        {
            foreach (Action work in _work.GetConsumingEnumerable())
                work();
        })
        {
            IsBackground = true,
            Name = "fovea inference",
        };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="work"/> on the thread and waits for its result; an exception arrives as it was thrown.</summary>
    public T Run<T>(Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? error = null;
        using ManualResetEventSlim done = new();
        _work.Add(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        error?.Throw();
        return result;
    }

    /// <summary>Ends the thread after the work that it has.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }
}
