using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>Layouts of source and result, and of their gradients; null leaves one to oneDNN.</summary>
internal readonly record struct ConvTags(FormatTag? Src, FormatTag? Dst);

/// <summary>A convolution as oneDNN takes it: for most ways the layer's own sizes, for some those of another convolution that computes the same.</summary>
/// <param name="Batch">Images.</param>
/// <param name="Src">One image of the source.</param>
/// <param name="Dst">One image of the result.</param>
/// <param name="Weights">OC, IC, KH, KW; groups first where there are some.</param>
/// <param name="Strides">Vertical and horizontal.</param>
/// <param name="Before">Padding at the top and at the left.</param>
/// <param name="After">Padding at the bottom and at the right.</param>
/// <param name="HasBias">True with a bias, the layer's own or a folded one.</param>
internal sealed record ConvGeometry(int Batch, TensorShape Src, TensorShape Dst, long[] Weights, long[] Strides, long[] Before, long[] After, bool HasBias)
{
    private static readonly long[] NoDilation = [0, 0];

    /// <summary>The layer's own sizes.</summary>
    public static ConvGeometry Of(Conv2d op, int batch, TensorShape src, TensorShape dst) => new(
        batch, src, dst,
        op.Groups == 1
            ? [op.OutChannels, src.C, op.Kernel.H, op.Kernel.W]
            : [op.Groups, op.OutChannels / op.Groups, src.C / op.Groups, op.Kernel.H, op.Kernel.W],
        [op.Stride.H, op.Stride.W], [op.Padding.Top, op.Padding.Left], [op.Padding.Bottom, op.Padding.Right], op.HasBias);

    /// <summary>The weights as masters lie.</summary>
    public MemoryDesc Master(IOneDnn api) => api.Plain(Weights, DataType.F32, Weights.Length == 4 ? FormatTag.Oihw : FormatTag.Goihw);

    /// <summary>The bias; null without one.</summary>
    public MemoryDesc? Bias(IOneDnn api) => HasBias ? api.Plain([Dst.C], DataType.F32, FormatTag.X) : null;

    /// <summary>oneDNN's kernel for the result; null, and why, where it has none.</summary>
    public PrimitiveDesc? Forward(IOneDnn api, bool training, ConvAlgorithm algorithm, ConvTags tags, Precision precision, Attributes? attributes, out string why) =>
        Made(algorithm, out why, (out string reason) => api.ConvolutionForward(
            training, algorithm, Image(api, Src, tags.Src, precision), api.Any(Weights, OneDnnBackend.TypeOf(precision)), Bias(api), Image(api, Dst, tags.Dst, precision),
            Strides, NoDilation, Before, After, attributes, out reason));

    /// <summary>Its kernel for the gradient of the source.</summary>
    public PrimitiveDesc? BackwardData(IOneDnn api, ConvAlgorithm algorithm, ConvTags tags, Precision precision, out string why) =>
        Made(algorithm, out why, (out string reason) => api.ConvolutionBackwardData(
            algorithm, Image(api, Src, tags.Src, precision), api.Any(Weights, OneDnnBackend.TypeOf(precision)), Image(api, Dst, tags.Dst, precision),
            Strides, NoDilation, Before, After, null, null, out reason));

    /// <summary>Its kernel for the gradients of weights and bias, which are float32.</summary>
    public PrimitiveDesc? BackwardWeights(IOneDnn api, ConvAlgorithm algorithm, ConvTags tags, Precision precision, out string why) =>
        Made(algorithm, out why, (out string reason) => api.ConvolutionBackwardWeights(
            algorithm, Image(api, Src, tags.Src, precision), api.Any(Weights, DataType.F32), Bias(api), Image(api, Dst, tags.Dst, precision),
            Strides, NoDilation, Before, After, null, null, out reason));

    private delegate PrimitiveDesc? Maker(out string why);

    private static PrimitiveDesc? Made(ConvAlgorithm algorithm, out string why, Maker make)
    {
        try
        {
            return make(out why);
        }
        catch (OneDnnException e) when (algorithm == ConvAlgorithm.Winograd)
        {
            // A shape that Winograd does not know.
            why = e.Message;
            return null;
        }
    }

    private MemoryDesc Image(IOneDnn api, TensorShape shape, FormatTag? tag, Precision precision)
    {
        (long[] dims, DataType type) = (OneDnnBackend.Dims(Batch, shape), OneDnnBackend.TypeOf(precision));
        return tag is { } given ? api.Plain(dims, type, given) : api.Any(dims, type);
    }
}
