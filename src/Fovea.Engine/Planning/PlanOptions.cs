namespace Fovea.Engine.Planning;

/// <summary>What a plan is for.</summary>
public sealed record PlanOptions
{
    /// <summary>Samples in a batch, at least 1.</summary>
    public required int Batch { get; init; }

    /// <summary>True for forward, backward and updates; dropout drops only then.</summary>
    public bool Training { get; init; }

    /// <summary>The op that turns logits and labels into a loss; compulsory in training, and null where only logits are wanted.</summary>
    public OpDefinition? Loss { get; init; }

    /// <summary>How parameters follow their gradients; null leaves them as they are.</summary>
    public UpdateRule? Update { get; init; }

    /// <summary>
    /// Where set, all gradients together are scaled down to this norm, above 0, where theirs is larger (torch.nn.utils.clip_grad_norm_). Updates then
    /// wait for the last gradient, and every gradient has memory of its own.
    /// </summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// True leaves the parameters as they are in <see cref="Plan.Run"/> and averages the gradients of several batches in <see cref="Parameter.Gradient"/>, weighted
    /// with the weights of their labels; <see cref="Plan.Update"/> then follows the average.
    /// </summary>
    public bool Accumulate { get; init; }

    /// <summary>True keeps every parameter's gradient readable after the step, at the price of its memory; for tests and for updates that need all gradients at once.</summary>
    public bool KeepGradients { get; init; }
}
