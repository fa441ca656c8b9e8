namespace Fovea.Cli.Tests.Support;

/// <summary>A data set and a run on it, made once for the tests that use a trained network. Managed and on one thread: it works wherever .NET
/// does.</summary>
public sealed class TrainedRun : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <summary>Trains.</summary>
    public TrainedRun()
    {
        Pictures.WriteDataSet(Data, 40, 10);
        Training = Train("--epochs", "2", "--name", "first", "--json");
    }

    /// <summary>The data set's folder.</summary>
    public string Data => _folder["data"];

    /// <summary>The folder that holds the runs.</summary>
    public string Runs => _folder["runs"];

    /// <summary>The run's folder.</summary>
    public string Run => Path.Combine(Runs, "first");

    /// <summary>The run's model file.</summary>
    public string Model => Path.Combine(Run, "checkpoints", "best.safetensors");

    /// <summary>What <c>train</c> said.</summary>
    internal CliRun Training { get; }

    /// <summary>A path in a folder that is gone after the tests.</summary>
    public string Temp(params string[] parts) => _folder[parts];

    /// <summary>Trains LeNet-5 on the data set with further options.</summary>
    internal CliRun Train(params string[] options) => CliRun.Of(
    [
        "train", "--model", "lenet5", "--activation", "relu", "--pool", "max", "--init", "pytorch", "--data", Data, "--batch-size", "8", "--lr",
            "0.02", "--momentum", "0.9",
        "--backend", "managed", "--threads", "1", "--output", Runs, .. options,
    ]);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
