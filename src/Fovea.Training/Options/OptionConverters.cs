using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Engine;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>A value that stands in a file as its text on the command line.</summary>
internal abstract class TextConverter<T>(Func<string, T> parse, Func<T, string> write) : JsonConverter<T> where T : notnull
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
}

internal sealed class PrecisionConverter() : TextConverter<PrecisionChoice>(OptionNames.Precision.Parse, OptionNames.Precision.Of);

internal sealed class BackendConverter() : TextConverter<BackendChoice>(OptionNames.Backend.Parse, OptionNames.Backend.Of);

internal sealed class IntervalConverter() : TextConverter<CheckpointInterval>(CheckpointInterval.Parse, interval => interval.ToString());

internal sealed class BudgetConverter() : TextConverter<TimeBudget>(TimeBudget.Parse, budget => budget.ToString());

/// <summary>"all", or a number.</summary>
internal sealed class KeepConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? TrainingOptions.KeepAll : reader.GetInt32();

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options)
    {
        if (value == TrainingOptions.KeepAll)
            writer.WriteStringValue("all");
        else
            writer.WriteNumberValue(value);
    }
}

internal sealed class ArchitectureConverter : JsonConverter<Architecture>
{
    public override Architecture Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return ArchitectureJson.ReadUnbound(document.RootElement.GetRawText(), "architecture");
    }

    public override void Write(Utf8JsonWriter writer, Architecture value, JsonSerializerOptions options) =>
        writer.WriteRawValue(ArchitectureJson.Write(value));
}
