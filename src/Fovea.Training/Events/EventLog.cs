using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>events.jsonl: one event a line, handed to the system before the next step begins, which a killed process survives.</summary>
public sealed class EventLog : IEventSink, IDisposable
{
    private readonly FileStream _file;

    private EventLog(FileStream file) => _file = file;

    /// <summary>Makes a new file.</summary>
    /// <exception cref="IOException">There is one already, or it cannot be written.</exception>
    public static EventLog Create(string path) => new(new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read));

    /// <summary>Opens the file of a run to go on with, and cuts off what lies behind <paramref name="position"/>.</summary>
    /// <param name="path">The file; made where it is missing.</param>
    /// <param name="position">Where the run goes on.</param>
    /// <param name="reported">Receives the broken samples that were reported before.</param>
    /// <exception cref="FoveaException">The file cannot be written.</exception>
    public static EventLog Reopen(string path, RunPosition position, ICollection<SampleBroken> reported)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Opening '{path}' to resume the run: {IoReason.Of(e, path)}. Make the run's folder writable.", e);
        }
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        long end = 0;
        while (bytes.AsSpan((int)end).IndexOf((byte)'\n') is >= 0 and int length)
        {
            if (EventJson.Read(bytes.AsSpan((int)end, length)) is not { } happened || happened.At > position)
                break;
            if (happened is SampleBroken broken)
                reported.Add(broken);
            end += length + 1;
        }
        file.SetLength(end);
        file.Position = end;
        return new EventLog(file);
    }

    /// <inheritdoc/>
    public void Handle(TrainingEvent happened)
    {
        try
        {
            _file.Write([.. EventJson.Write(happened), (byte)'\n']);
            // To the disk itself, which costs, only where something ends.
            _file.Flush(flushToDisk: happened is EpochDone or RunStopped or RunFinished);
        }
        catch (IOException e)
        {
            throw new FoveaException($"Writing '{_file.Name}' failed: {IoReason.Of(e, _file.Name)}. {IoReason.Cure(e)} Then go on with --resume.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
