namespace Fovea.Cli.Text;

/// <summary>A confusion matrix as text: a row for each class, a column for each answer.</summary>
internal static class ConfusionText
{
    // More columns than this fit no terminal: then the pairs that are confused most often say more.
    private const int MostColumns = 20;
    private const int Pairs = 10;

    /// <summary>Writes the matrix, or where there are too many classes its largest entries beside the diagonal.</summary>
    /// <param name="classes">Class names.</param>
    /// <param name="confusion">Images by their class (row) and the network's answer (column).</param>
    /// <param name="writer">Where to.</param>
    public static void Write(IReadOnlyList<string> classes, int[][] confusion, TextWriter writer)
    {
        if (classes.Count > MostColumns)
        {
            WritePairs(classes, confusion, writer);
            return;
        }
        writer.WriteLine("Confusion matrix (row: what it is; column: what the network says):");
        Table table = new(["", "", .. classes.Select((_, i) => $">{i}"), ">right"]);
        for (int row = 0; row < classes.Count; row++)
        {
            int support = confusion[row].Sum();
            string right = support == 0 ? "-" : Format.Percent((double)confusion[row][row] / support);
            table.Row([$"{row}", classes[row], .. confusion[row].Select(n => n == 0 ? "." : $"{n}"), right]);
        }
        table.Write(writer, "  ");
    }

    private static void WritePairs(IReadOnlyList<string> classes, int[][] confusion, TextWriter writer)
    {
        writer.WriteLine($"Most often confused (of {classes.Count} classes; --json has the whole matrix):");
        Table table = new(">images", "what it is", "what the network says");
        foreach ((int row, int column, int images) in confusion
            .SelectMany((counts, row) => counts.Select((n, column) => (row, column, n)))
            .Where(e => e.row != e.column && e.n > 0).OrderByDescending(e => e.n).Take(Pairs))
            table.Row(Format.Count(images), classes[row], classes[column]);
        table.Write(writer, "  ");
    }
}
