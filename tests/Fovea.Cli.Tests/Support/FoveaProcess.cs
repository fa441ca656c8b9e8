using System.Diagnostics;
using System.Text;

namespace Fovea.Cli.Tests.Support;

/// <summary>The command line as a process of its own, which can be killed.</summary>
internal sealed class FoveaProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();

    private FoveaProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => _error.AppendLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Starts <c>fovea</c>.</summary>
    public static FoveaProcess Start(params IEnumerable<string> args)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "fovea.dll");
        string dotnet = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
        ProcessStartInfo start = new(dotnet, ["exec", program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Not the tables of whoever runs the tests.
        start.Environment["FOVEA_KERNELS"] = "rule";
        return new FoveaProcess(Process.Start(start)!);
    }

    /// <summary>True once it has ended by itself or was killed.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Waits for its end and fails where it did not end well.</summary>
    public void Finish()
    {
        _process.WaitForExit();
        Assert.True(_process.ExitCode == 0, $"exit {_process.ExitCode}: {_error}");
    }

    /// <summary>SIGKILL: nothing of the program runs any more. False where it had ended well before.</summary>
    public bool Kill()
    {
        _process.Kill();
        _process.WaitForExit();
        Assert.True(_process.ExitCode is 0 or 128 + 9, $"exit {_process.ExitCode}: {_error}");
        return _process.ExitCode != 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
