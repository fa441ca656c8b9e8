using System.Text.Json.Serialization;
using Fovea.Engine.Planning;

namespace Fovea.Training;

/// <summary>One choice that differs from the rule.</summary>
/// <param name="What">What is computed: op, sizes, batch, precision, mode, pass.</param>
/// <param name="Way">How.</param>
/// <param name="Rule">How the rule would.</param>
/// <param name="Ms">Milliseconds of the way's kernel alone; null where it is not known.</param>
/// <param name="RuleMs">Milliseconds of the rule's.</param>
public sealed record TuningEntry(string What, string Way, string Rule, double? Ms = null, double? RuleMs = null);

/// <summary>A table as its file has it.</summary>
internal sealed record TuningFile(string Format, int Version, string Processor, string Kernels, int Threads, IReadOnlyList<TuningEntry> Choices)
{
    public const string Kind = "fovea kernels";

    /// <summary>Grows when keys or names of ways change their meaning: older tables then say nothing.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Why it says nothing about this machine; null where it does.</summary>
    public string? Mismatch(string processor, KernelHost host)
    {
        (string What, object Own, object Here)[] facts =
        [
            ("format", Format, Kind), ("version", Version, CurrentVersion), ("processor", Processor, processor), ("kernels", Kernels, host.Kernels), ("threads", Threads, host.Threads),
        ];
        foreach ((string what, object own, object here) in facts)
        {
            if (!own.Equals(here))
                return $"its {what} is '{own}', here it is '{here}'.";
        }
        return null;
    }
}

/// <summary>How tables become JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TuningFile))]
internal sealed partial class TuningJson : JsonSerializerContext;
