using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fovea.Formats.Safetensors;

/// <summary>
/// A safetensors file opened for reading. The header is read and checked at once, tensor data only when asked for, straight into the caller's memory.
/// Reading is safe from several threads. Source: the format description of huggingface/safetensors.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>Largest header that is accepted, in bytes; the format's own limit.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    private const int PrefixBytes = 8;
    private readonly SafeFileHandle _handle;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorEntry> _byName = new(StringComparer.Ordinal);

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        long fileBytes = RandomAccess.GetLength(handle);
        byte[] header = ReadHeader(fileBytes);
        _dataStart = PrefixBytes + header.Length;
        (List<TensorEntry> tensors, Dictionary<string, string> metadata) = HeaderReader.Parse(path, header, fileBytes);
        CheckRanges(tensors, fileBytes - _dataStart);
        Tensors = tensors;
        Metadata = metadata;
        foreach (TensorEntry tensor in tensors)
            _byName.Add(tensor.Name, tensor);
    }

    /// <summary>The file's path as it was given.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order of the header.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>The strings under <c>__metadata__</c>; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header against its size.</summary>
    /// <exception cref="WeightFileException">There is no such file, it cannot be read, or it is no sound safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LittleEndian.Require();
        if (Directory.Exists(path))
            throw new WeightFileException($"{path}: this is a folder, expected a safetensors file");
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return new SafetensorsFile(path, handle);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (e is FileNotFoundException or DirectoryNotFoundException)
                throw new WeightFileException($"{path}: there is no such file", e);
            if (e is IOException or UnauthorizedAccessException or NotSupportedException)
                throw new WeightFileException($"{path}: the file cannot be read: {e.Message}", e);
            throw;
        }
    }

    /// <summary>The tensor of that name, or null.</summary>
    public TensorEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads a whole tensor's bytes as they lie in the file (little-endian).</summary>
    /// <param name="name">The tensor's key.</param>
    /// <param name="destination">Exactly <see cref="TensorEntry.ByteCount"/> bytes.</param>
    /// <exception cref="WeightFileException">No such tensor, a destination of another size, or a read error.</exception>
    public void Read(string name, Span<byte> destination)
    {
        TensorEntry tensor = Get(name);
        if (destination.Length != tensor.ByteCount)
            throw Error($"tensor '{name}' has {tensor.ByteCount} bytes, the destination {destination.Length}");
        ReadAt(_dataStart + tensor.Offset, destination, name);
    }

    /// <summary>Reads a whole tensor as float32; F16, BF16 and F64 are converted.</summary>
    /// <param name="name">The tensor's key.</param>
    /// <param name="destination">Exactly <see cref="TensorEntry.ElementCount"/> floats.</param>
    /// <exception cref="WeightFileException">No such tensor, integers, a destination of another size, or a read error.</exception>
    public void ReadFloat32(string name, Span<float> destination)
    {
        TensorEntry tensor = Get(name);
        if (destination.Length != tensor.ElementCount)
        {
            throw Error(
                $"tensor '{name}' of shape {tensor.ShapeText} has {tensor.ElementCount} elements, the destination {destination.Length}");
        }
        ReadFloat32(name, 0, destination);
    }

    /// <summary>Reads a part of a tensor as float32, so that a caller can reorder it piece by piece; F16, BF16 and F64 are converted.</summary>
    /// <param name="name">The tensor's key.</param>
    /// <param name="firstElement">Index of the first element in the tensor's row-major order.</param>
    /// <param name="destination">As many floats as are wanted; the range must lie inside the tensor.</param>
    /// <exception cref="WeightFileException">No such tensor, integers, a range outside, or a read error.</exception>
    public void ReadFloat32(string name, long firstElement, Span<float> destination)
    {
        TensorEntry tensor = Get(name);
        if (firstElement < 0 || firstElement > tensor.ElementCount - destination.Length)
        {
            throw Error(
                $"elements {firstElement} to {firstElement + destination.Length - 1} are outside tensor '{name}' of {tensor.ElementCount} elements");
        }
        long at = _dataStart + tensor.Offset + (firstElement * tensor.Type.Size());
        if (tensor.Type == TensorType.Float32)
        {
            ReadAt(at, MemoryMarshal.AsBytes(destination), name);
            return;
        }
        if (tensor.Type is not (TensorType.Float16 or TensorType.BFloat16 or TensorType.Float64))
            throw Error($"tensor '{name}' is {tensor.Type.FileName()}, expected F32, F16, BF16 or F64");

        const int Piece = 8192;
        int size = tensor.Type.Size();
        byte[] buffer = new byte[size * Math.Min(Piece, destination.Length)];
        while (!destination.IsEmpty)
        {
            int count = Math.Min(Piece, destination.Length);
            Span<byte> raw = buffer.AsSpan(0, size * count);
            ReadAt(at, raw, name);
            FloatConversion.ToFloat32(tensor.Type, raw, destination[..count]);
            destination = destination[count..];
            at += raw.Length;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private TensorEntry Get(string name) =>
        Find(name) ?? throw Error($"there is no tensor '{name}' among the file's {Tensors.Count}");

    private byte[] ReadHeader(long fileBytes)
    {
        if (fileBytes < PrefixBytes + 2)
            throw Error($"the file has {fileBytes} bytes, a safetensors file at least {PrefixBytes + 2}: it is cut short or no such file");
        Span<byte> start = stackalloc byte[PrefixBytes + 1];
        ReadAt(0, start, null);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        // Both checks come before the allocation: the length is the one number that a damaged file can make us trust.
        if (length > MaxHeaderBytes)
        {
            throw Error(
                $"the header's length is given as {length} bytes, at most {MaxHeaderBytes} are allowed; the file is damaged or no safetensors file");
        }
        if (length < 2 || (long)length > fileBytes - PrefixBytes)
        {
            throw Error(
                $"the header's length is given as {length} bytes, but {fileBytes - PrefixBytes} follow; the file is cut short or no safetensors file");
        }
        if (start[PrefixBytes] != (byte)'{')
            throw Error($"the header does not begin with '{{' but with byte 0x{start[PrefixBytes]:x2}; this is no safetensors file");
        byte[] header = new byte[length];
        ReadAt(PrefixBytes, header, null);
        return header;
    }

    private void CheckRanges(List<TensorEntry> tensors, long dataBytes)
    {
        long expected = 0;
        foreach (TensorEntry tensor in tensors.OrderBy(t => t.Offset).ThenBy(t => t.ByteCount))
        {
            if (tensor.Offset != expected)
            {
                string what = tensor.Offset < expected ? "overlaps the tensor before it" : "leaves a gap after the tensor before it";
                throw Error($"tensor '{tensor.Name}' {what}: it begins at byte {tensor.Offset} of the data, expected {expected}");
            }
            if (tensor.ByteCount > dataBytes - expected)
            {
                throw Error(
                    $"tensor '{tensor.Name}' ends at byte {(UInt128)tensor.Offset + (UInt128)tensor.ByteCount} of the data, "
                    + $"but the file holds {dataBytes}: it is cut short; copy or download it again");
            }
            expected += tensor.ByteCount;
        }
        if (expected != dataBytes)
            throw Error($"{dataBytes - expected} bytes follow the last tensor, expected none; the file is damaged");
    }

    private void ReadAt(long offset, Span<byte> destination, string? tensor)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int got = RandomAccess.Read(_handle, destination, offset);
                if (got == 0)
                {
                    string inside = tensor is null ? "the header" : $"tensor '{tensor}'";
                    throw Error($"the file ends at byte {offset} inside {inside}; it was cut short while it was read");
                }
                destination = destination[got..];
                offset += got;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Error($"{(tensor is null ? "the header" : $"tensor '{tensor}'")} cannot be read: {e.Message}", e);
        }
    }

    private WeightFileException Error(string what, Exception? inner = null) =>
        inner is null ? new WeightFileException($"{Path}: {what}") : new WeightFileException($"{Path}: {what}", inner);
}
