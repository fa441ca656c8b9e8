using System.Buffers.Binary;
using System.Text;

namespace Fovea.Formats.PyTorch;

/// <summary>Where a stored entry's bytes lie in the file.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Obstacle">Why its bytes cannot be read as they lie there: "compressed", "encrypted"; null where they can.</param>
internal readonly record struct ZipRecord(long Offset, long Length, string? Obstacle = null);

/// <summary>
/// The directory of a zip archive as torch.save writes it: only stored entries can be read, also of more than 4 GB. Nothing is unpacked, so a name is no more
/// than a key.
/// Source: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndBytes = 22, LocatorBytes = 20, End64Bytes = 56, EntryBytes = 46, LocalBytes = 30, MaxComment = 65_535;
    private const uint EndSignature = 0x06054b50, LocatorSignature = 0x07064b50;
    private const uint End64Signature = 0x06064b50, EntrySignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const ushort Zip64Field = 1;
    private readonly FileBytes _file;
    private readonly MemoryBudget _budget;
    private readonly Dictionary<string, ZipRecord> _records = new(StringComparer.Ordinal);

    private ZipDirectory(FileBytes file, MemoryBudget budget) => (_file, _budget) = (file, budget);

    /// <summary>The entries by name; offsets are those of the local headers until <see cref="Locate"/> is asked.</summary>
    public IReadOnlyDictionary<string, ZipRecord> Records => _records;

    /// <summary>Reads the directory.</summary>
    /// <exception cref="WeightFileException">It is missing or damaged, or an entry comes twice or lies outside the file.</exception>
    public static ZipDirectory Read(FileBytes file, MemoryBudget budget)
    {
        ZipDirectory directory = new(file, budget);
        (long start, long length, long count) = directory.FindEnd();
        if (start < 0 || length < 0 || start > file.Length - length || count < 0 || count > length / EntryBytes)
            throw file.Error($"the zip directory is said to have {count} entries in {length} bytes at byte {start}, the file has "
                + $"{file.Length}: it is damaged");
        ByteSource source = new(file, start, start + length, "the zip directory");
        for (long i = 0; i < count; i++)
            directory.ReadEntry(source, start);
        return directory;
    }

    /// <summary>The bytes of an entry.</summary>
    /// <exception cref="WeightFileException">There is none of this name, it is compressed, or it lies outside the file.</exception>
    public ZipRecord Locate(string name)
    {
        if (!_records.TryGetValue(name, out ZipRecord record))
            throw _file.Error($"the archive lacks the entry '{FileBytes.Shown(name)}': the file is damaged or no file of torch.save");
        if (record.Obstacle is not null)
        {
            throw _file.Error($"the entry '{FileBytes.Shown(name)}' is {record.Obstacle}, "
                + "and torch.save stores its entries as they are: this is no file of torch.save, or one that was packed again");
        }
        Span<byte> local = stackalloc byte[LocalBytes];
        if (record.Offset > _file.Length - LocalBytes)
            throw Outside(name);
        _file.Read(record.Offset, local, "the archive");
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != LocalSignature)
            throw _file.Error($"the entry '{FileBytes.Shown(name)}' does not begin where the archive's directory says: the file is damaged");
        long data = record.Offset + LocalBytes + BinaryPrimitives.ReadUInt16LittleEndian(local[26..])
            + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        return data > _file.Length - record.Length ? throw Outside(name) : new ZipRecord(data, record.Length);
    }

    private (long Start, long Length, long Count) FindEnd()
    {
        int tail = (int)Math.Min(_file.Length, EndBytes + MaxComment);
        byte[] bytes = new byte[tail];
        _file.Read(_file.Length - tail, bytes, "the archive");
        for (int at = tail - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = bytes.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature
                || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndBytes)
                continue;
            ushort count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            return count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue
                ? FindEnd64(_file.Length - tail + at)
                : (start, length, count);
        }
        throw _file.Error("it begins as a zip archive and has no directory at its end: it is cut short; copy or download it again");
    }

    private (long Start, long Length, long Count) FindEnd64(long end)
    {
        Span<byte> bytes = stackalloc byte[End64Bytes];
        if (end >= LocatorBytes)
        {
            _file.Read(end - LocatorBytes, bytes[..LocatorBytes], "the archive");
            long at = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == LocatorSignature && at >= 0 && at <= end - LocatorBytes - End64Bytes)
            {
                _file.Read(at, bytes, "the archive");
                if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == End64Signature)
                {
                    return (BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
                        BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]));
                }
            }
        }
        throw _file.Error("the zip directory's 64-bit part is missing or damaged");
    }

    private void ReadEntry(ByteSource source, long directory)
    {
        ReadOnlySpan<byte> entry = source.Take(EntryBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(entry) != EntrySignature)
            throw _file.Error($"the zip directory is damaged at byte {source.Position - EntryBytes}");
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]), method = BinaryPrimitives.ReadUInt16LittleEndian(entry[10..]);
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]), length = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]), extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(entry[30..]);
        int commentBytes = BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
        _budget.Take((4 * MemoryBudget.Small) + (2L * nameBytes) + extraBytes);
        byte[] text = new byte[nameBytes];
        source.Read(text);
        string name = Encoding.UTF8.GetString(text);
        byte[] extra = new byte[extraBytes];
        source.Read(extra);
        source.Skip(commentBytes);
        Widen(extra, ref length, ref packed, ref offset);
        string? obstacle = (flags & 1) != 0 ? "encrypted" : method != 0 || packed != length ? "compressed" : null;
        if (offset < 0 || packed < 0 || offset > directory || packed > directory - offset || (obstacle is null && length != packed))
            throw Outside(name);
        if (!_records.TryAdd(name, new ZipRecord(offset, length, obstacle)))
            throw _file.Error($"the archive has the entry '{FileBytes.Shown(name)}' twice: the file is damaged");
    }

    /// <summary>Takes the 64-bit values of the extra field for those that the entry leaves to it.</summary>
    private static void Widen(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            extra = extra[4..];
            if (size > extra.Length)
                return;
            if (id == Zip64Field)
            {
                ReadOnlySpan<byte> wide = extra[..size];
                Take(ref wide, ref length);
                Take(ref wide, ref packed);
                Take(ref wide, ref offset);
                return;
            }
            extra = extra[size..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> wide, ref long value)
    {
        if (value != uint.MaxValue || wide.Length < 8)
            return;
        value = BinaryPrimitives.ReadInt64LittleEndian(wide);
        wide = wide[8..];
    }

    private WeightFileException Outside(string name) => _file.Error($"the entry '{FileBytes.Shown(name)}' lies outside the archive: the "
        + "file is cut short or damaged");
}
