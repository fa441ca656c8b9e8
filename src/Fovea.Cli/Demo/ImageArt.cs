using System.Text;

namespace Fovea.Cli.Demo;

/// <summary>How a picture can be drawn with characters.</summary>
internal enum ArtStyle
{
    /// <summary>Ten ASCII characters from dark to bright, one for two pixels.</summary>
    Ascii,

    /// <summary>Shades from Unicode's block elements, one for two pixels.</summary>
    Shades,

    /// <summary>Half blocks whose two colours are two pixels; needs escape codes.</summary>
    HalfBlocks,
}

/// <summary>Draws grey pictures with characters: one column a pixel, one row two.</summary>
internal static class ImageArt
{
    private const string AsciiRamp = " .:-=+*#%@";
    private const string ShadeRamp = " ░▒▓█";
    // The greys of the 256-colour palette: 232 (nearly black) to 255 (nearly white).
    private const int FirstGrey = 232, Greys = 24;

    /// <summary>The lines of a picture.</summary>
    /// <param name="pixels">Grey values, row after row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="style">How to draw.</param>
    public static string[] Draw(ReadOnlySpan<byte> pixels, int width, int height, ArtStyle style)
    {
        string[] lines = new string[(height + 1) / 2];
        StringBuilder line = new();
        for (int y = 0; y < lines.Length; y++)
        {
            line.Clear();
            for (int x = 0; x < width; x++)
            {
                int top = pixels[2 * y * width + x], bottom = 2 * y + 1 < height ? pixels[(2 * y + 1) * width + x] : top;
                if (style == ArtStyle.HalfBlocks)
                    line.Append("\x1b[38;5;").Append(Grey(top)).Append(";48;5;").Append(Grey(bottom)).Append("m▀");
                else
                    line.Append(Shade(style == ArtStyle.Ascii ? AsciiRamp : ShadeRamp, (top + bottom) / 2));
            }
            if (style == ArtStyle.HalfBlocks)
                line.Append("\x1b[0m");
            lines[y] = line.ToString();
        }
        return lines;
    }

    private static char Shade(string ramp, int value) => ramp[value * ramp.Length / 256];

    private static int Grey(int value) => FirstGrey + value * Greys / 256;
}
