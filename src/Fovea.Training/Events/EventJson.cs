using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fovea.Training;

/// <summary>Events as lines of JSON.</summary>
internal static partial class EventJson
{
    public static byte[] Write(TrainingEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened, EventContext.Default.TrainingEvent);

    /// <summary>The event of a line, or null where the line is none: torn by a crash, or of another version.</summary>
    public static TrainingEvent? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, EventContext.Default.TrainingEvent);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(FiniteNumberConverter)])]
    [JsonSerializable(typeof(TrainingEvent))]
    private sealed partial class EventContext : JsonSerializerContext;
}

/// <summary>Writes numbers that are not finite as null, which is all that JSON has for them, and reads null as NaN.</summary>
public sealed class FiniteNumberConverter : JsonConverter<double>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
