using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Finds runs and their models by what a person types: a path to a file, a run's folder, or a run's name under the output folder.</summary>
public static class RunPaths
{
    /// <summary>The folder inside a run's that holds its checkpoints.</summary>
    public const string Checkpoints = "checkpoints";

    /// <summary>Name of the file that tells a run's folder from others.</summary>
    public const string Args = "args.json";

    /// <summary>The model file that <paramref name="run"/> means: the file itself, or the run's best checkpoint.</summary>
    /// <param name="run">A file, a run's folder, or a run's name.</param>
    /// <param name="output">The folder that holds the runs.</param>
    /// <exception cref="FoveaException">There is no such file or run, or the run has no checkpoint yet.</exception>
    public static string FindModel(string run, string output = "runs")
    {
        if (File.Exists(run))
            return run;
        if (FindFolder(run, output) is not { } folder)
            throw Unknown("--weights", run, output, "neither a file nor a run's folder");
        string best = Path.Combine(folder, Checkpoints, "best.safetensors");
        if (!File.Exists(best))
            throw new FoveaException($"--weights {run}: the run '{folder}' has no best checkpoint yet ({best} is missing): its first epoch was not "
                + $"completed. Go on with it: --resume {run}.");
        return best;
    }

    /// <summary>The folder of the run that <paramref name="run"/> means.</summary>
    /// <param name="run">A run's folder, or a run's name.</param>
    /// <param name="output">The folder that holds the runs.</param>
    /// <param name="option">The option that names the run, for the message; null where it stands alone.</param>
    /// <exception cref="FoveaException">There is no such run.</exception>
    public static string FindRun(string run, string output = "runs", string? option = "--resume") =>
        FindFolder(run, output) ?? throw Unknown(option, run, output, "no run's folder");

    private static string? FindFolder(string run, string output)
    {
        foreach (string folder in (ReadOnlySpan<string>)[run, Path.Combine(output, run)])
        {
            if (run.Length > 0 && (File.Exists(Path.Combine(folder, Args)) || Directory.Exists(Path.Combine(folder, Checkpoints))))
                return folder;
        }
        return null;
    }

    private static FoveaException Unknown(string? option, string run, string output, string what)
    {
        string[] folders = Directory.Exists(output) ? Directory.GetDirectories(output) : [];
        string[] names = [.. folders.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        string listed = $"{string.Join(", ", names.Take(20))}{(names.Length > 20 ? $" and {names.Length - 20} more" : "")}";
        string known = names.Length == 0 ? $"There are no runs under '{output}' (--output)." : $"Runs under '{output}' (--output): {listed}.";
        return new FoveaException($"{(option is null ? "" : option + " ")}{run}: this is {what}, and there is no run of that name.{NearestName.Hint(run, names)} {known}");
    }
}
