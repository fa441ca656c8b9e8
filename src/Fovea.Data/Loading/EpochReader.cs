using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Fovea.Kernels;

namespace Fovea.Data.Loading;

/// <summary>
/// One pass over a data set, batch by batch. Worker threads fill a ring of batches in the epoch's order; <see cref="Next"/> hands them out in that
/// order.
/// For one reading thread; disposing stops the workers.
/// </summary>
public sealed class EpochReader : IDisposable
{
    private readonly Loader _loader;
    private readonly LoaderBatch[] _ring;
    private readonly int[] _order;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private readonly int _batches, _batchSize, _chunk;

    // Guarded by _gate. Batches _released and later may be filled as long as the ring has room; batches before _next were handed out.
    private int _claimBatch, _claimSlot, _released;
    private bool _stop;
    private ExceptionDispatchInfo? _failure;

    // The reading thread's own.
    private int _next;
    private bool _disposed;
    private readonly List<BrokenSample> _examples = [];

    internal EpochReader(
        Loader loader, int epoch, int firstBatch, int[] order, LoaderBatch[] ring, LoaderWorker[] workers, CancellationToken cancellation)
    {
        (_loader, _order, _ring, _cancellation, Epoch) = (loader, order, ring, cancellation, epoch);
        (_batches, _batchSize) = (loader.BatchesPerEpoch, loader.Options.BatchSize);
        _claimBatch = _released = _next = firstBatch;
        // Small enough that all workers share the oldest batch, large enough that cheap samples do not spend their time at the gate.
        _chunk = Math.Clamp(Math.Min(_batchSize, order.Length) / (loader.Options.Workers * 4), 1, 32);
        _registration = cancellation.Register(static state => ((EpochReader)state!).Stop(), this);
        _threads = new Thread[workers.Length];
        for (int i = 0; i < _threads.Length; i++)
        {
            workers[i].Epoch = epoch;
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"loader {i}" };
            _threads[i].Start(workers[i]);
        }
    }

    /// <summary>The epoch that is read, from 0.</summary>
    public int Epoch { get; }

    /// <summary>Broken samples in the batches handed out so far.</summary>
    public int BrokenCount { get; private set; }

    /// <summary>Seconds that <see cref="Next"/> has waited for batches that were not ready: time that training lost to loading.</summary>
    public double WaitSeconds { get; private set; }

    /// <summary>
    /// The next batch, or null after the last. The batch before it is taken back for filling. Blocks until the batch is ready.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token given to <see cref="Loader.Epoch(int, CancellationToken)"/> was cancelled.</exception>
    /// <exception cref="FoveaException">More samples are broken than the options allow, or a transform cannot be applied to a picture.</exception>
    public LoaderBatch? Next()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        LoaderBatch batch;
        lock (_gate)
        {
            if (_released < _next)
            {
                _released = _next;
                Monitor.PulseAll(_gate);
            }
            _cancellation.ThrowIfCancellationRequested();
            if (_next == _batches)
                return null;
            batch = _ring[_next % _ring.Length];
            WaitFor(batch);
        }
        _next++;
        CountBroken(batch);
        return batch;
    }

    /// <summary>Stops the workers and waits until each has finished the sample that it is at. The batches handed out are no longer valid.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _registration.Dispose();
        Stop();
        foreach (Thread thread in _threads)
            thread.Join();
        _loader.Closed();
    }

    private void WaitFor(LoaderBatch batch)
    {
        long start = Stopwatch.GetTimestamp();
        // A batch that nobody has claimed yet may still hold an older pass's content.
        bool Ready() => (_claimBatch > _next || _claimBatch == _next && _claimSlot > 0) && batch.Unfinished == 0;
        while (!Ready() && _failure is null && !_cancellation.IsCancellationRequested)
            Monitor.Wait(_gate);
        WaitSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        _cancellation.ThrowIfCancellationRequested();
        _failure?.Throw();
    }

    private void CountBroken(LoaderBatch batch)
    {
        if (batch.Met.Count == 0)
            return;
        batch.Met.Sort(static (a, b) => a.Slot.CompareTo(b.Slot));
        foreach ((_, BrokenSample sample) in batch.Met)
        {
            if (_loader.ReportOnce(sample.Index))
                batch.Report(sample);
            if (_examples.Count < 5)
                _examples.Add(sample);
        }
        BrokenCount += batch.Met.Count;
        LoaderOptions options = _loader.Options;
        if (options.AllowBroken || BrokenCount <= options.BrokenLimit * _order.Length)
            return;
        throw new FoveaException($"Loading {_loader.Dataset.Name}: {BrokenCount} of {_order.Length} samples are broken so far, more than the "
            + $"{options.BrokenLimit:0.###%} that is tolerated. "
            + $"{string.Join(" ", _examples.Select(e => $"{e.Source}: {e.Reason}"))} "
            + "Mend or remove the files ('data inspect' lists them all), or train without them: --allow-broken.");
    }

    private void Stop()
    {
        lock (_gate)
        {
            _stop = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Work(object? state)
    {
        var worker = (LoaderWorker)state!;
        LoaderWorker.LowerPriority();
        try
        {
            while (Claim(out LoaderBatch? batch, out int firstSlot, out int count))
            {
                for (int slot = firstSlot; slot < firstSlot + count && !Volatile.Read(ref _stop); slot++)
                {
                    int sample = _order[batch.Index * _batchSize + slot];
                    if (worker.Fill(batch, slot, sample) is { } broken)
                    {
                        lock (_gate)
                            batch.Met.Add((slot, broken));
                    }
                }
                Finish(batch);
            }
        }
        catch (Exception e)
        {
            // Whatever it is, it belongs to the thread that reads, not to a thread whose end would end the process.
            lock (_gate)
            {
                _failure ??= ExceptionDispatchInfo.Capture(e);
                _stop = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>
    /// Takes the next chunk of the oldest batch that is not yet given out; waits while the ring is full. False when there is nothing more to do.
    /// </summary>
    private bool Claim([NotNullWhen(true)] out LoaderBatch? batch, out int slot, out int count)
    {
        lock (_gate)
        {
            while (!_stop && _claimBatch < _batches && _claimBatch >= _released + _ring.Length)
                Monitor.Wait(_gate);
            if (_stop || _claimBatch >= _batches)
            {
                (batch, slot, count) = (null, 0, 0);
                return false;
            }
            batch = _ring[_claimBatch % _ring.Length];
            if (_claimSlot == 0)
                Prepare(_claimBatch);
            slot = _claimSlot;
            count = Math.Min(_chunk, batch.Count - slot);
            _claimSlot += count;
            if (_claimSlot == batch.Count)
                (_claimBatch, _claimSlot) = (_claimBatch + 1, 0);
            return true;
        }
    }

    private void Prepare(int index)
    {
        int count = (int)Math.Min(_batchSize, _order.Length - (long)index * _batchSize);
        _ring[index % _ring.Length].Begin(index, count, (count + _chunk - 1) / _chunk);
    }

    private void Finish(LoaderBatch batch)
    {
        lock (_gate)
        {
            if (--batch.Unfinished > 0)
                return;
            batch.BrokenCount = batch.Met.Count;
            Monitor.PulseAll(_gate);
        }
    }
}
