using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// Integers that PyTorch keeps beside the weights and that no network here uses (<c>num_batches_tracked</c>): a model file carries them in its
/// metadata, so that an
/// export gives them back.
/// </summary>
internal static partial class WeightCounters
{
    /// <summary>The metadata's key.</summary>
    public const string Key = "fovea.counters";

    /// <summary>Last part of the keys that are counters.</summary>
    public const string Suffix = ".num_batches_tracked";

    /// <summary>Metadata for the counters; none where there are none.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Metadata(SortedDictionary<string, long> counters) =>
        counters.Count == 0 ? [] : [new(Key, JsonSerializer.Serialize(counters, CountersContext.Default.SortedDictionaryStringInt64))];

    /// <summary>The counters of a file's metadata.</summary>
    /// <exception cref="FoveaException">They are no such text.</exception>
    public static SortedDictionary<string, long> Of(IReadOnlyDictionary<string, string> metadata, string path)
    {
        if (!metadata.TryGetValue(Key, out string? text))
            return [];
        try
        {
            return JsonSerializer.Deserialize(text, CountersContext.Default.SortedDictionaryStringInt64) ?? [];
        }
        catch (JsonException e)
        {
            throw new FoveaException($"{path}: the counters in its metadata cannot be read ({e.Message}). The file is damaged.", e);
        }
    }

    [JsonSerializable(typeof(SortedDictionary<string, long>))]
    private sealed partial class CountersContext : JsonSerializerContext;
}
