using Fovea.Cli.Framework;

namespace Fovea.Cli.Demo;

/// <summary>Draws test images beside each other, what they are and what the network says beneath.</summary>
internal static class DemoText
{
    private const string Gap = "  ";

    /// <summary>Writes the samples, as many beside each other as the width takes.</summary>
    public static void Write(IReadOnlyList<DemoSample> samples, CliConsole console)
    {
        ArtStyle style = console.Colour && console.Utf8 ? ArtStyle.HalfBlocks : console.Utf8 ? ArtStyle.Shades : ArtStyle.Ascii;
        int columns = Math.Max(1, (console.Width + Gap.Length) / (samples[0].Image.Width + Gap.Length));
        foreach (DemoSample[] row in samples.Chunk(columns))
        {
            WriteRow([.. row.Select(s => ImageArt.Draw(s.Image.Pixels, s.Image.Width, s.Image.Height, style))], console.Out);
            WriteRow([.. row.Select(Caption)], console.Out);
            console.Out.WriteLine();
        }
    }

    private static string[] Caption(DemoSample sample)
    {
        int width = sample.Image.Width;
        string Line(string left, string right) => left.Length + right.Length < width ? left.PadRight(width - right.Length) + right
            : $"{left} {right}"[..width];
        return [Line(sample.Class, sample.IsRight ? "right" : "WRONG"),
            .. sample.Answer.Top.Select(t => Line("  " + t.Class, Format.Percent(t.Probability)))];
    }

    private static void WriteRow(string[][] blocks, TextWriter writer)
    {
        for (int i = 0; i < blocks.Max(b => b.Length); i++)
            writer.WriteLine(string.Join(Gap, blocks.Select(b => i < b.Length ? b[i] : "")).TrimEnd());
    }
}
