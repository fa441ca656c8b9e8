namespace Fovea.Data.Idx;

internal static class Mnist
{
    public static BuiltInDataset Definition { get; } = null!;
}
