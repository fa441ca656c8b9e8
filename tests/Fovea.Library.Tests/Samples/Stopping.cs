using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Training;

namespace Fovea.Library.Tests.Samples;

/// <summary>Stopping a run and going on with it.</summary>
public static class Stopping
{
    public static async Task<RunSummary> StopAndGoOn(TrainingOptions options, DataSplits data, IProgress<TrainingEvent> progress, CancellationTokenSource stop)
    {
        RunSummary run = await Trainer.RunAsync(options, data, progress, stop.Token);
        if (run.Stopped)
        {
            TrainingOptions saved = SavedRun.Open(run.Run).Options;
            run = await Trainer.RunAsync(saved, DatasetCatalog.Open(saved.Data, saved.ToDataOptions()));
        }
        return run;
    }
}
