using System.Globalization;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Writes a run's checkpoints and says so.</summary>
/// <param name="folder">Where they go.</param>
/// <param name="options">The run's options.</param>
/// <param name="classes">Class names.</param>
/// <param name="parameters">What is saved.</param>
/// <param name="rule">Whose state is saved.</param>
/// <param name="events">Who is told.</param>
internal sealed class Checkpointer(
    RunFolder folder, TrainingOptions options, IReadOnlyList<string> classes, ParameterSet parameters, UpdateRule rule, EventStream events)
{
    private const string EpochPattern = "epoch-*.safetensors";

    /// <summary>Everything that resuming needs.</summary>
    public void SaveResume(ResumeState state)
    {
        ResumeFile.Save(folder.Resume, options.Architecture, classes, parameters, rule, state);
        events.Emit(new CheckpointSaved { Checkpoint = "resume" }, state.Position);
    }

    /// <summary>The model after an epoch: as the last one, as the best one where it is, and under its number where it is to be kept.</summary>
    public void SaveEpoch(int epoch, bool best, IReadOnlyDictionary<string, long> counters)
    {
        Save("last", epoch, counters);
        if (best)
            Save("best", epoch, counters);
        if (options.Keep == 0)
            return;
        Save(RunFolder.EpochName(epoch), epoch, counters);
        if (options.Keep != TrainingOptions.KeepAll)
            Prune(epoch - options.Keep);
    }

    private void Save(string name, int epoch, IReadOnlyDictionary<string, long> counters)
    {
        ModelFile.Save(folder.Checkpoint(name), options.Architecture, classes, parameters, WeightCounters.After(counters, 0));
        events.Emit(new CheckpointSaved { Checkpoint = name }, new RunPosition(epoch, 0));
    }

    private void Prune(int newest)
    {
        foreach (string path in Directory.GetFiles(Path.GetDirectoryName(folder.Resume)!, EpochPattern))
        {
            string number = Path.GetFileNameWithoutExtension(path)["epoch-".Length..];
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch) && epoch <= newest)
                Delete(path);
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Removing the checkpoint '{path}' that --keep no longer keeps: {IoReason.Of(e, path)}. Make the run's folder writable and "
                + $"go on with --resume.", e);
        }
    }
}
