using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Fovea.Formats.Safetensors;

/// <summary>
/// Writes a safetensors file front to back: the header at construction, then every tensor's data in the order of the entries,
/// in as many pieces as the caller likes, so that nothing is held twice. The bytes depend on the arguments alone. Source: the format description of huggingface/safetensors.
/// </summary>
/// <remarks>
/// Data lies without gaps in the given order; elements stay aligned when entries with wider types come first.
/// Errors of the stream (a full disk) pass through as <see cref="IOException"/>. The writer neither flushes nor closes the stream.
/// </remarks>
public sealed class SafetensorsWriter
{
    private readonly Stream _stream;
    private readonly IReadOnlyList<TensorEntry> _tensors;
    private int _current;
    private long _written;

    /// <summary>Writes the header: <c>__metadata__</c> first where there is any, then the tensors, padded with spaces to a multiple of 8 bytes.</summary>
    /// <param name="stream">Where the file begins, at the stream's position.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>, written in the given order.</param>
    /// <param name="tensors">The tensors in the order in which their data will be written.</param>
    /// <exception cref="WeightFileException">A key that comes twice, or a header beyond <see cref="SafetensorsFile.MaxHeaderBytes"/>.</exception>
    public SafetensorsWriter(Stream stream, IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<TensorEntry> tensors)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        LittleEndian.Require();
        _stream = stream;
        _tensors = tensors;
        stream.Write(Header(metadata, tensors));
        SkipComplete();
    }

    /// <summary>Writes a whole file of float32 tensors. Each tensor's values are asked for only when their turn comes.</summary>
    /// <param name="stream">Where the file begins, at the stream's position.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>, written in the given order.</param>
    /// <param name="tensors">The tensors, all <see cref="TensorType.Float32"/>, in the file's order.</param>
    /// <param name="values">Returns a tensor's values in row-major order; the span is used before the next call and not after.</param>
    /// <exception cref="WeightFileException">A key that comes twice, or values whose number does not fit the shape.</exception>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<TensorEntry> tensors, TensorValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var writer = new SafetensorsWriter(stream, metadata, tensors);
        foreach (TensorEntry tensor in tensors)
        {
            ReadOnlySpan<float> data = values(tensor);
            if (data.Length != tensor.ElementCount)
                throw new WeightFileException($"tensor '{tensor.Name}' of shape {tensor.ShapeText} needs {tensor.ElementCount} values, got {data.Length}");
            if (!data.IsEmpty)
                writer.WriteFloat32(data);
        }
        writer.Complete();
    }

    /// <summary>Appends values to the current tensor, which must be F32.</summary>
    /// <exception cref="WeightFileException">The current tensor is of another type or takes fewer values.</exception>
    public void WriteFloat32(ReadOnlySpan<float> values)
    {
        if (_current < _tensors.Count && _tensors[_current] is { Type: not TensorType.Float32 } tensor)
            throw new WeightFileException($"tensor '{tensor.Name}' is {tensor.Type.FileName()}, float32 values were given");
        Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Appends little-endian bytes to the current tensor; when it is full, the next one becomes current.</summary>
    /// <exception cref="WeightFileException">The current tensor takes fewer bytes, or all tensors are written.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (_current == _tensors.Count)
            throw new WeightFileException($"{bytes.Length} more bytes were given after the last of {_tensors.Count} tensors");
        TensorEntry tensor = _tensors[_current];
        if (bytes.Length > tensor.ByteCount - _written)
        {
            throw new WeightFileException(
                $"tensor '{tensor.Name}' of shape {tensor.ShapeText} takes {tensor.ByteCount - _written} more bytes, {bytes.Length} were given");
        }
        _stream.Write(bytes);
        _written += bytes.Length;
        SkipComplete();
    }

    /// <summary>Checks that every tensor was written in full. A file without this call's success is not to be kept.</summary>
    /// <exception cref="WeightFileException">A tensor lacks data.</exception>
    public void Complete()
    {
        if (_current < _tensors.Count)
            throw new WeightFileException($"tensor '{_tensors[_current].Name}' has {_written} of its {_tensors[_current].ByteCount} bytes");
    }

    private void SkipComplete()
    {
        while (_current < _tensors.Count && _written == _tensors[_current].ByteCount)
        {
            _current++;
            _written = 0;
        }
    }

    private static ReadOnlySpan<byte> Header(IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<TensorEntry> tensors)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("\0\0\0\0\0\0\0\0"u8);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            WriteEntries(json, tensors);
            json.WriteEndObject();
        }
        while (buffer.WrittenCount % 8 != 0)
            buffer.Write(" "u8);
        int length = buffer.WrittenCount - 8;
        if (length > SafetensorsFile.MaxHeaderBytes)
            throw new WeightFileException($"the header takes {length} bytes, at most {SafetensorsFile.MaxHeaderBytes} are allowed; shorten the metadata");
        byte[] header = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string key, string value) in metadata)
        {
            if (keys.Count == 0)
                json.WriteStartObject(TensorEntry.MetadataKey);
            if (!keys.Add(key))
                throw new WeightFileException($"the metadata key '{key}' is given twice");
            json.WriteString(key, value);
        }
        if (keys.Count > 0)
            json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, IReadOnlyList<TensorEntry> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        long offset = 0;
        foreach (TensorEntry tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new WeightFileException($"the tensor '{tensor.Name}' is given twice");
            if (tensor.ByteCount > long.MaxValue - offset)
                throw new WeightFileException($"the tensors up to '{tensor.Name}' have more than 2^63 bytes");
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype"u8, tensor.Type.FileName());
            json.WriteStartArray("shape"u8);
            foreach (long dimension in tensor.Shape)
                json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets"u8);
            json.WriteNumberValue(offset);
            offset += tensor.ByteCount;
            json.WriteNumberValue(offset);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}

/// <summary>Returns a tensor's values in row-major order, valid until the next call.</summary>
public delegate ReadOnlySpan<float> TensorValues(TensorEntry tensor);
