using System.Buffers.Binary;
using System.Text;

namespace Fovea.Formats.TensorBoard;

/// <summary>
/// Writes the records of an event file (<c>events.out.tfevents.*</c>): TensorFlow's <c>Event</c> message with a <c>Summary</c> of simple values, each
/// in its frame.
/// Of those messages five fields are ours; a library for protocol buffers would be a hundred times as large as they are.
/// </summary>
public static class EventFileWriter
{
    // Field numbers and wire types of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto: (field << 3) | type.
    private const byte Fixed64 = 1, Bytes = 2, Fixed32 = 5;
    private const byte EventWallTime = (1 << 3) | Fixed64, EventStep = 2 << 3, EventFileVersion = (3 << 3) | Bytes, EventSummary = (5 << 3) | Bytes;
    private const byte SummaryValue = (1 << 3) | Bytes, ValueTag = (1 << 3) | Bytes, ValueSimple = (2 << 3) | Fixed32;

    /// <summary>Writes one record with one call, so that a reader beside meets whole ones.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(Stream stream, EventRecord record)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(Frame(record));
    }

    /// <summary>The bytes of a record, frame included.</summary>
    public static byte[] Frame(EventRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        MemoryStream message = new();
        message.WriteByte(EventWallTime);
        Span<byte> number = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(number, record.WallTime);
        message.Write(number);
        if (record.Step != 0)
        {
            message.WriteByte(EventStep);
            Varint(message, (ulong)record.Step);
        }
        if (record.FileVersion is { } version)
            Nested(message, EventFileVersion, Encoding.UTF8.GetBytes(version));
        if (record.Values.Count > 0)
            Nested(message, EventSummary, Summary(record.Values));
        return RecordFrame.Wrap(message.ToArray());
    }

    private static byte[] Summary(IReadOnlyList<ScalarValue> values)
    {
        MemoryStream summary = new();
        Span<byte> number = stackalloc byte[sizeof(float)];
        foreach (ScalarValue scalar in values)
        {
            MemoryStream value = new();
            Nested(value, ValueTag, Encoding.UTF8.GetBytes(scalar.Tag));
            value.WriteByte(ValueSimple);
            BinaryPrimitives.WriteSingleLittleEndian(number, scalar.Value);
            value.Write(number);
            Nested(summary, SummaryValue, value.ToArray());
        }
        return summary.ToArray();
    }

    private static void Nested(MemoryStream stream, byte key, ReadOnlySpan<byte> bytes)
    {
        stream.WriteByte(key);
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Varint(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
