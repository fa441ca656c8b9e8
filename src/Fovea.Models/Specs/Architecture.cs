using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Models;

/// <summary>A network with everything decided: what a checkpoint stores (the network by its name) and what rebuilds the same layers.</summary>
public sealed record Architecture
{
    /// <summary>The network: an entry of the zoo, or one from outside.</summary>
    public required ModelSpec Spec { get; init; }

    /// <summary>The network's name.</summary>
    public string Model => Spec.Name;

    /// <summary>Outputs of the last layer.</summary>
    public required int Classes { get; init; }

    /// <summary>One image: channels, height, width.</summary>
    public required TensorShape Input { get; init; }

    /// <summary>The network's own options, complete.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Probability of every dropout.</summary>
    public required float Dropout { get; init; }

    /// <summary>What happens to a picture before the first layer.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>Decides what the caller left open with the network's defaults.</summary>
    /// <param name="spec">The zoo entry, or a network of the caller's own.</param>
    /// <param name="classes">Class count; the entry's own by default.</param>
    /// <param name="input">Input shape; the entry's own by default.</param>
    /// <param name="options">Values of the entry's own options.</param>
    /// <param name="dropout">Probability of every dropout, 0 to below 1; the entry's own by default.</param>
    /// <param name="preprocessing">Preprocessing; the entry's own by default.</param>
    /// <exception cref="FoveaException">An option or a value that the entry does not have, or a number out of range.</exception>
    public static Architecture Of(
        ModelSpec spec, int? classes = null, TensorShape? input = null, IReadOnlyDictionary<string, string>? options = null, float? dropout = null,
        Preprocessing? preprocessing = null)
    {
        if (classes is < 2)
            throw new FoveaException($"{spec.Name} with {classes} classes: a classifier needs at least 2.");
        if (dropout is < 0 or >= 1)
            throw new FoveaException(FormattableString.Invariant($"{spec.Name} with a dropout of {dropout}: expected 0 to below 1."));
        TensorShape shape = input ?? spec.Input;
        return new Architecture
        {
            Spec = spec,
            Classes = classes ?? spec.Classes,
            Input = shape,
            Options = Complete(spec, options ?? new Dictionary<string, string>()),
            Dropout = dropout ?? spec.Dropout,
            Preprocessing = preprocessing ?? spec.Preprocess(shape.C, shape.H, shape.W),
        };
    }

    private static SortedDictionary<string, string> Complete(ModelSpec spec, IReadOnlyDictionary<string, string> given)
    {
        SortedDictionary<string, string> complete = new(StringComparer.Ordinal);
        foreach (ModelOption option in spec.Options)
        {
            string value = given.GetValueOrDefault(option.Name, option.Values[0]);
            if (!option.Values.Contains(value))
                throw new FoveaException($"{spec.Name}: --{option.Name} {value} is not known; expected {string.Join(" or ", option.Values)}.");
            complete.Add(option.Name, value);
        }
        foreach (string name in given.Keys.Where(name => !complete.ContainsKey(name)))
        {
            string own = spec.Options.Count == 0 ? "it has no options of its own" : $"its own options are {string.Join(", ", spec.Options.Select(o => $"--{o.Name}"))}";
            throw new FoveaException($"{spec.Name} has no option --{name}: {own}.");
        }
        return complete;
    }
}
