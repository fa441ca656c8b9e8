using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Engine;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>Backends by their names on the command line.</summary>
public static class BackendNames
{
    private static readonly (BackendChoice Choice, string Name)[] Known =
        [(BackendChoice.Auto, "auto"), (BackendChoice.Managed, "managed"), (BackendChoice.OneDnn, "onednn")];

    /// <summary>What <c>--backend</c> takes.</summary>
    public static IEnumerable<string> All => Known.Select(k => k.Name);

    /// <summary>The name of a choice.</summary>
    public static string Of(BackendChoice choice) => Known.First(k => k.Choice == choice).Name;

    /// <summary>The choice of this name.</summary>
    /// <exception cref="FoveaException">There is none; names the nearest.</exception>
    public static BackendChoice Parse(string name)
    {
        foreach ((BackendChoice choice, string known) in Known)
        {
            if (known == name)
                return choice;
        }
        throw new FoveaException($"--backend {name} is not known.{NearestName.Hint(name, All)} Expected {string.Join(", ", All)}.");
    }
}

/// <summary>Precisions by their names on the command line.</summary>
public static class PrecisionNames
{
    private static readonly (PrecisionChoice Choice, string Name)[] Known =
        [(PrecisionChoice.Auto, "auto"), (PrecisionChoice.Float32, "fp32"), (PrecisionChoice.BFloat16, "bf16")];

    /// <summary>What <c>--precision</c> takes.</summary>
    public static IEnumerable<string> All => Known.Select(k => k.Name);

    /// <summary>The name of a choice.</summary>
    public static string Of(PrecisionChoice choice) => Known.First(k => k.Choice == choice).Name;

    /// <summary>The choice of this name.</summary>
    /// <exception cref="FoveaException">There is none; names the nearest.</exception>
    public static PrecisionChoice Parse(string name)
    {
        foreach ((PrecisionChoice choice, string known) in Known)
        {
            if (known == name)
                return choice;
        }
        throw new FoveaException($"--precision {name} is not known.{NearestName.Hint(name, All)} Expected {string.Join(", ", All)}.");
    }
}

internal sealed class PrecisionConverter : JsonConverter<PrecisionChoice>
{
    public override PrecisionChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        PrecisionNames.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, PrecisionChoice value, JsonSerializerOptions options) =>
        writer.WriteStringValue(PrecisionNames.Of(value));
}

internal sealed class BackendConverter : JsonConverter<BackendChoice>
{
    public override BackendChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        BackendNames.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, BackendChoice value, JsonSerializerOptions options) =>
        writer.WriteStringValue(BackendNames.Of(value));
}

internal sealed class IntervalConverter : JsonConverter<CheckpointInterval>
{
    public override CheckpointInterval Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        CheckpointInterval.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, CheckpointInterval value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

internal sealed class BudgetConverter : JsonConverter<TimeBudget>
{
    public override TimeBudget Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TimeBudget.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, TimeBudget value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

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
