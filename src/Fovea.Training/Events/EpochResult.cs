namespace Fovea.Training;

/// <summary>An epoch in numbers: a row of results.csv, an element of the JSON's "epochs".</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainLoss">Mean loss over the epoch's batches as they were trained on, by label weight.</param>
/// <param name="TrainAcc">
/// Accuracy over the same, 0 to 1. Of an image that mixup or CutMix has mixed, the class with the larger share is asked for (its own where both are
/// equal).
/// </param>
/// <param name="ValLoss">Mean loss on the validation split (without label smoothing).</param>
/// <param name="ValAcc">Accuracy on the validation split, 0 to 1.</param>
/// <param name="Lr">Learning rate of the epoch's last step.</param>
/// <param name="Seconds">Wall time of the epoch, evaluation included; after resuming inside an epoch, from there on.</param>
/// <param name="ImagesPerSecond">Training images per second of training time.</param>
public sealed record EpochResult(
    int Epoch, double TrainLoss, double TrainAcc, double ValLoss, double ValAcc, double Lr, double Seconds, double ImagesPerSecond);

/// <summary>The epoch with the highest validation accuracy, the first of equals.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="ValAcc">Its validation accuracy, 0 to 1.</param>
public sealed record BestEpoch(int Epoch, double ValAcc);
