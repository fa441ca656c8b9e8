using Fovea.Engine;

namespace Fovea.Cli.Benchmarks;

/// <summary>How a network is timed.</summary>
/// <param name="Training">True for forward, backward and update; false for forward alone.</param>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Seconds">How long is measured, at the least.</param>
/// <param name="Runtime">Backend and threads.</param>
internal sealed record BenchmarkOptions(bool Training, int Batch, double Seconds, RuntimeOptions Runtime)
{
    /// <summary>True reports every layer and step.</summary>
    public bool Layers { get; init; }

    /// <summary>False trains networks without their auxiliary classifiers.</summary>
    public bool Auxiliaries { get; init; } = true;

    /// <summary>True measures the floor too.</summary>
    public bool Floor { get; init; }
}
