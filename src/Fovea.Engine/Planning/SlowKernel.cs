namespace Fovea.Engine.Planning;

/// <summary>A slow kernel that a plan ended on: worth a warning, since other sizes would get a fast one.</summary>
/// <param name="Kernel">The kernel as its steps name it: "oneDNN bnorm_tbb_jit:avx2".</param>
/// <param name="Op">The op: "BatchNorm2d".</param>
/// <param name="Layers">The layers that it serves, each with its channels: "features.3 (6 to 16 channels)".</param>
/// <param name="Why">Why it is slow.</param>
/// <param name="Cure">What to change.</param>
public sealed record SlowKernel(string Kernel, string Op, IReadOnlyList<string> Layers, string Why, string Cure)
{
    private const int Named = 6;

    /// <summary>One line for a log.</summary>
    public override string ToString()
    {
        string layers = string.Join(", ", Layers.Take(Named)) + (Layers.Count > Named ? $" and {Layers.Count - Named} more" : "");
        return $"slow kernel: {Kernel} does {Op} of {layers}: {Why}. {Cure}";
    }
}
