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
    private readonly Dictionary<string, TensorEntry> _tensors;

    private WeightMatch(
        Dictionary<string, TensorEntry> tensors, IReadOnlyList<string> newHead, IReadOnlyList<string> newAuxiliaries, IReadOnlyList<string> counters) =>
        (_tensors, NewHead, NewAuxiliaries, Counters) = (tensors, newHead, newAuxiliaries, counters);

    /// <summary>Keys of parameters that get fresh values, because the file's are for another number of classes.</summary>
    public IReadOnlyList<string> NewHead { get; }

    /// <summary>Keys of auxiliary classifiers that get fresh values, because the file has none: many are published without, and only training needs them.</summary>
    public IReadOnlyList<string> NewAuxiliaries { get; }

    /// <summary>The network's keys of the counters in the file.</summary>
    public IReadOnlyList<string> Counters { get; }

    /// <summary>The name in the file of what the network calls <paramref name="key"/>.</summary>
    public string InFile(string key) => _tensors[key].Name;

    /// <summary>Compares.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="architecture">The network.</param>
    /// <param name="newHead">True makes a new head where only its class count differs.</param>
    /// <param name="what">What is being done, for messages.</param>
    /// <exception cref="FoveaException">Tensors are missing, left over, of another shape or no floating-point numbers: lists them.</exception>
    public static WeightMatch Of(WeightFile file, Architecture architecture, bool newHead, string what)
    {
        Dictionary<string, TensorEntry> tensors = new(StringComparer.Ordinal);
        foreach (TensorEntry tensor in file.Tensors)
        {
            if (!tensors.TryAdd(LegacyNames.Modern(tensor.Name), tensor))
                throw new FoveaException($"{what}: it holds {LegacyNames.Modern(tensor.Name)} twice, as {tensor.Name} too. The file is damaged.");
        }
        List<TensorEntry> all = Entries(architecture);
        string[] newAuxiliaries = AuxiliariesWithout(tensors, architecture);
        TensorEntry[] expected = [.. all.Where(entry => !newAuxiliaries.Contains(entry.Name))];
        HashSet<string> head = HeadOf(architecture, all);
        List<string> wrong = [];
        bool headDiffers = false, bodyDiffers = false;
        foreach (TensorEntry entry in expected)
        {
            if (Problem(tensors, entry) is not { } problem)
                continue;
            bool classesAlone = head.Contains(entry.Name) && FitsButForClasses(tensors.GetValueOrDefault(entry.Name), entry);
            headDiffers |= classesAlone;
            bodyDiffers |= !classesAlone;
            if (!classesAlone || !newHead)
                wrong.Add(problem);
        }
        HashSet<string> names = [.. expected.Select(entry => entry.Name)];
        string[] counters = [.. tensors.Where(tensor => IsCounter(tensor.Key, tensor.Value, names)).Select(tensor => tensor.Key)];
        HashSet<string> known = [.. names, .. counters];
        string[] surplus = [.. tensors.Where(tensor => !known.Contains(tensor.Key)).Select(tensor => $"{tensor.Value.Name} {tensor.Value.ShapeText} is left over")];
        wrong.AddRange(surplus);
        if (wrong.Count > 0)
            throw Refusal(what, wrong, Cure(tensors, architecture, headDiffers && !bodyDiffers && surplus.Length == 0));
        return new WeightMatch(tensors, headDiffers ? [.. expected.Select(entry => entry.Name).Where(head.Contains)] : [], newAuxiliaries, counters);
    }

    /// <summary>The keys of the network's auxiliary classifiers, if the file has not one of them.</summary>
    private static string[] AuxiliariesWithout(Dictionary<string, TensorEntry> tensors, Architecture architecture)
    {
        Graph graph = ModelZoo.Build(architecture);
        string[] keys = [.. graph.Layers.Where(layer => !graph.IsMain(layer)).SelectMany(layer => layer.Parameters.Select(layer.KeyOf))];
        return keys.Any(key => tensors.ContainsKey(key)) ? [] : keys;
    }

    private static bool FitsButForClasses(TensorEntry? found, TensorEntry entry) =>
        found is null || (found.Shape.Length == entry.Shape.Length && found.Shape.AsSpan()[1..].SequenceEqual(entry.Shape.AsSpan()[1..]));

    private static string? Problem(Dictionary<string, TensorEntry> tensors, TensorEntry entry)
    {
        if (!tensors.TryGetValue(entry.Name, out TensorEntry? found))
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

    private static bool IsCounter(string key, TensorEntry tensor, HashSet<string> names) =>
        tensor is { Type: TensorType.Int64, ElementCount: 1 } && key.EndsWith(WeightCounters.Suffix, StringComparison.Ordinal)
        && names.Contains($"{key[..^WeightCounters.Suffix.Length]}.weight");

    private static string Cure(Dictionary<string, TensorEntry> tensors, Architecture architecture, bool headAlone)
    {
        if (headAlone)
            return "Only the last layer differs: --classes N keeps the others and makes that one anew for N classes.";
        string[] fitting = [.. FittingNetworks.Of(tensors.Where(t => !t.Key.EndsWith(WeightCounters.Suffix, StringComparison.Ordinal)).ToDictionary())
            .Where(name => name != architecture.Model)];
        return fitting.Length > 0 ? $"They are the tensors of {string.Join(" and of ", fitting)}: give --model {fitting[0]}."
            : "The file belongs to another network, or to this one with other options or another number of classes.";
    }

    private static FoveaException Refusal(string what, List<string> wrong, string cure)
    {
        string more = wrong.Count > MismatchesShown ? $"; and {wrong.Count - MismatchesShown} more" : "";
        return new FoveaException($"{what}: {wrong.Count} of its tensors do not fit: {string.Join("; ", wrong.Take(MismatchesShown))}{more}. {cure}");
    }
}
