using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Where the files of a run lie.</summary>
/// <param name="path">The run's folder.</param>
internal sealed class RunFolder(string path)
{
    private const string LockName = ".lock";
    private const int MostRunsOfOneName = 100_000;

    public string Path { get; } = path;

    public string Resume => Checkpoint("resume");

    public string Results => System.IO.Path.Combine(Path, "results.csv");

    public string TensorBoard => System.IO.Path.Combine(Path, "tensorboard");

    public string Predictions => System.IO.Path.Combine(Path, "predictions.csv");

    public string Events => System.IO.Path.Combine(Path, "events.jsonl");

    /// <summary>The file of a checkpoint: "last", "best", "epoch-003".</summary>
    public string Checkpoint(string name) => System.IO.Path.Combine(Path, RunPaths.Checkpoints, $"{name}.safetensors");

    /// <summary>Name of an epoch's own checkpoint.</summary>
    public static string EpochName(int epoch) => $"epoch-{epoch:000}";

    /// <summary>Makes a new run's folder and its event log, which claims it; an existing name gets -2, -3 and so on.</summary>
    /// <exception cref="FoveaException">The output folder cannot be written.</exception>
    public static (RunFolder Folder, EventLog Log) Create(string output, string name)
    {
        try
        {
            Directory.CreateDirectory(output);
            for (int number = 1; number < MostRunsOfOneName; number++)
            {
                RunFolder folder = new(System.IO.Path.Combine(output, number == 1 ? name : $"{name}-{number}"));
                if (Directory.Exists(folder.Path) || File.Exists(folder.Path))
                    continue;
                Directory.CreateDirectory(System.IO.Path.Combine(folder.Path, RunPaths.Checkpoints));
                try
                {
                    return (folder, EventLog.Create(folder.Events));
                }
                catch (IOException) when (File.Exists(folder.Events))
                {
                    // Another process took the name between the look and the leap.
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Making a folder for the run under '{output}': {IoReason.Of(e, output)}. Choose a folder that can be written with --output.", e);
        }
        throw new FoveaException($"There are {MostRunsOfOneName} runs called '{name}' under '{output}'. Choose another --name.");
    }

    /// <summary>
    /// Keeps other processes off the run until the result is disposed; the system takes the lock away from a process that is killed.
    /// </summary>
    /// <exception cref="FoveaException">Another process trains the run, or the folder cannot be written.</exception>
    public IDisposable Lock()
    {
        string path = System.IO.Path.Combine(Path, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Locking the run '{Path}': {IoReason.Of(e, path)}. Another process may be training it; end that one first. Or the folder "
                + $"cannot be written.", e);
        }
    }

    /// <summary>Whether a process trains the run now.</summary>
    public bool IsLocked()
    {
        string path = System.IO.Path.Combine(Path, LockName);
        if (!File.Exists(path))
            return false;
        try
        {
            // A reader's lock, held for a moment: refused as long as the trainer has its own.
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Removes a folder in which nothing has happened.</summary>
    public void Remove()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty folder that stays does less harm than hiding the error that led here.
        }
    }
}
