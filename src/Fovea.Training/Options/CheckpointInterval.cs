using System.Globalization;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// How often <c>resume.safetensors</c> is written inside an epoch: after a number of steps or some time. It is written after every epoch anyway.
/// </summary>
/// <param name="Steps">Steps between two, or null.</param>
/// <param name="Time">Time between two, or null.</param>
public sealed record CheckpointInterval(int? Steps, TimeSpan? Time)
{
    /// <summary>Reads "500steps", "90s", "10m" or "2h".</summary>
    /// <exception cref="FoveaException">Anything else.</exception>
    public static CheckpointInterval Parse(string text)
    {
        foreach ((string unit, double seconds) in (ReadOnlySpan<(string, double)>)[("steps", 0), ("s", 1), ("m", 60), ("h", 3600)])
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> digits = text.AsSpan(0, text.Length - unit.Length);
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count is < 1 or > 1_000_000)
                continue;
            return seconds == 0 ? new CheckpointInterval(count, null) : new CheckpointInterval(null, TimeSpan.FromSeconds(count * seconds));
        }
        throw new FoveaException($"--checkpoint-every {text}: expected a number of 1 to 1000000 with its unit: 500steps, 90s, 10m or 2h.");
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Steps is { } steps ? $"{steps}steps" : FormattableString.Invariant($"{Time!.Value.TotalSeconds:0}s");
}
