using System.Globalization;
using Fovea.Kernels;

namespace Fovea.Data.Transforms;

/// <summary>
/// The arguments of one transform as written: some by position, then some by name. Each is read once; what nobody read is an error.
/// </summary>
public sealed partial class TransformArguments
{
    private const int LargestSide = 65535;
    private readonly string _usage;
    private readonly string _call;
    private readonly int _position;
    private readonly List<string> _positional;
    private readonly Dictionary<string, string> _named;
    private readonly List<string> _known = [];

    internal TransformArguments(TransformSpec spec, string call, int position, List<string> positional, Dictionary<string, string> named) =>
        (_usage, _call, _position, _positional, _named) = (spec.Usage, call, position, positional, named);

    /// <summary>The first argument as a size: <c>N</c> for a square of N x N, or <c>HEIGHTxWIDTH</c>; each side 1 to 65535.</summary>
    public (int Width, int Height) Size()
    {
        string text = FirstSize();
        int x = text.IndexOf('x', StringComparison.Ordinal);
        if (x < 0)
            return (Side(text, text), Side(text, text));
        return (Side(text[(x + 1)..], text), Side(text[..x], text));
    }

    /// <summary>The first argument as <see cref="Size"/> has it, and whether it was a single number.</summary>
    public (int Width, int Height, bool Single) SizeOrSide()
    {
        bool single = _positional.Count > 0 && !_positional[0].Contains('x', StringComparison.Ordinal);
        (int width, int height) = Size();
        return (width, height, single);
    }

    /// <summary>
    /// The integer named <paramref name="name"/>, also given by position where <paramref name="position"/> is 0 or more, or its default (null: there
    /// is none).
    /// </summary>
    public int Integer(string name, int? fallback, int min, int max, int position = -1) =>
        Take(name, position) is not { } text ? fallback ?? throw Error($"the {name} is missing")
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max ? value
        : throw Error($"{name}={text} must be an integer from {min} to {max}");

    /// <summary>
    /// The number named <paramref name="name"/>, also given by position where <paramref name="position"/> is 0 or more, or its default.
    /// </summary>
    public double Number(string name, double fallback, double min, double max, int position = -1) =>
        Take(name, position) is not { } text ? fallback
        : ParseNumber(text) is { } value && value >= min && value <= max ? value
        : throw Error($"{name}={text} must be a number from {Text(min)} to {Text(max)}");

    /// <summary>The range <c>LOW:HIGH</c> named <paramref name="name"/>, both above 0 and at most <paramref name="max"/>, or its default.</summary>
    public (double Low, double High) Range(string name, (double Low, double High) fallback, double max)
    {
        if (Take(name, -1) is not { } text)
            return fallback;
        string[] parts = text.Split(':');
        if (parts.Length == 2 && ParseNumber(parts[0]) is { } low && ParseNumber(parts[1]) is { } high && low > 0 && low <= high && high <= max)
            return (low, high);
        throw Error($"{name}={text} must be LOW:HIGH with 0 < LOW <= HIGH <= {Text(max)}, such as {name}={Text(fallback.Low)}:{Text(fallback.High)}");
    }

    /// <summary>
    /// The value named <paramref name="name"/> as one of the names of an enumeration, in lower case, also given by position, or its default.
    /// </summary>
    public T Choice<T>(string name, T fallback, int position) where T : struct, Enum
    {
        if (Take(name, position) is not { } text)
            return fallback;
        string[] allowed = [.. Enum.GetNames<T>().Select(n => n.ToLowerInvariant())];
        int at = Array.IndexOf(allowed, text);
        return at >= 0 ? Enum.GetValues<T>()[at] : throw Error($"{name} '{text}' must be one of "
            + $"{string.Join(", ", allowed)}.{NearestName.Hint(text, allowed)}");
    }

    /// <summary>A number as it is written in a transform.</summary>
    internal static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Refuses the arguments that were not read.</summary>
    internal void Finish()
    {
        foreach (string name in _named.Keys)
        {
            string allowed = _known.Count == 0 ? "it takes no named argument" : $"allowed are {string.Join(", ", _known)}";
            throw Error($"there is no argument '{name}'; {allowed}.{NearestName.Hint(name, _known)}");
        }
        // What was read by position has become a hole.
        if (_positional.Find(p => p.Length > 0) is { } extra)
            throw Error($"the argument '{extra}' is one too many");
    }

    private string FirstSize()
    {
        // The size leaves a hole at its position, so that later positions keep their numbers.
        if (_positional.Count == 0 || _positional[0].Length == 0)
            throw Error("the size is missing");
        string text = _positional[0];
        _positional[0] = "";
        return text;
    }

    private string? Take(string name, int position)
    {
        _known.Add(name);
        if (_named.Remove(name, out string? value))
        {
            if (position >= 0 && position < _positional.Count)
                throw Error($"'{name}' is given twice");
            return value;
        }
        if (position < 0 || position >= _positional.Count || _positional[position].Length == 0)
            return null;
        value = _positional[position];
        _positional[position] = "";
        return value;
    }

    private int Side(string text, string whole) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is >= 1 and <= LargestSide ? side
        : throw Error($"the size '{whole}' must be N or HEIGHTxWIDTH, each from 1 to {LargestSide}");

    private static double? ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private FoveaException Error(string what) => new($"Transform {_position} '{_call}': {what}{(what.EndsWith('?') || what.EndsWith('.') ? "" : ".")} Usage: "
        + $"{_usage}.");
}
