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

    /// <summary>True keeps every parameter's gradient readable after the step, at the price of its memory; for tests and for updates that need all gradients at once.</summary>
    public bool KeepGradients { get; init; }
}
