using System.Buffers.Binary;
using System.Numerics;

namespace Fovea.Formats.TensorBoard;

/// <summary>
/// The frame around each record of a TFRecord file: length (64 bits), masked CRC of the length, the bytes, masked CRC of the bytes; little-endian.
/// Source: TensorFlow's <c>core/lib/io/record_writer.h</c>.
/// </summary>
internal static class RecordFrame
{
    /// <summary>Bytes of a frame beside those that it holds.</summary>
    public const int Overhead = HeaderBytes + sizeof(uint);

    private const int HeaderBytes = sizeof(ulong) + sizeof(uint);
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>The frame with <paramref name="data"/> in it.</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> data)
    {
        byte[] frame = new byte[data.Length + Overhead];
        BinaryPrimitives.WriteUInt64LittleEndian(frame, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(sizeof(ulong)), MaskedCrc(frame.AsSpan(0, sizeof(ulong))));
        data.CopyTo(frame.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(HeaderBytes + data.Length), MaskedCrc(data));
        return frame;
    }

    /// <summary>Looks for a sound frame at the beginning of <paramref name="file"/>.</summary>
    /// <param name="file">The rest of a file.</param>
    /// <param name="data">What the frame holds.</param>
    /// <returns>False where the frame is torn, damaged, or not there.</returns>
    public static bool TryUnwrap(ReadOnlySpan<byte> file, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (file.Length < Overhead)
            return false;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        bool sound = BinaryPrimitives.ReadUInt32LittleEndian(file[sizeof(ulong)..]) == MaskedCrc(file[..sizeof(ulong)]);
        if (!sound || length > (ulong)(file.Length - Overhead))
            return false;
        data = file.Slice(HeaderBytes, (int)length);
        return BinaryPrimitives.ReadUInt32LittleEndian(file[(HeaderBytes + (int)length)..]) == MaskedCrc(data);
    }

    // A CRC of bytes that hold CRCs is weak, so the format rotates and shifts each.
    private static uint MaskedCrc(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc32C(data), 15) + MaskDelta;

    /// <summary>CRC-32C (Castagnoli) with both inversions: "123456789" gives e3069283.</summary>
    internal static uint Crc32C(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte value in data)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
