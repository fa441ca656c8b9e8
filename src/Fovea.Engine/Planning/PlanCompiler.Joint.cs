namespace Fovea.Engine.Planning;

/// <content>What chains of concatenations need: results that are computed again, and gradients that are added up where they lie.</content>
public sealed partial class PlanCompiler
{
    /// <summary>Results that the backward pass does not find in memory.</summary>
    internal Recomputation Recomputation { get; } = new();

    /// <summary>The gradient of <paramref name="layer"/> so far, for <paramref name="reader"/> to write to; null where there is none, or where it is not its alone.</summary>
    internal Value? OwnGradient(Layer reader, int layer)
    {
        if (_gradients[layer] is not { } gradient || _secondParts.ContainsKey(layer) || _secondParts.Values.Any(part => part?.Buffer == gradient.Buffer))
            return null;
        // Layers behind the reader have used up theirs.
        for (int other = 0; other <= reader.Index; other++)
        {
            if (other != layer && _gradients[other]?.Buffer == gradient.Buffer)
                return null;
        }
        ForgetCopies(gradient.Buffer);
        return gradient;
    }
}
