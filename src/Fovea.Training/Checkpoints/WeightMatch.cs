using Fovea.Engine;
using Fovea.Formats.Safetensors;
using Fovea.Formats.Weights;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>How the tensors of a file belong to those of a network: which are taken, which are made anew, and what is kept aside.</summary>
internal sealed class WeightMatch
{
    private const int MismatchesShown = 1000;

    private WeightMatch(IReadOnlyList<string> newHead, IReadOnlyList<string> newAuxiliaries, IReadOnlyList<string> counters) =>
        (NewHead, NewAuxiliaries, Counters) = (newHead, newAuxiliaries, counters);

    /// <summary>Keys of parameters that get fresh values, because the file's are for another number of classes.</summary>
    public IReadOnlyList<string> NewHead { get; }

    /// <summary>Keys of auxiliary classifiers that get fresh values, because the file has none: many are published without, and only training needs them.</summary>
    public IReadOnlyList<string> NewAuxiliaries { get; }

    /// <summary>Keys of the counters in the file.</summary>
    public IReadOnlyList<string> Counters { get; }

    /// <summary>Compares.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="architecture">The network.</param>
    /// <param name="newHead">True makes a new head where only its class count differs.</param>
    /// <param name="what">What is being done, for messages.</param>
    /// <exception cref="FoveaException">Tensors are missing, left over, of another shape or no floating-point numbers: lists them.</exception>
    public static WeightMatch Of(WeightFile file, Architecture architecture, bool newHead, string what)
    {
        List<TensorEntry> all = Entries(architecture);
        string[] newAuxiliaries = AuxiliariesWithout(file, architecture);
        TensorEntry[] expected = [.. all.Where(entry => !newAuxiliaries.Contains(entry.Name))];
        HashSet<string> head = HeadOf(architecture, all);
        List<string> wrong = [];
        bool headDiffers = false, bodyDiffers = false;
        foreach (TensorEntry entry in expected)
        {
            if (Problem(file, entry) is not { } problem)
                continue;
            bool classesAlone = head.Contains(entry.Name) && (file.Find(entry.Name)?.Shape[1..].SequenceEqual(entry.Shape[1..]) ?? true);
            headDiffers |= classesAlone;
            bodyDiffers |= !classesAlone;
            if (!classesAlone || !newHead)
                wrong.Add(problem);
        }
        HashSet<string> names = [.. expected.Select(entry => entry.Name)];
        string[] counters = [.. file.Tensors.Where(tensor => IsCounter(tensor, names)).Select(tensor => tensor.Name)];
        string[] surplus = [.. file.Tensors.Where(t => !names.Contains(t.Name) && !counters.Contains(t.Name))
            .Select(t => $"{t.Name} {t.ShapeText} is left over")];
        wrong.AddRange(surplus);
        if (wrong.Count > 0)
            throw Refusal(what, wrong, headDiffers && !bodyDiffers && surplus.Length == 0);
        return new WeightMatch(headDiffers ? [.. expected.Select(entry => entry.Name).Where(head.Contains)] : [], newAuxiliaries, counters);
    }

    /// <summary>The keys of the network's auxiliary classifiers, if the file has not one of them.</summary>
    private static string[] AuxiliariesWithout(WeightFile file, Architecture architecture)
    {
        Graph graph = ModelZoo.Build(architecture);
        string[] keys = [.. graph.Layers.Where(layer => !graph.IsMain(layer)).SelectMany(layer => layer.Parameters.Select(layer.KeyOf))];
        return keys.Any(key => file.Find(key) is not null) ? [] : keys;
    }

    private static string? Problem(WeightFile file, TensorEntry entry)
    {
        if (file.Find(entry.Name) is not { } found)
            return $"{entry.Name} {entry.ShapeText} is missing";
        if (!found.Shape.SequenceEqual(entry.Shape))
            return $"{entry.Name} is {found.ShapeText}, expected {entry.ShapeText}";
        return found.Type is TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16 or TensorType.Float64 ? null
            : $"{entry.Name} holds {found.Type}, expected floating-point numbers";
    }

    /// <summary>The head: the parameters whose shape depends on the class count.</summary>
    private static HashSet<string> HeadOf(Architecture architecture, List<TensorEntry> expected)
    {
        List<TensorEntry> other = Entries(architecture with { Classes = architecture.Classes + 1 });
        return [.. expected.Zip(other).Where(pair => !pair.First.Shape.SequenceEqual(pair.Second.Shape)).Select(pair => pair.First.Name)];
    }

    private static List<TensorEntry> Entries(Architecture architecture) =>
        [.. ModelZoo.Build(architecture).Layers.SelectMany(layer =>
            layer.Parameters.Select(spec => ParameterTensors.Entry(layer.KeyOf(spec), spec.Shape)))];

    private static bool IsCounter(TensorEntry tensor, HashSet<string> names) =>
        tensor is { Type: TensorType.Int64, ElementCount: 1 } && tensor.Name.EndsWith(WeightCounters.Suffix, StringComparison.Ordinal)
        && names.Contains($"{tensor.Name[..^WeightCounters.Suffix.Length]}.weight");

    private static FoveaException Refusal(string what, List<string> wrong, bool headAlone)
    {
        string more = wrong.Count > MismatchesShown ? $"; and {wrong.Count - MismatchesShown} more" : "";
        string cure = headAlone
            ? "Only the last layer differs: --classes N keeps the others and makes that one anew for N classes."
            : "The file belongs to another network, or to this one with other options or another number of classes.";
        return new FoveaException($"{what}: {wrong.Count} of its tensors do not fit: {string.Join("; ", wrong.Take(MismatchesShown))}{more}. {cure}");
    }
}
