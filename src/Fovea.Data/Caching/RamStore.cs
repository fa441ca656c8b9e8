using Fovea.Kernels;
using Fovea.Kernels.Memory;

namespace Fovea.Data.Caching;

/// <summary>A cache's bytes in memory, in pieces, since how many there will be is not always known.</summary>
internal sealed class RamStore : ICacheStore
{
    private const int Piece = 64 << 20, PieceBits = 32;
    private readonly Lock _gate = new();
    private NativeBuffer[] _pieces = [];
    private long _used = Piece;

    public long Write(ReadOnlySpan<byte> bytes)
    {
        NativeBuffer piece;
        long place, offset;
        lock (_gate)
        {
            if (_pieces.Length == 0 || _used + bytes.Length > _pieces[^1].Bytes)
            {
                if (FreeMemory.Bytes() < 2L * Piece)
                    throw new IOException($"less than {2 * (Piece >> 20)} MiB of memory are free");
                try
                {
                    _pieces = [.. _pieces, new NativeBuffer(Math.Max(Piece, bytes.Length))];
                }
                catch (FoveaException e)
                {
                    throw new IOException(e.Message, e);
                }
                _used = 0;
            }
            (piece, offset, place) = (_pieces[^1], _used, (long)(_pieces.Length - 1) << PieceBits | _used);
            _used += bytes.Length;
        }
        bytes.CopyTo(piece.Span<byte>(offset, bytes.Length));
        return place;
    }

    public void Read(long at, Span<byte> bytes) =>
        Volatile.Read(ref _pieces)[at >> PieceBits].Span<byte>(at & uint.MaxValue, bytes.Length).CopyTo(bytes);

    public string? Complete(CacheIndex index) => null;

    public void Dispose()
    {
        foreach (NativeBuffer piece in _pieces)
            piece.Dispose();
    }
}
