using System.Text.Json.Serialization;

namespace Fovea.Training;

/// <summary>A run in numbers; the JSON of <c>train</c>.</summary>
/// <param name="Run">The run's folder.</param>
/// <param name="Epochs">Its epochs in order.</param>
/// <param name="Best">The best of them; null before the first is complete.</param>
public sealed record RunSummary(string Run, IReadOnlyList<EpochResult> Epochs, BestEpoch? Best)
{
    /// <summary>True where the run was interrupted before its last epoch was complete.</summary>
    [JsonIgnore]
    public bool Stopped { get; init; }
}
