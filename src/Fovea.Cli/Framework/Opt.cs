using System.CommandLine;
using System.Globalization;
using Fovea.Kernels;

namespace Fovea.Cli.Framework;

/// <summary>Makes options whose errors say what was given, what is allowed and what is nearest. Values that are not given are null.</summary>
internal static class Opt
{
    /// <summary>A whole number.</summary>
    public static Option<int?> Int(string name, string help, int least = 1, int most = int.MaxValue, string value = "N") =>
        Make<int?>(name, value, help, text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) && n >= least && n <= most
            ? (n, null)
            : (null, $"expected a whole number {Range(least, most)}"));

    /// <summary>A seed: a whole number of 64 bits.</summary>
    public static Option<ulong?> Seed(string name, string help) => Make<ulong?>(name, "N", help, text =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong n) ? (n, null)
            : (null, "expected a whole number from 0 to 2^64 - 1"));

    /// <summary>A number; <paramref name="allowed"/> says in words which ones <paramref name="check"/> takes.</summary>
    public static Option<double?> Number(string name, string help, Func<double, bool> check, string allowed) => Make<double?>(name, "X", help, text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.IsFinite(x) && check(x) ? (x, null)
            : (null, $"expected a number {allowed}"));

    /// <summary>Numbers apart by commas: one for all channels, or one for each.</summary>
    public static Option<float[]?> Numbers(string name, string help, Func<float, bool> check, string allowed) =>
        Make<float[]?>(name, "R,G,B", help, text =>
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        float[] values = new float[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !float.IsFinite(values[i])
                || !check(values[i]))
                return (null, $"expected numbers {allowed} apart by commas, such as 0.5 or 0.485,0.456,0.406");
        }
        return (values, null);
    });

    /// <summary>Whole numbers apart by commas, such as epochs.</summary>
    public static Option<int[]?> WholeNumbers(string name, string help, int least) => Make<int[]?>(name, "A,B", help, text =>
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        int[] values = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out values[i]) || values[i] < least)
                return (null, $"expected whole numbers {Range(least, int.MaxValue)} apart by commas, such as 30,60");
        }
        return (values, null);
    });

    /// <summary>One of several words. <paramref name="later"/> are words that a later version will take.</summary>
    public static Option<string?> Choice(string name, string help, IReadOnlyList<string> allowed, params IReadOnlyList<string> later) =>
        Make<string?>(name, string.Join('|', allowed), help, text =>
    {
        if (allowed.Contains(text))
            return (text, null);
        return later.Contains(text)
            ? (null, $"this version does not have it; it has {string.Join(", ", allowed)}")
            : (null, $"expected {(allowed.Count > 1 ? "one of " : "")}{string.Join(", ", allowed)}.{NearestName.Hint(text, allowed)}");
    });

    /// <summary>Text, such as a path or a name.</summary>
    public static Option<string?> Text(string name, string value, string help) => Make<string?>(name, value, help, text =>
        text.StartsWith("--", StringComparison.Ordinal)
            ? (null, $"this looks like an option, expected {value}; a value that begins with -- can be given as {name}={text}")
        : text.Length == 0 ? (null, $"expected {value}, got nothing") : (text, null));

    /// <summary>An option without a value.</summary>
    public static Option<bool> Flag(string name, string help) => new(name) { Description = help, Arity = ArgumentArity.Zero };

    /// <summary>An option whose value is read by a function.</summary>
    /// <param name="name">"--keep".</param>
    /// <param name="value">What stands for the value in the help: "N|all".</param>
    /// <param name="help">What it does.</param>
    /// <param name="read">The value, or what was expected.</param>
    public static Option<T> Make<T>(string name, string value, string help, Func<string, (T? Value, string? Problem)> read) => new(name)
    {
        Description = help,
        HelpName = value,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            (T? parsed, string? problem) = read(text);
            if (problem is not null)
                result.AddError($"{name} {(text.Length == 0 ? "''" : text)}: {problem}{(problem[^1] is '.' or '?' ? "" : ".")}");
            return parsed!;
        },
    };

    private static string Range(int least, int most) => most == int.MaxValue ? $"of {least} or more" : $"from {least} to {most}";

    /// <summary>An option whose value is read by a function; what that says of a wrong one is what the user reads.</summary>
    /// <param name="name">"--time-budget".</param>
    /// <param name="value">What stands for the value in the help: "T".</param>
    /// <param name="help">What it does.</param>
    /// <param name="parse">Reads it, or throws a <see cref="FoveaException"/>.</param>
    /// <param name="named">Whether messages have to be told the option's name.</param>
    public static Option<T?> Parsed<T>(string name, string value, string help, Func<string, T> parse, bool named = false)
        where T : class => new(name)
        {
            Description = help,
            HelpName = value,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result =>
            {
                try
                {
                    return parse(result.Tokens[0].Value);
                }
                catch (FoveaException e)
                {
                    result.AddError(named ? $"{name}: {e.Message}" : e.Message);
                    return null;
                }
            },
        };
}
