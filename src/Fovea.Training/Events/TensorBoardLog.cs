using Fovea.Formats.TensorBoard;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// tensorboard/events.out.tfevents.*: <c>train/loss_step</c> and <c>lr</c> by step (every <c>--log-every</c> steps), <c>train/loss</c>,
/// <c>train/acc</c>, <c>val/loss</c> and <c>val/acc</c> by epoch.
/// </summary>
public sealed class TensorBoardLog : IEventSink, IDisposable
{
    private const string Prefix = "events.out.tfevents.", StepLoss = "train/loss_step", Lr = "lr";

    private readonly FileStream _file;

    private TensorBoardLog(FileStream file) => _file = file;

    /// <summary>Makes the folder with a new file.</summary>
    /// <param name="folder">The folder, such as <c>runs/pets/tensorboard</c>.</param>
    /// <exception cref="FoveaException">It cannot be written.</exception>
    public static TensorBoardLog Create(string folder)
    {
        TensorBoardLog log = Open(folder, path: null);
        log.Write(EventRecord.Opening(Seconds(DateTimeOffset.UtcNow)));
        return log;
    }

    /// <summary>Opens the file of a run to go on with, and cuts off what lies behind the run's position; a new one where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="epochs">Complete epochs at the checkpoint.</param>
    /// <param name="steps">Steps since the run began at the checkpoint.</param>
    /// <exception cref="FoveaException">It cannot be written.</exception>
    public static TensorBoardLog Reopen(string folder, int epochs, long steps)
    {
        string? path = Directory.Exists(folder) ? Directory.GetFiles(folder, Prefix + "*").Order(StringComparer.Ordinal).FirstOrDefault() : null;
        TensorBoardLog log = Open(folder, path);
        byte[] bytes = new byte[log._file.Length];
        log._file.ReadExactly(bytes);
        int end = 0;
        foreach ((EventRecord record, int recordEnd) in EventFileReader.Read(bytes))
        {
            if (record.Values.Any(value => record.Step > (value.Tag is StepLoss or Lr ? steps : epochs)))
                break;
            end = recordEnd;
        }
        log._file.SetLength(end);
        log._file.Position = end;
        if (end == 0)
            log.Write(EventRecord.Opening(Seconds(DateTimeOffset.UtcNow)));
        return log;
    }

    /// <inheritdoc/>
    public void Handle(TrainingEvent happened)
    {
        double time = Seconds(happened.Time);
        switch (happened)
        {
            case StepDone step:
                Write(new EventRecord(time, step.TotalSteps, [new(StepLoss, (float)step.Loss), new(Lr, (float)step.Lr)]));
                break;
            case EpochDone { Result: var r }:
                Write(new EventRecord(time, r.Epoch,
                [
                    new("train/loss", (float)r.TrainLoss), new("train/acc", (float)r.TrainAcc), new("val/loss", (float)r.ValLoss),
                    new("val/acc", (float)r.ValAcc),
                ]));
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static TensorBoardLog Open(string folder, string? path)
    {
        try
        {
            Directory.CreateDirectory(folder);
            // TensorBoard reads while we write, and orders a folder's files by name: hence the time in it.
            FileMode mode = path is null ? FileMode.CreateNew : FileMode.Open;
            path ??= Path.Combine(folder, $"{Prefix}{DateTimeOffset.UtcNow.ToUnixTimeSeconds():0000000000}.fovea");
            return new TensorBoardLog(new FileStream(path, mode, FileAccess.ReadWrite, FileShare.Read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Opening TensorBoard's event file under '{folder}': {IoReason.Of(e, folder)}. Make the run's folder writable.", e);
        }
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private void Write(EventRecord record)
    {
        try
        {
            EventFileWriter.Write(_file, record);
            _file.Flush();
        }
        catch (IOException e)
        {
            throw new FoveaException($"Writing '{_file.Name}' failed: {IoReason.Of(e, _file.Name)}. {IoReason.Cure(e)} Then go on with --resume.", e);
        }
    }
}
