namespace Fovea.Cli.Text;

/// <summary>One line that is rewritten in place on a terminal, with carriage returns and blanks alone; elsewhere it is not shown.</summary>
internal sealed class ProgressLine(TextWriter writer, bool terminal, Func<int> width)
{
    // Twelve times a second is as fast as anybody reads, and no work for the terminal.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(80);
    private readonly Lock _lock = new();
    private int _shown;
    private long _last;

    /// <summary>Whether the next text would be shown: asked first where making it is work.</summary>
    public bool IsDue => terminal && (_last == 0 || TimeProvider.System.GetElapsedTime(_last) >= Pause);

    /// <summary>Shows <paramref name="text"/>, cut to the terminal's width; calls that follow each other too fast are left out.</summary>
    public void Show(string text)
    {
        lock (_lock)
        {
            if (!IsDue)
                return;
            _last = TimeProvider.System.GetTimestamp();
            int room = width() - 1;
            if (text.Length > room)
                text = text[..room];
            writer.Write('\r' + text.PadRight(Math.Min(_shown, room)));
            _shown = text.Length;
        }
    }

    /// <summary>Takes the line away, so that a line of the log can stand in its place.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_shown == 0)
                return;
            writer.Write('\r' + new string(' ', Math.Min(_shown, width() - 1)) + '\r');
            (_shown, _last) = (0, 0);
        }
    }
}
