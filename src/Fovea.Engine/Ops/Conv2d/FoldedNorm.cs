using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// The batch normalisation behind a convolution of an inference plan, folded into a copy of the convolution's weights and bias: with fixed statistics it is one
/// factor and one summand per output channel.
/// </summary>
internal sealed class FoldedNorm
{
    private readonly Parameter _weight, _scale, _shift, _mean, _variance;
    private readonly Parameter? _bias;
    private readonly float _epsilon;

    private FoldedNorm(Lowering lowering, float epsilon)
    {
        (_weight, _bias, _epsilon) = (lowering.Parameter("weight")!, lowering.Parameter("bias"), epsilon);
        (_scale, _shift) = (lowering.FusedParameter("weight")!, lowering.FusedParameter("bias")!);
        (_mean, _variance) = (lowering.FusedParameter("running_mean")!, lowering.FusedParameter("running_var")!);
        Parameters = _bias is null ? [_weight, _scale, _shift, _mean, _variance] : [_weight, _scale, _shift, _mean, _variance, _bias];
    }

    /// <summary>What the folded weights are made of.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Takes the normalisation that follows into the convolution; null in training, and where none follows.</summary>
    public static FoldedNorm? TryFuse(Lowering lowering)
    {
        float epsilon = 0;
        bool Matches(OpDefinition op)
        {
            if (op is BatchNorm2d norm)
                epsilon = norm.Epsilon;
            return op is BatchNorm2d;
        }
        return !lowering.Training && lowering.TryFuse(Matches) ? new FoldedNorm(lowering, epsilon) : null;
    }

    /// <summary>The folded weights in the master's order, and the folded bias; made anew when a parameter or a statistic has changed.</summary>
    public (Buffer Weights, Buffer? Bias) Emit(Lowering lowering)
    {
        Buffer weights = lowering.Allocate("folded weight", _weight.Spec.Elements * sizeof(float), BufferKind.KernelCopy);
        Buffer bias = lowering.Allocate("folded bias", _scale.Spec.Elements * sizeof(float), BufferKind.KernelCopy);
        lowering.KeepRefreshed(Parameters, new ManagedStep(
            lowering.Layer.Node.Name, "fold BatchNorm2d", "managed", [.. Parameters.Select(p => p.Master)], [weights, bias], () =>
                NormFolding.Fold(
                    _epsilon, _weight.Data, _bias is null ? [] : _bias.Data, _scale.Data, _shift.Data, _mean.Data, _variance.Data, weights.Floats, bias.Floats)));
        return (weights, bias);
    }
}
