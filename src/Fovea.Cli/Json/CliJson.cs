using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Training;

namespace Fovea.Cli.Json;

/// <summary>How results become JSON: made at compile time, so that starting costs no reflection. A number that is not finite becomes null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FiniteDoubleConverter), typeof(FiniteFloatConverter)])]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(ModelJson[]))]
[JsonSerializable(typeof(SummaryJson))]
[JsonSerializable(typeof(SummaryJson[]))]
[JsonSerializable(typeof(DataSetJson[]))]
[JsonSerializable(typeof(DataGetJson))]
[JsonSerializable(typeof(InspectJson))]
[JsonSerializable(typeof(PreviewJson))]
[JsonSerializable(typeof(LoaderBenchJson))]
[JsonSerializable(typeof(RecipeJson[]))]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(LearningRateCurve))]
[JsonSerializable(typeof(EvaluationResult))]
[JsonSerializable(typeof(Prediction[]))]
[JsonSerializable(typeof(BenchJson[]))]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(TuneResultJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(ImportJson))]
[JsonSerializable(typeof(ExportJson))]
[JsonSerializable(typeof(DemoJson))]
[JsonSerializable(typeof(RunJson[]))]
[JsonSerializable(typeof(CompareJson))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>Writes what is no finite number as null: JSON knows neither NaN nor infinity.</summary>
internal sealed class FiniteDoubleConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}

/// <summary>The same for single precision.</summary>
internal sealed class FiniteFloatConverter : JsonConverter<float>
{
    public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? float.NaN : reader.GetSingle();

    public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
    {
        if (float.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
