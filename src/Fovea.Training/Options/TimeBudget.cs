using System.Globalization;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>How long a run is to take.</summary>
/// <param name="Time">The time, at least a second.</param>
public sealed record TimeBudget(TimeSpan Time)
{
    /// <summary>Reads "90s", "20m" or "2h".</summary>
    /// <exception cref="FoveaException">Anything else.</exception>
    public static TimeBudget Parse(string text)
    {
        foreach ((char unit, int seconds) in (ReadOnlySpan<(char, int)>)[('s', 1), ('m', 60), ('h', 3600)])
        {
            if (text.EndsWith(unit) && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                && count is >= 1 and <= 1_000_000)
                return new TimeBudget(TimeSpan.FromSeconds((double)count * seconds));
        }
        throw new FoveaException($"--time-budget {text}: expected a number of 1 to 1000000 with its unit: 90s, 20m or 2h.");
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        double seconds = Time.TotalSeconds;
        (double count, char unit) = seconds % 3600 == 0 ? (seconds / 3600, 'h') : seconds % 60 == 0 ? (seconds / 60, 'm') : (seconds, 's');
        return FormattableString.Invariant($"{count:0}{unit}");
    }
}
