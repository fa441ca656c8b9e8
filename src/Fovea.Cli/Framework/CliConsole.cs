using System.Text;
using Fovea.Cli.Text;
using Fovea.Kernels.Native;
using Microsoft.Win32.SafeHandles;

namespace Fovea.Cli.Framework;

/// <summary>
/// Where a command writes and what it may assume of it: results go to <see cref="Out"/>, progress and log to <see cref="Error"/>. Tests give writers
/// of their own.
/// </summary>
internal sealed class CliConsole : IDisposable
{
    private const int OutputFile = 1, ErrorFile = 2;
    private ProgressLine? _progress;
    private LivePanel? _panel;

    /// <summary>A console that writes to two writers and is no terminal.</summary>
    public CliConsole(TextWriter output, TextWriter error) => (Out, Error) = (output, error);

    /// <summary>Results.</summary>
    public TextWriter Out { get; }

    /// <summary>Progress, log and error messages.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether <see cref="Out"/> is a terminal; default false.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal; default false.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether <see cref="Out"/> understands and wants escape codes for colours; default false.</summary>
    public bool Colour { get; init; }

    /// <summary>Whether <see cref="Error"/> understands and wants escape codes that move the cursor; default false.</summary>
    public bool Live { get; init; }

    /// <summary>Whether characters beyond ASCII arrive as they are; default true.</summary>
    public bool Utf8 { get; init; } = true;

    /// <summary>Columns and rows of the terminal: asked anew each time, as its user may change them; default 120 and 40.</summary>
    public Func<(int Columns, int Rows)> Size { get; init; } = () => (120, 40);

    /// <summary>Columns of a line.</summary>
    public int Width
    {
        get => Size().Columns;
        init => Size = () => (value, 40);
    }

    /// <summary>
    /// Which choices of kernels plans follow: "rule", a table's file, or "" for the user's own table where there is one; default "rule", so that what is run without a
    /// process of its own depends on no user. A process takes <see cref="KernelChoices.Variable"/>.
    /// </summary>
    public string Kernels { get; init; } = KernelChoices.Rule;

    /// <summary>Says when the user wants to stop.</summary>
    public StopSignal Stop { get; init; } = new();

    /// <summary>The line that shows progress on <see cref="Error"/>, rewritten in place on a terminal.</summary>
    public ProgressLine Progress => _progress ??= new ProgressLine(Error, ErrorIsTerminal, () => Width);

    /// <summary>Lines that are rewritten in place on <see cref="Error"/>, where it is <see cref="Live"/>.</summary>
    public LivePanel Panel => _panel ??= new LivePanel(Error, Live && Utf8, () => Size());

    /// <summary>The console of this process: its streams, its terminal, its signals.</summary>
    public static CliConsole OfProcess()
    {
        bool outIsTerminal = !Console.IsOutputRedirected, errorIsTerminal = !Console.IsErrorRedirected;
        bool dumb = Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        bool colourless = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        TextWriter error = Writer(ErrorFile, errorIsTerminal, autoFlush: true);
        return new CliConsole(Writer(OutputFile, outIsTerminal, autoFlush: false), error)
        {
            OutIsTerminal = outIsTerminal,
            ErrorIsTerminal = errorIsTerminal && !dumb,
            Live = errorIsTerminal && !dumb && !colourless,
            Colour = outIsTerminal && !dumb && !colourless,
            Utf8 = SpeaksUtf8(),
            Size = TerminalSize,
            Kernels = Environment.GetEnvironmentVariable(KernelChoices.Variable) ?? "",
            Stop = StopSignal.OfProcess(error),
        };
    }

    /// <summary>A line of the log.</summary>
    public void Log(string line)
    {
        _progress?.Clear();
        _panel?.Clear();
        Error.WriteLine(line);
    }

    /// <summary>A warning in the log.</summary>
    public void Warn(string message) => Log($"warning: {message}");

    /// <summary>Flushes both writers and lets go of the signals.</summary>
    public void Dispose()
    {
        _progress?.Clear();
        _panel?.Clear();
        try
        {
            Out.Flush();
        }
        catch (IOException)
        {
            // The reader went away before the last lines ('fovea ... | head'): nobody is left to tell.
        }
        Stop.Dispose();
    }

    // The Console class sends set-up codes of its own to a terminal, whatever NO_COLOR says. A file needs it: a FileStream would keep its own position there, and
    // overwrite what others write through the same redirection.
    private static StreamWriter Writer(int file, bool terminal, bool autoFlush)
    {
        Stream stream = terminal ? new FileStream(new SafeFileHandle(file, ownsHandle: false), FileAccess.Write, bufferSize: 0)
            : file == OutputFile ? Console.OpenStandardOutput() : Console.OpenStandardError();
        return new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 4096) { AutoFlush = autoFlush };
    }

    private static bool SpeaksUtf8()
    {
        foreach (string name in (string[])["LC_ALL", "LC_CTYPE", "LANG"])
        {
            // The first one that is set decides.
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                return value.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || value.Contains("utf8", StringComparison.OrdinalIgnoreCase);
        }
        return false;
    }

    private static (int Columns, int Rows) TerminalSize()
    {
        (int columns, int rows) = Terminal.Size(OutputFile) ?? Terminal.Size(ErrorFile) ?? (120, 40);
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int said) && said is >= 20 and <= 1000)
            columns = said;
        return (Math.Clamp(columns, 20, 1000), Math.Max(rows, 2));
    }
}
