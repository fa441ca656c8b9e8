using System.Text;

namespace Fovea.Cli.Text;

/// <summary>
/// Lines that are rewritten in place below the log. Three escape codes, which every terminal but a dumb one knows: to the line's end, to the screen's
/// end, lines up. Where they are not wanted it shows nothing.
/// </summary>
/// <param name="writer">The terminal.</param>
/// <param name="live">Whether escape codes are wanted.</param>
/// <param name="size">Columns and rows, as they are now.</param>
internal sealed class LivePanel(TextWriter writer, bool live, Func<(int Columns, int Rows)> size)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(120);
    private readonly Lock _lock = new();
    private bool _shown;
    private long _last;

    /// <summary>Whether this terminal shows it at all.</summary>
    public bool IsLive => live;

    /// <summary>Columns of a line.</summary>
    public int Width => size().Columns;

    /// <summary>Whether the next lines would be shown: asked first where making them is work.</summary>
    public bool IsDue => live && (_last == 0 || TimeProvider.System.GetElapsedTime(_last) >= Pause);

    /// <summary>Shows lines, as many as the terminal has room for, each cut to its width; calls that follow each other too fast are left out.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            if (!IsDue)
                return;
            // One row stays for the cursor: a panel that fills the screen would scroll, and not be found again by going up.
            (int width, int rows) = size();
            int shown = Math.Min(lines.Count, rows - 1);
            StringBuilder text = new();
            foreach (string line in lines.Take(shown))
                text.Append('\r').Append(line.Length >= width ? line[..(width - 1)] : line).Append("\e[K\n");
            // The cursor rests at the panel's beginning: whatever else is written stands in its place and not below it.
            writer.Write(text.Append("\e[J\e[").Append(shown).Append('A').ToString());
            (_shown, _last) = (true, TimeProvider.System.GetTimestamp());
        }
    }

    /// <summary>Takes the lines away, so that a line of the log can stand in their place.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (!_shown)
                return;
            writer.Write("\r\e[J");
            (_shown, _last) = (false, 0);
        }
    }
}
