using Fovea.Formats.Safetensors;
using Fovea.Formats.Weights;

namespace Fovea.Formats.Tests;

/// <summary>A published file of PyTorch's legacy format, where the shared data folder is there.</summary>
public sealed class RealWeightsTests
{
    private static readonly string? Folder = Find();

    [SkippableFact]
    public void ThePublishedResNet20ReadsAsItsConversion()
    {
        Skip.If(Folder is null, "no folder shared/data/weights beside the repository");
        using WeightFile file = WeightFile.Open(Path.Combine(Folder!, "resnet20-12fca82f.th"));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(Folder!, "cifar10_resnet20.safetensors"));
        Assert.Equal("PyTorch", file.Format);
        TensorEntry[] tensors = [.. expected.Tensors.Where(tensor => tensor.Type == TensorType.Float32)];
        Assert.NotEmpty(tensors);
        foreach (TensorEntry tensor in tensors)
        {
            float[] wanted = new float[tensor.ElementCount], got = new float[tensor.ElementCount];
            expected.ReadFloat32(tensor.Name, wanted);
            file.ReadFloat32(tensor.Name, got);
            Assert.Equal(wanted, got);
        }
    }

    private static string? Find()
    {
        string? given = Environment.GetEnvironmentVariable("FOVEA_SHARED_DATA");
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); given is null && at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Fovea.slnx")))
                given = Path.Combine(at.FullName, "..", "shared", "data");
        }
        string folder = Path.Combine(given ?? "", "weights");
        return given is not null && File.Exists(Path.Combine(folder, "resnet20-12fca82f.th")) ? folder : null;
    }
}
