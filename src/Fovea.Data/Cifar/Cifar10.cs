namespace Fovea.Data.Cifar;

internal static class Cifar10
{
    public static BuiltInDataset Definition { get; } = null!;
}
