using Fovea.Data;

namespace Fovea.Training;

/// <summary>The readers of a run's events that write its folder's files, events.jsonl aside: one list.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="validation">The images that reports show.</param>
internal sealed class RunFiles(RunFolder folder, IImageDataset validation) : IDisposable
{
    private readonly TrainingMeter _meter = new();
    private TensorBoardLog? _tensorBoard;

    /// <summary>The readers of a new run.</summary>
    public IReadOnlyList<IEventSink> Create() => With(ResultsTable.Create(folder.Results), TensorBoardLog.Create(folder.TensorBoard));

    /// <summary>The readers of a run that goes on, their files cut back to where it does.</summary>
    public IReadOnlyList<IEventSink> Reopen(ResumeState state) => With(
        ResultsTable.Reopen(folder.Results, state.Position.Epochs),
        TensorBoardLog.Reopen(folder.TensorBoard, state.Position.Epochs, state.TotalSteps));

    /// <inheritdoc/>
    public void Dispose()
    {
        _tensorBoard?.Dispose();
        _meter.Dispose();
    }

    // The report is made of the other files, so it comes last.
    private IReadOnlyList<IEventSink> With(ResultsTable results, TensorBoardLog tensorBoard)
    {
        _tensorBoard = tensorBoard;
        return [results, tensorBoard, _meter, new PredictionsTable(folder.Predictions, validation), new RunReporter(folder, validation)];
    }
}
