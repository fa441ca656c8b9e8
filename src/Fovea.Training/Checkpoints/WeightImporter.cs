using Fovea.Engine.Planning;
using Fovea.Formats.Weights;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>What was taken from a file of weights.</summary>
/// <param name="Format">The file's format: "safetensors", "PyTorch".</param>
/// <param name="Tensors">Parameters that have the file's values.</param>
/// <param name="NewHead">Keys of parameters that got fresh values instead, because the file's are for other classes.</param>
/// <param name="NewAuxiliaries">Keys of auxiliary classifiers that got fresh values, because the file has none.</param>
/// <param name="Counters">Integers beside the weights, by key.</param>
public sealed record ImportedWeights(
    string Format, int Tensors, IReadOnlyList<string> NewHead, IReadOnlyList<string> NewAuxiliaries, IReadOnlyDictionary<string, long> Counters);

/// <summary>How a file of weights is brought in.</summary>
public sealed record ImportOptions
{
    /// <summary>True makes a new head where the file's is for another number of classes; false (default) refuses such a file.</summary>
    public bool NewHead { get; init; }

    /// <summary>Initialisation of a new head and of auxiliary classifiers that the file lacks; see <see cref="Initializers"/>. Default "default": the network's own.</summary>
    public string Init { get; init; } = "default";

    /// <summary>Seed of what is made anew. Default 0.</summary>
    public ulong Seed { get; init; }
}

/// <summary>Brings weights in from PyTorch's files and from safetensors: keys one to one, as PyTorch and torchvision name them.</summary>
public static class WeightImporter
{
    /// <summary>Sets a network's parameters from a file.</summary>
    /// <param name="path">A file of torch.save, or safetensors.</param>
    /// <param name="architecture">The network.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="options">What to do about a head for other classes.</param>
    /// <exception cref="FoveaException">The file cannot be read, values are not finite, or its tensors do not fit: lists them all.</exception>
    public static ImportedWeights Read(string path, Architecture architecture, ParameterSet parameters, ImportOptions options) =>
        ParameterTensors.Translate(() => ReadFile(path, architecture, parameters, options));

    /// <summary>Makes a model file of a file of weights.</summary>
    /// <param name="path">A file of torch.save, or safetensors.</param>
    /// <param name="output">The model file; one that is there is replaced as a whole.</param>
    /// <param name="architecture">The network with its preprocessing.</param>
    /// <param name="classes">The class names in the order of the logits.</param>
    /// <param name="options">What to do about a head for other classes.</param>
    /// <exception cref="FoveaException">As for <see cref="Read"/>; or the output cannot be written.</exception>
    public static ImportedWeights Import(string path, string output, Architecture architecture, IReadOnlyList<string> classes, ImportOptions options)
    {
        if (classes.Count != architecture.Classes)
            throw new FoveaException($"Importing '{path}': {classes.Count} class names for a network of {architecture.Classes} classes.");
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(architecture));
        ImportedWeights imported = Read(path, architecture, parameters, options);
        SortedDictionary<string, long> counters = new(imported.Counters.ToDictionary(), StringComparer.Ordinal);
        ModelFile.Save(output, architecture, classes, parameters, counters);
        return imported;
    }

    private static ImportedWeights ReadFile(string path, Architecture architecture, ParameterSet parameters, ImportOptions options)
    {
        using WeightFile file = WeightFile.Open(path);
        WeightMatch match = WeightMatch.Of(file, architecture, options.NewHead, $"Loading '{path}' into {architecture.Model}");
        HashSet<string> fresh = [.. match.NewHead, .. match.NewAuxiliaries];
        if (fresh.Count > 0)
        {
            ModelSpec spec = architecture.Spec;
            Initializers.Find(options.Init, spec).Apply(parameters, spec, options.Seed);
        }
        Parameter[] taken = [.. parameters.All.Where(parameter => !fresh.Contains(parameter.Name))];
        float[] values = new float[taken.Select(parameter => parameter.Spec.Elements).Append(0).Max()];
        foreach (Parameter parameter in taken)
        {
            Span<float> part = values.AsSpan(0, checked((int)parameter.Spec.Elements));
            file.ReadFloat32(match.InFile(parameter.Name), part);
            parameter.Write(part);
        }
        SortedDictionary<string, long> counters = new(match.Counters.ToDictionary(name => name, name => file.ReadInt64(match.InFile(name))), StringComparer.Ordinal);
        foreach ((string name, long value) in WeightCounters.Of(file.Metadata, path))
            counters.TryAdd(name, value);
        return new ImportedWeights(file.Format, taken.Length, match.NewHead, match.NewAuxiliaries, counters);
    }
}
