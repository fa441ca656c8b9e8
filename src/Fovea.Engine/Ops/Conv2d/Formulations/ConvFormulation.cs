using Fovea.Engine.Planning;

namespace Fovea.Engine.Ops;

/// <summary>
/// One way of computing a convolution's passes in a plan of oneDNN's. Each pass is chosen by itself: a way takes tensors in the layouts that it likes, and copies come
/// in between where neighbours, or the other passes, have them otherwise.
/// </summary>
internal abstract class ConvFormulation
{
    /// <summary>Its name in tables, args.json and tests; it stays what it is, because files hold it.</summary>
    public abstract string Name { get; }

    /// <summary>True where it computes the pass, and is not the very kernel that another name before it in the list stands for.</summary>
    public abstract bool Applies(ConvCase layer, ConvPass pass);

    /// <summary>Emits the forward steps; the backward ones are asked for later.</summary>
    /// <returns>Null when done; otherwise why the managed kernel has to do it, before anything was emitted.</returns>
    public abstract string? Forward(ConvCase layer, Lowering lowering);

    /// <summary>Emits the gradient of the source.</summary>
    public abstract void BackwardData(ConvCase layer, BackwardLowering backward);

    /// <summary>Emits the gradients of weights and bias.</summary>
    public abstract void BackwardWeights(ConvCase layer, BackwardLowering backward);
}
