using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// Integers that PyTorch keeps beside the weights and that nothing here computes with: <c>num_batches_tracked</c>, the training steps that a batch norm has
/// seen. A model file carries them in its metadata and an export writes them, so that <c>load_state_dict(strict=True)</c> finds every key.
/// </summary>
internal static partial class WeightCounters
{
    /// <summary>The metadata's key.</summary>
    public const string Key = "fovea.counters";

    /// <summary>Last part of the keys that are counters.</summary>
    public const string Suffix = ".num_batches_tracked";

    private const string Statistics = ".running_mean";

    /// <summary>The counters of a network's batch norms in the order of their keys: as known, others 0.</summary>
    public static SortedDictionary<string, long> For(Graph graph, IReadOnlyDictionary<string, long> known)
    {
        SortedDictionary<string, long> counters = new(StringComparer.Ordinal);
        foreach (Layer layer in graph.Layers)
        {
            foreach (ParameterSpec spec in layer.Parameters.Where(spec => spec.Role == ParameterRole.RunningMean))
            {
                string name = layer.KeyOf(spec)[..^Statistics.Length] + Suffix;
                counters.Add(name, known.GetValueOrDefault(name));
            }
        }
        return counters;
    }

    /// <summary>The counters after so many further training steps. PyTorch's batch norms count in frozen layers too, where their statistics move as well.</summary>
    public static SortedDictionary<string, long> After(IReadOnlyDictionary<string, long> counters, long steps) =>
        new(counters.ToDictionary(pair => pair.Key, pair => pair.Value + steps), StringComparer.Ordinal);

    /// <summary>Metadata for the counters; none where there are none.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Metadata(SortedDictionary<string, long> counters) =>
        counters.Count == 0 ? [] : [new(Key, JsonSerializer.Serialize(counters, CountersContext.Default.SortedDictionaryStringInt64))];

    /// <summary>The counters of a file's metadata.</summary>
    /// <exception cref="FoveaException">They are no such text.</exception>
    public static SortedDictionary<string, long> Of(IReadOnlyDictionary<string, string> metadata, string path)
    {
        SortedDictionary<string, long> counters = new(StringComparer.Ordinal);
        if (!metadata.TryGetValue(Key, out string? text))
            return counters;
        try
        {
            foreach ((string name, long value) in JsonSerializer.Deserialize(text, CountersContext.Default.SortedDictionaryStringInt64) ?? [])
                counters.Add(name, value);
            return counters;
        }
        catch (JsonException e)
        {
            throw new FoveaException($"{path}: the counters in its metadata cannot be read ({e.Message}). The file is damaged.", e);
        }
    }

    [JsonSerializable(typeof(SortedDictionary<string, long>))]
    private sealed partial class CountersContext : JsonSerializerContext;
}
