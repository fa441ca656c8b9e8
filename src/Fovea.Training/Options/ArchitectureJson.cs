using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Engine;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>
/// An <see cref="Architecture"/> as text: what a checkpoint's metadata and args.json hold. The same architecture gives the same text.
/// </summary>
public static partial class ArchitectureJson
{
    /// <summary>The architecture as JSON on one line.</summary>
    public static string Write(Architecture architecture) =>
        JsonSerializer.Serialize(ToText(architecture), ArchitectureContext.Default.ArchitectureText);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <param name="where">Where it comes from, for messages.</param>
    /// <param name="networks">Networks from outside the zoo that it may name; null for none.</param>
    /// <exception cref="FoveaException">It is no such text, or describes a network that is neither in the zoo nor given.</exception>
    public static Architecture Read(string json, string where, IReadOnlyList<ModelSpec>? networks = null)
    {
        try
        {
            return FromText(JsonSerializer.Deserialize(json, ArchitectureContext.Default.ArchitectureText) ?? throw new JsonException("null"), where, networks ?? []);
        }
        catch (JsonException e)
        {
            throw new FoveaException($"{where}: the description of the network cannot be read ({e.Message}). The file is damaged or of another "
                + $"program.", e);
        }
    }

    internal static ArchitectureText ToText(Architecture architecture)
    {
        Preprocessing p = architecture.Preprocessing;
        return new ArchitectureText(
            architecture.Model, architecture.Classes, [architecture.Input.C, architecture.Input.H, architecture.Input.W],
            new SortedDictionary<string, string>(architecture.Options.ToDictionary(), StringComparer.Ordinal), architecture.Dropout,
            new PreprocessingText([.. p.Mean], [.. p.Std], p.Scale, p.ReverseChannels, p.EvalTransform, p.TrainTransform));
    }

    /// <summary>
    /// Reads it where the networks from outside are not at hand: one that is not in the zoo gets a stand-in that cannot be built; see <see cref="Supply"/>.
    /// </summary>
    internal static Architecture ReadUnbound(string json, string where)
    {
        ArchitectureText? text = JsonSerializer.Deserialize(json, ArchitectureContext.Default.ArchitectureText);
        return text is null || ModelZoo.All.Any(spec => spec.Name == text.Model) ? Read(json, where) : Read(json, where, [StandIn(text)]);
    }

    /// <summary>The same with the network itself in the place of a stand-in.</summary>
    /// <exception cref="FoveaException">It is not among them.</exception>
    internal static Architecture Supply(Architecture architecture, string where, IReadOnlyList<ModelSpec> networks) => Read(Write(architecture), where, networks);

    private static ModelSpec StandIn(ArchitectureText text) => new()
    {
        Name = text.Model,
        Summary = "a network from outside the zoo",
        Input = new TensorShape(1, 1, 1),
        Classes = text.Classes,
        Build = _ => throw ModelZoo.Unknown(text.Model),
        Preprocess = (_, _, _) => throw ModelZoo.Unknown(text.Model),
        Initialization = "default",
        Options = [.. text.Options.Select(option => new ModelOption(option.Key, [option.Value], ""))],
    };

    internal static Architecture FromText(ArchitectureText text, string where, IReadOnlyList<ModelSpec> networks)
    {
        PreprocessingText p = text.Preprocessing;
        int channels = text.Input is [> 0, > 0, > 0] ? text.Input[0] : throw new FoveaException($"{where}: the input's shape is "
            + $"[{string.Join(", ", text.Input)}], expected channels, height, width.");
        if (p.Mean.Length != channels || p.Std.Length != channels)
            throw new FoveaException($"{where}: {p.Mean.Length} means and {p.Std.Length} standard deviations for {channels} channels.");
        try
        {
            return Architecture.Of(
                ModelZoo.Find(text.Model, networks), text.Classes, new TensorShape(channels, text.Input[1], text.Input[2]), text.Options, text.Dropout,
                new Preprocessing
                {
                    Mean = p.Mean,
                    Std = p.Std,
                    Scale = p.Scale,
                    ReverseChannels = p.ReverseChannels,
                    EvalTransform = p.EvalTransform,
                    TrainTransform = p.TrainTransform,
                });
        }
        catch (FoveaException e)
        {
            throw new FoveaException($"{where}: {e.Message}", e);
        }
    }

    internal sealed record ArchitectureText(
        string Model, int Classes, int[] Input, SortedDictionary<string, string> Options, float Dropout, PreprocessingText Preprocessing);

    internal sealed record PreprocessingText(
        float[] Mean, float[] Std, float Scale, bool ReverseChannels, string EvalTransform, string TrainTransform);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(ArchitectureText))]
    private sealed partial class ArchitectureContext : JsonSerializerContext;
}
