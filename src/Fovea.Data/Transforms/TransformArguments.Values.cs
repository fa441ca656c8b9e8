using System.Globalization;
using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>The values that augmentations have in common: angles, shares, colours.</summary>
public sealed partial class TransformArguments
{
    /// <summary>
    /// The range named <paramref name="name"/>, <c>X</c> for -X to X (X of 0 or more) or <c>LOW:HIGH</c>, all within -<paramref name="most"/> to
    /// <paramref name="most"/>; the default is -fallback to fallback, or there is none.
    /// </summary>
    public (double Low, double High) Around(string name, double? fallback, double most, int position = -1)
    {
        if (Take(name, position) is not { } text)
            return fallback is { } x ? (-x, x) : throw Error($"the {name} are missing");
        string[] parts = text.Split(':');
        if (parts.Length == 1 && ParseNumber(text) is >= 0 and var single && single <= most)
            return (-single, single);
        if (parts.Length == 2 && ParseNumber(parts[0]) is { } low && ParseNumber(parts[1]) is { } high && -most <= low && low <= high && high <= most)
            return (low, high);
        throw Error($"{name}={text} must be X from 0 to {Text(most)}, which means -X to X, or LOW:HIGH from {Text(-most)} to {Text(most)}");
    }

    /// <summary>The shares of width and height named <paramref name="name"/>, <c>X</c> or <c>X:Y</c>, each 0 to 1; default 0.</summary>
    public (double X, double Y) Shares(string name)
    {
        if (Take(name, -1) is not { } text)
            return (0, 0);
        string[] parts = text.Split(':');
        if (parts.Length <= 2 && ParseNumber(parts[0]) is >= 0 and <= 1 and var x && ParseNumber(parts[^1]) is >= 0 and <= 1 and var y)
            return (x, y);
        throw Error($"{name}={text} must be a share of the picture's size from 0 to 1, or X:Y for different ones across and down");
    }

    /// <summary>The colour named <paramref name="name"/>, <c>N</c> or <c>R:G:B</c>, each 0 to 255; default 0, black.</summary>
    public PixelFill Fill(string name)
    {
        if (Take(name, -1) is not { } text)
            return default;
        string[] parts = text.Split(':');
        byte[] values = [.. parts.Select(p => byte.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out byte v) ? v : (byte?)null).OfType<byte>()];
        return values.Length != parts.Length || values.Length is not (1 or 3)
            ? throw Error($"{name}={text} must be N or R:G:B, each from 0 to 255")
            : new PixelFill(values[0], values[values.Length / 2], values[^1]);
    }

    /// <summary>What <see cref="Around"/> reads, as it is written.</summary>
    internal static string AroundText((double Low, double High) range) =>
        range.Low == -range.High ? Text(range.High) : $"{Text(range.Low)}:{Text(range.High)}";

    /// <summary>A comma and the interpolation; nothing for the default.</summary>
    internal static string Text(WarpFilter filter) => filter == WarpFilter.Nearest ? "" : $",interpolation={filter.ToString().ToLowerInvariant()}";

    /// <summary>A comma and the colour; nothing for the default.</summary>
    internal static string Text(PixelFill fill) =>
        fill == default ? "" : fill.R == fill.G && fill.G == fill.B ? $",fill={fill.R}" : $",fill={fill.R}:{fill.G}:{fill.B}";
}
