using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Formats.Safetensors;
using Fovea.Formats.Weights;
using Fovea.Kernels;
using Fovea.Kernels.Memory;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>
/// A model in one safetensors file: parameters under their keys, and in <c>__metadata__</c> the format's version, the architecture with its
/// preprocessing, and the
/// class names. Its bytes depend on these alone.
/// </summary>
public static partial class ModelFile
{
    /// <summary>The version of the metadata that this program writes and reads.</summary>
    public const string FormatVersion = "1";

    internal const string FormatKey = "fovea.format", ArchitectureKey = "fovea.architecture", ClassesKey = "fovea.classes";

    /// <summary>Writes a model file as a whole: the file that was there before stays until the new one is complete.</summary>
    /// <exception cref="FoveaException">The disk is full, or the folder cannot be written.</exception>
    public static void Save(string path, Architecture architecture, IReadOnlyList<string> classes, ParameterSet parameters) =>
        Save(path, architecture, classes, parameters, []);

    /// <summary>Writes a model to a stream.</summary>
    public static void Save(Stream stream, Architecture architecture, IReadOnlyList<string> classes, ParameterSet parameters) =>
        Save(stream, architecture, classes, parameters, []);

    /// <summary>Writes a model file with counters that an export gives back.</summary>
    internal static void Save(
        string path, Architecture architecture, IReadOnlyList<string> classes, ParameterSet parameters, SortedDictionary<string, long> counters) =>
        AtomicFile.Write(path, stream => Save(stream, architecture, classes, parameters, counters));

    /// <summary>Reads what a model file is about and checks that its tensors are those of its network.</summary>
    /// <param name="path">The file.</param>
    /// <param name="networks">Networks from outside the zoo that it may name; null for none.</param>
    /// <exception cref="FoveaException">
    /// There is no such file, it is cut short or no model of this program, its network is unknown, or its tensors are missing, left over or of
    /// another shape.
    /// </exception>
    public static LoadedModel Load(string path, IReadOnlyList<ModelSpec>? networks = null)
    {
        using SafetensorsFile file = ParameterTensors.Open(path);
        Architecture architecture = ArchitectureJson.Read(Required(file, ArchitectureKey), path, networks);
        string[] classes = ReadClasses(file);
        if (classes.Length != architecture.Classes)
            throw new FoveaException($"{path}: {classes.Length} class names for a network of {architecture.Classes} classes. The file is damaged.");
        Graph graph = ModelZoo.Build(architecture);
        ParameterTensors.Compare(
            file, [.. graph.Layers.SelectMany(layer => layer.Parameters.Select(spec => ParameterTensors.Entry(layer.KeyOf(spec), spec.Shape)))],
            $"Loading '{path}' as {architecture.Model}");
        return new LoadedModel(path, architecture, classes, graph);
    }

    /// <summary>The network that a file of weights says it is for: this program's models and exports do, PyTorch's files do not.</summary>
    /// <param name="path">The file: a model's, other safetensors, or one of torch.save.</param>
    /// <param name="networks">Networks from outside the zoo that it may name; null for none.</param>
    /// <returns>Null where the file holds weights alone.</returns>
    /// <exception cref="FoveaException">The file cannot be read, or its network is unknown.</exception>
    public static Architecture? Describe(string path, IReadOnlyList<ModelSpec>? networks = null) => ParameterTensors.Translate(() =>
    {
        using WeightFile file = WeightFile.Open(path);
        return file.Metadata.TryGetValue(ArchitectureKey, out string? text) ? ArchitectureJson.Read(text, path, networks) : null;
    });

    /// <summary>Sets parameters from a file of weights: a model file, or any safetensors file with the same keys and shapes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parameters">The parameters to set.</param>
    /// <param name="network">What they belong to, for messages.</param>
    /// <exception cref="FoveaException">The file cannot be read, or its tensors are missing, left over or of another shape: lists them
    /// all.</exception>
    public static void ReadWeights(string path, ParameterSet parameters, string network)
    {
        using SafetensorsFile file = ParameterTensors.Open(path);
        ParameterTensors.Translate(() =>
        {
            ParameterTensors.Read(file, ParameterTensors.Of(parameters), $"Loading '{path}' into {network}");
            return true;
        });
    }

    private static void Save(
        Stream stream, Architecture architecture, IReadOnlyList<string> classes, ParameterSet parameters, SortedDictionary<string, long> counters) =>
        ParameterTensors.Write(
            stream, [.. Metadata(architecture, classes), .. WeightCounters.Metadata(counters)], ParameterTensors.Of(parameters));

    internal static IEnumerable<KeyValuePair<string, string>> Metadata(Architecture architecture, IReadOnlyList<string> classes) =>
    [
        new(FormatKey, FormatVersion),
        new(ArchitectureKey, ArchitectureJson.Write(architecture)),
        new(ClassesKey, JsonSerializer.Serialize([.. classes], ClassNamesContext.Default.StringArray)),
    ];

    internal static string Required(SafetensorsFile file, string key)
    {
        if (!file.Metadata.TryGetValue(FormatKey, out string? version))
            throw new FoveaException($"{file.Path}: this safetensors file holds weights but not their network: it was not written by this program. "
                + $"Bring it in with 'import'.");
        if (version != FormatVersion)
            throw new FoveaException($"{file.Path}: the model's format is version {version}, this program reads version {FormatVersion}. Use the "
                + $"program that wrote it, or a newer one.");
        return file.Metadata.GetValueOrDefault(key) ?? throw new FoveaException($"{file.Path}: the metadata lacks '{key}'. The file is damaged, or "
            + $"no model file.");
    }

    private static string[] ReadClasses(SafetensorsFile file)
    {
        try
        {
            return JsonSerializer.Deserialize(Required(file, ClassesKey), ClassNamesContext.Default.StringArray) ?? [];
        }
        catch (JsonException e)
        {
            throw new FoveaException($"{file.Path}: the class names cannot be read ({e.Message}). The file is damaged.", e);
        }
    }

    [JsonSerializable(typeof(string[]))]
    private sealed partial class ClassNamesContext : JsonSerializerContext;
}
