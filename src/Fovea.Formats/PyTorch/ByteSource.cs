using System.Buffers.Binary;

namespace Fovea.Formats.PyTorch;

/// <summary>Reads a part of a file from its beginning to its end through a small buffer. Reading past the end is an error.</summary>
internal sealed class ByteSource(FileBytes file, long start, long end, string what)
{
    private const int BufferBytes = 16_384;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _next = start;
    private int _at, _count;

    /// <summary>Place in the file of the byte that is read next.</summary>
    public long Position => _next - (_count - _at);

    /// <summary>Bytes that are left.</summary>
    public long Remaining => end - Position;

    /// <summary>The next byte.</summary>
    public byte ReadByte()
    {
        if (_at == _count)
            Refill(1);
        return _buffer[_at++];
    }

    /// <summary>The next 2 bytes as an unsigned number.</summary>
    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    /// <summary>The next 4 bytes as a signed number.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>The next 4 bytes as an unsigned number.</summary>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>The next 8 bytes as a signed number.</summary>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>The next 8 bytes, most significant first, as a floating-point number.</summary>
    public double ReadDoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>The next <paramref name="count"/> bytes, 0 to 16384, valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (_count - _at < count)
            Refill(count);
        _at += count;
        return _buffer.AsSpan(_at - count, count);
    }

    /// <summary>Fills <paramref name="destination"/>.</summary>
    public void Read(Span<byte> destination)
    {
        Require(destination.Length);
        while (!destination.IsEmpty)
        {
            int part = Math.Min(destination.Length, BufferBytes);
            Take(part).CopyTo(destination);
            destination = destination[part..];
        }
    }

    /// <summary>Leaves out bytes.</summary>
    public void Skip(long count)
    {
        Require(count);
        long target = Position + count;
        if (count <= _count - _at)
            _at += (int)count;
        else
            (_next, _at, _count) = (target, 0, 0);
    }

    /// <summary>Checks that so many bytes are left, before memory is made for them.</summary>
    public void Require(long count)
    {
        if (count < 0 || count > Remaining)
            throw file.Error($"{what} needs {count} bytes at byte {Position} and has {Remaining} left: the file is cut short or damaged");
    }

    private void Refill(int needed)
    {
        Require(needed);
        _buffer.AsSpan(_at, _count - _at).CopyTo(_buffer);
        (_at, _count) = (0, _count - _at);
        int more = (int)Math.Min(BufferBytes - _count, end - _next);
        file.Read(_next, _buffer.AsSpan(_count, more), what);
        _next += more;
        _count += more;
    }
}
