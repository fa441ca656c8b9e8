namespace Fovea.Engine;

/// <summary>
/// An output beside the logits that only training has: a loss of its own, added to the main one, sends gradients to the middle of a deep network (Szegedy et al.
/// 2014, section 5).
/// </summary>
/// <param name="Layer">Index of the layer that gives its logits.</param>
/// <param name="Weight">What its loss is multiplied with, above 0.</param>
public sealed record AuxiliaryOutput(int Layer, float Weight);

/// <summary>A loss that can also stand behind an auxiliary output.</summary>
public interface IAuxiliaryLoss
{
    /// <summary>The same loss for an auxiliary output: it adds <paramref name="weight"/> times its value to the loss that ran before it, and nothing to the accuracy.</summary>
    OpDefinition Auxiliary(float weight);
}
