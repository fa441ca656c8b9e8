using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>An option's values by their names on the command line, in files and in messages.</summary>
/// <typeparam name="T">The values.</typeparam>
public sealed class NamedChoice<T> where T : struct, Enum
{
    private readonly string _option;
    private readonly (T Choice, string Name)[] _known;

    internal NamedChoice(string option, params (T Choice, string Name)[] known) => (_option, _known) = (option, known);

    /// <summary>What the option takes.</summary>
    public IEnumerable<string> All => _known.Select(k => k.Name);

    /// <summary>The name of a choice.</summary>
    public string Of(T choice) => _known.First(k => EqualityComparer<T>.Default.Equals(k.Choice, choice)).Name;

    /// <summary>The choice of this name.</summary>
    /// <exception cref="FoveaException">There is none; names the nearest.</exception>
    public T Parse(string name)
    {
        foreach ((T choice, string known) in _known)
        {
            if (known == name)
                return choice;
        }
        throw new FoveaException($"{_option} {name} is not known.{NearestName.Hint(name, All)} Expected {string.Join(", ", All)}.");
    }
}

/// <summary>The options that choose between named values.</summary>
public static class OptionNames
{
    /// <summary><c>--backend</c>.</summary>
    public static NamedChoice<BackendChoice> Backend { get; } =
        new("--backend", (BackendChoice.Auto, "auto"), (BackendChoice.Managed, "managed"), (BackendChoice.OneDnn, "onednn"));

    /// <summary><c>--precision</c>.</summary>
    public static NamedChoice<PrecisionChoice> Precision { get; } =
        new("--precision", (PrecisionChoice.Auto, "auto"), (PrecisionChoice.Float32, "fp32"), (PrecisionChoice.BFloat16, "bf16"));
}
