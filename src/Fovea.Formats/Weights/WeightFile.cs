using System.Buffers.Binary;
using Fovea.Formats.PyTorch;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.Weights;

/// <summary>A file of weights, whichever format it has: tensors by name, read one by one into the caller's memory.</summary>
public abstract class WeightFile : IDisposable
{
    private const int HeadBytes = 9;
    private Dictionary<string, TensorEntry>? _byName;

    /// <summary>The file's path as it was given.</summary>
    public abstract string Path { get; }

    /// <summary>What the format is called: "safetensors", "PyTorch".</summary>
    public abstract string Format { get; }

    /// <summary>The tensors in the order of the file.</summary>
    public abstract IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Texts that the file carries; empty where its format has none.</summary>
    public virtual IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>();

    /// <summary>Opens a file; its content decides the format, not its name.</summary>
    /// <exception cref="WeightFileException">There is no such file, it cannot be read, or it is no sound file of either format.</exception>
    public static WeightFile Open(string path)
    {
        Span<byte> start = stackalloc byte[ForeignFormats.HeadBytes];
        start = ReadHead(path, start);
        ReadOnlySpan<byte> head = start[..HeadBytes];
        if (IsPyTorch(head))
            return new PyTorchWeights(PyTorchFile.Open(path));
        return head[^1] == (byte)'{' ? new SafetensorsWeights(SafetensorsFile.Open(path))
            : throw new WeightFileException($"{path}: {ForeignFormats.Advice(start)}");
    }

    /// <summary>True where a file begins as those of PyTorch's torch.save do.</summary>
    /// <exception cref="WeightFileException">There is no such file, it cannot be read, or it is too short for a file of weights.</exception>
    public static bool IsPyTorch(string path)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        return IsPyTorch(ReadHead(path, head));
    }

    /// <summary>The tensor of that name, or null.</summary>
    public TensorEntry? Find(string name) =>
        (_byName ??= Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal)).GetValueOrDefault(name);

    /// <summary>Reads a whole tensor as float32 in row-major order and checks that every value is finite; F16, BF16 and F64 are converted.</summary>
    /// <param name="name">The tensor's key.</param>
    /// <param name="destination">Exactly its element count of floats.</param>
    /// <exception cref="WeightFileException">
    /// No such tensor, integers, a destination of another size, a read error, or values that are not finite (says how many).
    /// </exception>
    public void ReadFloat32(string name, Span<float> destination)
    {
        Read(name, destination);
        int bad = 0;
        foreach (float value in destination)
            bad += float.IsFinite(value) ? 0 : 1;
        if (bad > 0)
        {
            throw new WeightFileException($"{Path}: tensor '{name}' has {bad} values of {destination.Length} that are not finite in "
                + "float32 (NaN or infinity): "
                + "these are the weights of a training that failed, or the file is damaged");
        }
    }

    /// <summary>Reads a tensor of one 64-bit integer, such as a batch norm's <c>num_batches_tracked</c>.</summary>
    /// <exception cref="WeightFileException">No such tensor, one of another type or of more elements, or a read error.</exception>
    public long ReadInt64(string name)
    {
        if (Find(name) is not { Type: TensorType.Int64, ElementCount: 1 })
            throw new WeightFileException($"{Path}: there is no tensor '{name}' of one 64-bit integer");
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        ReadBytes(name, bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>The first bytes, as many as fit and the file has.</summary>
    private static Span<byte> ReadHead(string path, Span<byte> head)
    {
        using FileBytes file = FileBytes.Open(path);
        if (file.Length < HeadBytes)
        {
            throw file.Error(file.Length == 0 ? "the file is empty: copy or download it again"
                : $"the file has {file.Length} bytes, which is no file of weights: it is cut short or something else");
        }
        head = head[..(int)Math.Min(head.Length, file.Length)];
        file.Read(0, head, "the file");
        return head;
    }

    // A safetensors header of the right length can begin with the byte of a pickle; the brace behind the length tells it apart.
    private static bool IsPyTorch(ReadOnlySpan<byte> head) => head is [(byte)'P', (byte)'K', ..] || (head[0] == 0x80 && head[^1] != (byte)'{');

    private protected abstract void Read(string name, Span<float> destination);

    private protected abstract void ReadBytes(string name, Span<byte> destination);

    private protected abstract void Close();
}
