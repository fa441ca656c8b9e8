namespace Fovea.Cli.Text;

/// <summary>Draws a curve with Braille characters: two dots across and four down in each.</summary>
internal static class BrailleChart
{
    private const int Across = 2, Down = 4;
    private const char Blank = '\u2800';

    // The dots of a character from top to bottom, left column and right column.
    private static readonly int[,] Dots = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    /// <summary>The lines of a curve.</summary>
    /// <param name="values">Its values from left to right; those that are not finite are left out.</param>
    /// <param name="columns">Characters of a line; a curve with fewer values begins at the left and is shorter.</param>
    /// <param name="rows">Lines.</param>
    public static string[] Draw(IReadOnlyList<double> values, int columns, int rows)
    {
        char[][] cells = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Repeat(Blank, columns).ToArray())];
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
            return [.. cells.Select(row => new string(row))];
        double low = finite.Min(), span = Math.Max(finite.Max() - low, 1e-9);
        int height = rows * Down, width = columns * Across, shown = Math.Min(finite.Length, width), before = -1;
        for (int x = 0; x < shown; x++)
        {
            // More values than dots: those in between are left out, the last one stays.
            double value = finite[shown == 1 ? 0 : (int)((long)x * (finite.Length - 1) / (shown - 1))];
            int y = (int)Math.Round((height - 1) * (1 - (value - low) / span));
            int from = before < 0 ? y : before < y ? before + 1 : before > y ? before - 1 : y;
            for (int dot = Math.Min(from, y); dot <= Math.Max(from, y); dot++)
                cells[dot / Down][x / Across] |= (char)Dots[dot % Down, x % Across];
            before = y;
        }
        return [.. cells.Select(row => new string(row))];
    }
}
