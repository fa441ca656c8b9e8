using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Library.Tests.Samples;

/// <summary>What the command line does, in ten lines.</summary>
public static class TenLines
{
    public static async Task<string[]> Run(string photographs, string newPictures, string runs, CancellationToken stop)
    {
        DataSplits data = DatasetCatalog.Open(photographs);
        Architecture network = Architecture.Of(ModelZoo.Find("lenet5"), data.Classes.Count);
        TrainingOptions options = new() { Architecture = network, Data = photographs, Output = runs, Opt = "adam", Epochs = 3, BatchSize = 8 };
        Progress<TrainingEvent> progress = new(e => Console.WriteLine(e is EpochDone { Result: var r } ? $"epoch {r.Epoch}: {r.ValAcc:P1}" : null));
        RunSummary run = await Trainer.RunAsync(options, data, progress, stop);

        using Classifier classifier = Classifier.Load(RunPaths.FindModel(run.Run));
        List<string> answers = [];
        foreach (Prediction p in classifier.Predict(PictureFiles.Find([newPictures])))
            answers.Add($"{Path.GetFileName(p.Image)}: {p.Error ?? p.Top[0].Class}");
        return [.. answers];
    }
}
