namespace Fovea.Training;

/// <summary>
/// How far a run is. Positions are ordered; events and results behind a checkpoint's position are cut when the run is resumed from it.
/// </summary>
/// <param name="Epochs">Epochs that are complete, evaluation and checkpoints included.</param>
/// <param name="Steps">Batches trained on in the epoch after them.</param>
public readonly record struct RunPosition(int Epochs, int Steps) : IComparable<RunPosition>
{
    /// <inheritdoc/>
    public int CompareTo(RunPosition other) => Epochs != other.Epochs ? Epochs.CompareTo(other.Epochs) : Steps.CompareTo(other.Steps);

    /// <summary>Before.</summary>
    public static bool operator <(RunPosition a, RunPosition b) => a.CompareTo(b) < 0;

    /// <summary>Behind.</summary>
    public static bool operator >(RunPosition a, RunPosition b) => a.CompareTo(b) > 0;

    /// <summary>Before or the same.</summary>
    public static bool operator <=(RunPosition a, RunPosition b) => a.CompareTo(b) <= 0;

    /// <summary>Behind or the same.</summary>
    public static bool operator >=(RunPosition a, RunPosition b) => a.CompareTo(b) >= 0;

    /// <summary>"in epoch 3, step 17", both counted from 1; before an epoch's first step "after epoch 2", and at the beginning "before the first step".</summary>
    public string InWords() => this == default ? "before the first step" : Steps == 0 ? $"after epoch {Epochs}" : $"in {this}";

    /// <summary>"epoch 3, step 17"; before an epoch's first step "after epoch 2".</summary>
    public override string ToString() => Steps == 0 ? $"after epoch {Epochs}" : $"epoch {Epochs + 1}, step {Steps}";
}
