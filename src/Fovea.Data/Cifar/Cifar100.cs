namespace Fovea.Data.Cifar;

internal static class Cifar100
{
    public static BuiltInDataset Definition { get; } = null!;
}
