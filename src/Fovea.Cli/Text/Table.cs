namespace Fovea.Cli.Text;

/// <summary>Plain aligned text: a row of headings, then rows. Columns whose heading begins with '&gt;' stand to the right.</summary>
internal sealed class Table
{
    private readonly string[] _headings;
    private readonly bool[] _right;
    private readonly List<string[]?> _rows = [];

    /// <summary>A table with these headings; "&gt;parameters" is a column that stands to the right.</summary>
    public Table(params ReadOnlySpan<string> headings)
    {
        _headings = new string[headings.Length];
        _right = new bool[headings.Length];
        for (int i = 0; i < headings.Length; i++)
        {
            _right[i] = headings[i].StartsWith('>');
            _headings[i] = _right[i] ? headings[i][1..] : headings[i];
        }
    }

    /// <summary>Adds a row; cells that are missing at the end are empty.</summary>
    public void Row(params ReadOnlySpan<string> cells) => _rows.Add(cells.ToArray());

    /// <summary>Adds a line between what stands above and below.</summary>
    public void Rule() => _rows.Add(null);

    /// <summary>Writes the table, each line after <paramref name="indent"/>.</summary>
    public void Write(TextWriter writer, string indent = "")
    {
        foreach (string line in Lines())
            writer.WriteLine(line.Length == 0 ? "" : indent + line);
    }

    /// <summary>The table's lines, without blanks at their ends.</summary>
    public IReadOnlyList<string> Lines()
    {
        int[] widths = [.. _headings.Select((heading, i) =>
            Math.Max(heading.Length, _rows.Max(row => row is not null && i < row.Length ? row[i].Length : 0)))];
        string rule = string.Join("  ", widths.Select(w => new string('-', w)));
        List<string> lines = [];
        if (_headings.Any(h => h.Length > 0))
            lines.AddRange(Line(_headings, widths), rule);
        foreach (string[]? row in _rows)
            lines.Add(row is null ? rule : Line(row, widths));
        return lines;
    }

    private string Line(string[] cells, int[] widths)
    {
        IEnumerable<string> padded = widths.Select((width, i) =>
        {
            string cell = i < cells.Length ? cells[i] : "";
            return _right[i] ? cell.PadLeft(width) : cell.PadRight(width);
        });
        return string.Join("  ", padded).TrimEnd();
    }
}
