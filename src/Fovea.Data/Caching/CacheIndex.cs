using System.Buffers.Binary;

namespace Fovea.Data.Caching;

/// <summary>What a cache knows of a sample.</summary>
internal enum CacheState
{
    /// <summary>Nothing yet.</summary>
    Unknown,

    /// <summary>Its picture is there.</summary>
    Stored,

    /// <summary>Its picture cannot be decoded; why is there.</summary>
    Broken,

    /// <summary>Its file could not be read, which may have been so for a moment only: it is tried again each time.</summary>
    Unreadable,
}

/// <summary>The place of a sample's bytes in a store: a picture of that size, or a text of Width bytes.</summary>
internal readonly record struct CacheEntry(CacheState State, long At, int Width, int Height);

/// <summary>The entries of a cache, by sample. Each sample is written once, by one thread; many read.</summary>
internal sealed class CacheIndex(int count)
{
    /// <summary>Bytes of an entry in a file: state and place in eight, width and height in four each.</summary>
    private const int EntryBytes = 16, StateShift = 60;

    private readonly long[] _places = new long[count];
    private readonly int[] _widths = new int[count], _heights = new int[count];
    private int _known;

    public int Count => count;

    /// <summary>Whether something is known of every sample.</summary>
    public bool IsComplete => Volatile.Read(ref _known) == count;

    /// <summary>What is known of a sample.</summary>
    public CacheEntry this[int sample]
    {
        get
        {
            // The place is written last, so that who sees it sees the size too.
            long place = Volatile.Read(ref _places[sample]);
            return new CacheEntry((CacheState)(place >> StateShift), place & ((1L << StateShift) - 1), _widths[sample], _heights[sample]);
        }
    }

    /// <summary>Notes a sample of which nothing was known; true for the last one.</summary>
    public bool Set(int sample, in CacheEntry entry)
    {
        (_widths[sample], _heights[sample]) = (entry.Width, entry.Height);
        Volatile.Write(ref _places[sample], (long)entry.State << StateShift | entry.At);
        return Interlocked.Increment(ref _known) == count;
    }

    /// <summary>The index as bytes of a file.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[(long)EntryBytes * count];
        for (int i = 0; i < count; i++)
        {
            Span<byte> entry = bytes.AsSpan(i * EntryBytes, EntryBytes);
            BinaryPrimitives.WriteInt64LittleEndian(entry, _places[i]);
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], _widths[i]);
            BinaryPrimitives.WriteInt32LittleEndian(entry[12..], _heights[i]);
        }
        return bytes;
    }

    /// <summary>Bytes that an index of so many samples has.</summary>
    public static long BytesOf(int count) => (long)EntryBytes * count;

    /// <summary>Reads an index; null where an entry points outside the <paramref name="end"/> bytes before it, or is none.</summary>
    public static CacheIndex? Parse(ReadOnlySpan<byte> bytes, int channels, long end)
    {
        var index = new CacheIndex(bytes.Length / EntryBytes);
        for (int i = 0; i < index.Count; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(i * EntryBytes, EntryBytes);
            long place = BinaryPrimitives.ReadInt64LittleEndian(entry);
            int width = BinaryPrimitives.ReadInt32LittleEndian(entry[8..]), height = BinaryPrimitives.ReadInt32LittleEndian(entry[12..]);
            var read = new CacheEntry((CacheState)(place >> StateShift), place & ((1L << StateShift) - 1), width, height);
            long length = read.State switch
            {
                CacheState.Stored when width > 0 && height > 0 => (long)width * height * channels,
                CacheState.Broken when width >= 0 => width,
                CacheState.Unreadable => 0,
                _ => -1,
            };
            if (length < 0 || length > Array.MaxLength || read.At > end - length)
                return null;
            index.Set(i, read);
        }
        return index;
    }
}
