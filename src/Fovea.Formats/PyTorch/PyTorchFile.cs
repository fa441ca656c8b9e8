using System.Runtime.InteropServices;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.PyTorch;

/// <summary>
/// A file that torch.save wrote (<c>.pth</c>, <c>.pt</c>, <c>.th</c>), opened for reading: a state dict, bare or wrapped in a checkpoint, in the
/// zip format or the one
/// before it. Names and shapes are read and checked at once, numbers only when asked for, straight into the caller's memory. Nothing in the file
/// is ever run: the reader
/// knows how to build tensors and containers and nothing else.
/// </summary>
public sealed class PyTorchFile : IDisposable
{
    private const int ChunkBytes = 1 << 16;
    private readonly FileBytes _file;
    private readonly StateDict _state;

    private PyTorchFile(FileBytes file)
    {
        _file = file;
        MemoryBudget budget = new(file);
        Span<byte> start = stackalloc byte[2];
        if (file.Length < start.Length)
            throw file.Error($"the file has {file.Length} bytes: it is cut short");
        file.Read(0, start, "the file");
        object? root = start switch
        {
            [(byte)'P', (byte)'K'] => ZipFormat.Read(file, budget),
            [0x80, _] => LegacyFormat.Read(file, budget),
            _ => throw file.Error("it begins as no file of torch.save does"),
        };
        _state = StateDict.Find(file, root, budget);
    }

    /// <summary>The file's path as it was given.</summary>
    public string Path => _file.Path;

    /// <summary>The tensors in the order of the state dict, without a prefix <c>module.</c> or <c>_orig_mod.</c> that all of them share.</summary>
    public IReadOnlyList<TensorEntry> Tensors => _state.Entries;

    /// <summary>Opens a file and checks that each of its tensors lies inside it.</summary>
    /// <exception cref="WeightFileException">
    /// There is no such file, it cannot be read, it is damaged, it asks for more than tensors, or it holds no state dict.
    /// </exception>
    public static PyTorchFile Open(string path)
    {
        LittleEndian.Require();
        FileBytes file = FileBytes.Open(path);
        try
        {
            return new PyTorchFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole tensor's bytes, dense, in row-major order, little-endian.</summary>
    /// <param name="name">The tensor's key.</param>
    /// <param name="destination">Exactly <see cref="TensorEntry.ByteCount"/> bytes.</param>
    /// <exception cref="WeightFileException">No such tensor, a destination of another size, or a read error.</exception>
    public void Read(string name, Span<byte> destination)
    {
        TorchTensor tensor = Get(name);
        long bytes = Count(tensor) * tensor.Type.Size();
        if (destination.Length != bytes)
            throw _file.Error($"tensor '{name}' has {bytes} bytes, the destination {destination.Length}");
        ReadDense(tensor, name, destination);
    }

    /// <summary>Reads a whole tensor as float32, dense, in row-major order; F16, BF16 and F64 are converted.</summary>
    /// <param name="name">The tensor's key.</param>
    /// <param name="destination">Exactly <see cref="TensorEntry.ElementCount"/> floats.</param>
    /// <exception cref="WeightFileException">No such tensor, integers, a destination of another size, or a read error.</exception>
    public void ReadFloat32(string name, Span<float> destination)
    {
        TorchTensor tensor = Get(name);
        if (destination.Length != Count(tensor))
            throw _file.Error($"tensor '{name}' of shape [{string.Join(", ", tensor.Size)}] has "
                + $"{Count(tensor)} elements, the destination {destination.Length}");
        if (tensor.Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16 or TensorType.Float64))
            throw _file.Error($"tensor '{name}' is {tensor.Type.FileName()}, expected F32, F16, BF16 or F64");
        if (tensor.Type == TensorType.Float32)
            ReadDense(tensor, name, MemoryMarshal.AsBytes(destination));
        else if (tensor.IsContiguous)
            ReadConverted(tensor, name, destination);
        else
        {
            byte[] dense = new byte[checked(destination.Length * tensor.Type.Size())];
            ReadDense(tensor, name, dense);
            FloatConversion.ToFloat32(tensor.Type, dense, destination);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static long Count(TorchTensor tensor) => tensor.Size.Aggregate(1L, (product, n) => product * n);

    private static long Start(TorchTensor tensor) => tensor.Storage.FileOffset + (tensor.Offset * tensor.Type.Size());

    private TorchTensor Get(string name) =>
        _state.Tensors.GetValueOrDefault(name) ?? throw _file.Error($"there is no tensor '{name}' among the file's {Tensors.Count}");

    private void ReadDense(TorchTensor tensor, string name, Span<byte> destination)
    {
        if (destination.IsEmpty)
            return;
        if (tensor.IsContiguous)
        {
            _file.Read(Start(tensor), destination, $"tensor '{name}'");
            return;
        }
        long extent = tensor.Extent * tensor.Type.Size();
        if (extent > Array.MaxLength)
            throw _file.Error($"tensor '{name}' is a view that spreads over {extent} bytes, at most {Array.MaxLength} are supported: save "
                + "it with .contiguous()");
        byte[] spread = new byte[extent];
        _file.Read(Start(tensor), spread, $"tensor '{name}'");
        StridedCopy.Gather(tensor, spread, destination);
    }

    private void ReadConverted(TorchTensor tensor, string name, Span<float> destination)
    {
        Span<byte> chunk = new byte[ChunkBytes];
        int size = tensor.Type.Size();
        for (long at = Start(tensor); !destination.IsEmpty;)
        {
            int count = Math.Min(destination.Length, ChunkBytes / size);
            _file.Read(at, chunk[..(count * size)], $"tensor '{name}'");
            FloatConversion.ToFloat32(tensor.Type, chunk[..(count * size)], destination[..count]);
            destination = destination[count..];
            at += count * size;
        }
    }
}
