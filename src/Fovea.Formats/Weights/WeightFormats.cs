using Fovea.Formats.PyTorch;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.Weights;

/// <summary>A safetensors file as a file of weights.</summary>
internal sealed class SafetensorsWeights(SafetensorsFile file) : WeightFile
{
    public override string Path => file.Path;

    public override string Format => "safetensors";

    public override IReadOnlyList<TensorEntry> Tensors => file.Tensors;

    public override IReadOnlyDictionary<string, string> Metadata => file.Metadata;

    private protected override void Read(string name, Span<float> destination) => file.ReadFloat32(name, destination);

    private protected override void ReadBytes(string name, Span<byte> destination) => file.Read(name, destination);

    private protected override void Close() => file.Dispose();
}

/// <summary>A file of torch.save as a file of weights.</summary>
internal sealed class PyTorchWeights(PyTorchFile file) : WeightFile
{
    public override string Path => file.Path;

    public override string Format => "PyTorch";

    public override IReadOnlyList<TensorEntry> Tensors => file.Tensors;

    private protected override void Read(string name, Span<float> destination) => file.ReadFloat32(name, destination);

    private protected override void ReadBytes(string name, Span<byte> destination) => file.Read(name, destination);

    private protected override void Close() => file.Dispose();
}
