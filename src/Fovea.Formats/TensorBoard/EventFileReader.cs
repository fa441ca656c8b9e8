using System.Buffers.Binary;
using System.Text;

namespace Fovea.Formats.TensorBoard;

/// <summary>Reads event files as far as they are sound: what follows a torn or damaged record is not looked at, as in TensorBoard.</summary>
public static class EventFileReader
{
    /// <summary>The records of a file in their order, each with where it ends.</summary>
    /// <param name="file">The file's bytes.</param>
    public static IReadOnlyList<(EventRecord Record, int End)> Read(ReadOnlySpan<byte> file)
    {
        List<(EventRecord, int)> records = [];
        int at = 0;
        while (RecordFrame.TryUnwrap(file[at..], out ReadOnlySpan<byte> data) && Event(data) is { } record)
        {
            at += data.Length + RecordFrame.Overhead;
            records.Add((record, at));
        }
        return records;
    }

    private static EventRecord? Event(ReadOnlySpan<byte> message)
    {
        double time = 0;
        ulong step = 0;
        string? version = null;
        List<ScalarValue> values = [];
        while (message.Length > 0)
        {
            if (!Field(ref message, out int field, out ReadOnlySpan<byte> bytes, out ulong number))
                return null;
            switch (field)
            {
                case 1:
                    time = BitConverter.UInt64BitsToDouble(number);
                    break;
                case 2:
                    step = number;
                    break;
                case 3:
                    version = Encoding.UTF8.GetString(bytes);
                    break;
                case 5 when !Summary(bytes, values):
                    return null;
            }
        }
        return new EventRecord(time, (long)step, values) { FileVersion = version };
    }

    private static bool Summary(ReadOnlySpan<byte> message, List<ScalarValue> values)
    {
        while (message.Length > 0)
        {
            if (!Field(ref message, out int field, out ReadOnlySpan<byte> value, out _))
                return false;
            string tag = "";
            float? scalar = null;
            while (field == 1 && value.Length > 0)
            {
                if (!Field(ref value, out int part, out ReadOnlySpan<byte> bytes, out ulong number))
                    return false;
                (tag, scalar) = (part == 1 ? Encoding.UTF8.GetString(bytes) : tag, part == 2 ? BitConverter.UInt32BitsToSingle((uint)number) : scalar);
            }
            if (scalar is { } found)
                values.Add(new ScalarValue(tag, found));
        }
        return true;
    }

    /// <summary>Takes one field off a message: its bytes, or its number, by its wire type.</summary>
    private static bool Field(ref ReadOnlySpan<byte> message, out int field, out ReadOnlySpan<byte> bytes, out ulong number)
    {
        (field, number) = (0, 0);
        bytes = default;
        if (!Varint(ref message, out ulong key))
            return false;
        field = (int)(key >> 3);
        switch (key & 7)
        {
            case 0:
                return Varint(ref message, out number);
            case 1 when message.Length >= sizeof(ulong):
                number = BinaryPrimitives.ReadUInt64LittleEndian(message);
                message = message[sizeof(ulong)..];
                return true;
            case 2 when Varint(ref message, out ulong length) && length <= (ulong)message.Length:
                bytes = message[..(int)length];
                message = message[(int)length..];
                return true;
            case 5 when message.Length >= sizeof(uint):
                number = BinaryPrimitives.ReadUInt32LittleEndian(message);
                message = message[sizeof(uint)..];
                return true;
            default:
                return false;
        }
    }

    private static bool Varint(ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;
        for (int i = 0; i < message.Length && i < 10; i++)
        {
            value |= (ulong)(message[i] & 0x7f) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return true;
            }
        }
        return false;
    }
}
