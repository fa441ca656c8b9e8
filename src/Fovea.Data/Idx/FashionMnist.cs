namespace Fovea.Data.Idx;

internal static class FashionMnist
{
    public static BuiltInDataset Definition { get; } = null!;
}
