using Fovea.Formats.Safetensors;

namespace Fovea.Formats.Weights;

/// <summary>A file of weights whose tensors are called otherwise: files from before a renaming, for instance.</summary>
internal sealed class RenamedWeights : WeightFile
{
    private readonly WeightFile _file;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public RenamedWeights(WeightFile file, Func<string, string> rename)
    {
        _file = file;
        Tensors = [.. file.Tensors.Select(tensor => new TensorEntry(Add(rename(tensor.Name), tensor.Name), tensor.Type, tensor.Shape.AsSpan()))];
    }

    public override string Path => _file.Path;

    public override string Format => _file.Format;

    public override IReadOnlyList<TensorEntry> Tensors { get; }

    public override IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    private protected override void Read(string name, Span<float> destination) => _file.ReadFloat32(InFile(name), destination);

    private protected override void ReadBytes(string name, Span<byte> destination) => _file.CopyBytes(InFile(name), destination);

    private protected override void Close()
    {
        // The file belongs to whoever opened it.
    }

    private string Add(string name, string inFile) => _names.TryAdd(name, inFile)
        ? name
        : throw new WeightFileException($"{Path}: the tensors '{_names[name]}' and '{inFile}' are the same one, '{name}', under its present and its former name");

    private string InFile(string name) => _names.GetValueOrDefault(name, name);
}
