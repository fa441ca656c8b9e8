using System.Collections.Concurrent;
using System.Text;
using Fovea.Imaging;

namespace Fovea.Data.Caching;

/// <summary>
/// Pictures of a data set as the leading deterministic transforms leave them: kept in the first epoch, read in later ones, to the same bits. It takes what it
/// can get: where a disk or the memory is full it says so and the loader goes on without. Samples may be asked for by many threads at once, each sample by
/// one at a time.
/// </summary>
public sealed class SampleCache : IDisposable
{
    private readonly ICacheStore _store;
    private readonly CacheIndex _index;
    private readonly int _channels;
    private readonly bool _keepWhatFits;
    private readonly ConcurrentQueue<string> _notes = [];
    private Task _completion = Task.CompletedTask;
    private volatile bool _reading = true, _writing;

    /// <summary>A cache over a store; an index that is complete is only read.</summary>
    internal SampleCache(ICacheStore store, CacheIndex index, int channels, int transforms, long bytes, bool keepWhatFits)
    {
        (_store, _index, _channels, Transforms, Bytes, _keepWhatFits) = (store, index, channels, transforms, bytes, keepWhatFits);
        _writing = !index.IsComplete;
    }

    /// <summary>How many of the pipeline's transforms have been applied to what is kept.</summary>
    public int Transforms { get; }

    /// <summary>Bytes that a new cache's pictures will take, estimated from some headers where sizes vary; 0 for one that was found.</summary>
    public long Bytes { get; }

    /// <summary>Whether every sample is kept, so that nothing is decoded any more.</summary>
    public bool IsComplete => _reading && _index.IsComplete;

    /// <summary>What the user should know, each once: made, reused, given up and why.</summary>
    public IReadOnlyList<string> TakeNotes()
    {
        List<string> notes = [];
        while (_notes.TryDequeue(out string? note))
            notes.Add(note);
        return notes;
    }

    /// <summary>Waits for a file that is being completed, then closes; a file that is not complete is removed.</summary>
    public void Dispose()
    {
        _completion.Wait();
        (_reading, _writing) = (false, false);
        _store.Dispose();
    }

    internal void Note(string text) => _notes.Enqueue(text);

    /// <summary>Reads a kept picture; false where it must be made.</summary>
    /// <exception cref="ImageException">The sample is known to be broken.</exception>
    internal bool TryRead(int sample, Image target)
    {
        CacheEntry entry = _index[sample];
        if (!_reading || entry.State is CacheState.Unknown or CacheState.Unreadable)
            return false;
        try
        {
            if (entry.State == CacheState.Stored)
            {
                target.Reset(entry.Width, entry.Height, _channels);
                _store.Read(entry.At, target.Pixels);
                return true;
            }
            byte[] reason = new byte[entry.Width];
            _store.Read(entry.At, reason);
            throw new ImageException(Encoding.UTF8.GetString(reason));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Stop($"the cache cannot be read any more ({e.Message}); going on without it", reading: false);
            return false;
        }
    }

    internal void Store(int sample, Image image) => Set(sample, CacheState.Stored, image.Pixels, image.Width, image.Height);

    internal void StoreBroken(int sample, string reason)
    {
        byte[] text = Encoding.UTF8.GetBytes(reason);
        Set(sample, CacheState.Broken, text, text.Length, 0);
    }

    internal void StoreUnreadable(int sample) => Set(sample, CacheState.Unreadable, [], 0, 0);

    private void Set(int sample, CacheState state, ReadOnlySpan<byte> bytes, int width, int height)
    {
        if (!_writing || _index[sample].State != CacheState.Unknown)
            return;
        try
        {
            long at = bytes.Length == 0 ? 0 : _store.Write(bytes);
            if (_index.Set(sample, new CacheEntry(state, at, width, height)))
                Complete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Stop(_keepWhatFits
                ? $"the cache takes no more pictures ({e.Message}); the others are decoded each time"
                : $"the cache cannot be written ({e.Message}); going on without it", _keepWhatFits);
        }
    }

    // Flushing gigabytes takes a while; the loader's threads have better things to do.
    private void Complete()
    {
        _writing = false;
        _completion = Task.Run(() =>
        {
            try
            {
                if (_store.Complete(_index) is { } note)
                    Note(note);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException or Kernels.FoveaException)
            {
                Note($"the cache could not be completed ({e.Message}); this run reads it, later ones make it anew");
            }
        });
    }

    private void Stop(string note, bool reading)
    {
        // Several threads may fail together; one tells.
        lock (_notes)
        {
            if (!(reading ? _writing : _reading))
                return;
            (_writing, _reading) = (false, reading);
        }
        Note(note);
        // Room on a full disk is given back at once; another thread that is still at the store finds it closed and comes here, to no effect.
        if (!reading)
            _store.Dispose();
    }
}
