using System.Runtime.InteropServices;

namespace Fovea.Cli.Framework;

/// <summary>Ctrl-C (and SIGTERM): the first asks the command to finish its step and save, the second ends the process at once.</summary>
/// <param name="writer">Where the notice goes.</param>
internal sealed class StopSignal(TextWriter? writer = null) : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Cancelled when the user wants to stop.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the user wants to stop.</summary>
    public bool Requested => _source.IsCancellationRequested;

    /// <summary>What is said when the first signal arrives, before the command finishes; null says nothing.</summary>
    public string? Notice { get; set; }

    /// <summary>A signal that listens to the process's.</summary>
    public static StopSignal OfProcess(TextWriter writer)
    {
        StopSignal stop = new(writer);
        stop._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, stop.Arrived));
        stop._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop.Arrived));
        return stop;
    }

    /// <summary>Asks to stop, as the first signal does.</summary>
    public void Request() => _source.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Arrived(PosixSignalContext context)
    {
        // A command that saves nothing has nothing to finish: the signal ends it at once.
        if (_source.IsCancellationRequested || Notice is null)
            Environment.Exit(ExitCode.Interrupted);
        context.Cancel = true;
        writer?.WriteLine();
        writer?.WriteLine(Notice);
        _source.Cancel();
    }
}
