using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// A two-dimensional convolution (PyTorch's Conv2d, ONNX Conv, oneDNN convolution): cross-correlation of [N, IC, H, W] with weights [OC, IC/groups, KH, KW].
/// </summary>
public sealed partial class Conv2d : Op
{
    /// <summary>A convolution; the input's channels are inferred.</summary>
    /// <param name="outChannels">OC, at least 1, a multiple of <paramref name="groups"/>.</param>
    /// <param name="kernel">KH and KW, at least 1.</param>
    /// <param name="stride">Vertical and horizontal stride, at least 1.</param>
    /// <param name="padding">Zeros around the image; the four sides may differ.</param>
    /// <param name="groups">Channels are split in this many independent groups; both channel counts must be multiples of it.</param>
    /// <param name="bias">True adds a learned value per output channel.</param>
    /// <param name="learnWeights">False keeps the weights as they were initialised; the bias is trained all the same.</param>
    public Conv2d(
        int outChannels, (int H, int W) kernel, (int H, int W) stride, Padding padding = default, int groups = 1, bool bias = true, bool learnWeights = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(kernel.H, kernel.W), 1, nameof(kernel));
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(stride.H, stride.W), 1, nameof(stride));
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        (OutChannels, Kernel, Stride, Padding, Groups, HasBias, LearnsWeights) = (outChannels, kernel, stride, padding, groups, bias, learnWeights);
    }

    /// <summary>OC.</summary>
    public int OutChannels { get; }

    /// <summary>KH and KW.</summary>
    public (int H, int W) Kernel { get; }

    /// <summary>Vertical and horizontal stride.</summary>
    public (int H, int W) Stride { get; }

    /// <summary>Zeros around the image.</summary>
    public Padding Padding { get; }

    /// <summary>Independent groups of channels.</summary>
    public int Groups { get; }

    /// <summary>True with a bias per output channel.</summary>
    public bool HasBias { get; }

    /// <summary>False where the weights stay as they were initialised.</summary>
    public bool LearnsWeights { get; }

    /// <inheritdoc/>
    public override string Name => "Conv2d";

    /// <inheritdoc/>
    public override string Details =>
        $"{OutChannels}, {Kernel.H}x{Kernel.W}" + (Stride is (1, 1) ? "" : Stride.H == Stride.W ? $"/{Stride.H}" : $"/{Stride.H}x{Stride.W}") +
        (Padding.IsZero ? "" : $", padding {Padding}") + (Groups == 1 ? "" : $", groups {Groups}") + (LearnsWeights ? "" : ", fixed weights");

    /// <inheritdoc/>
    public override (Window Vertical, Window Horizontal)? Windows(TensorShape input) =>
        (new Window(Kernel.H, Stride.H, Padding.Top, Padding.Bottom), new Window(Kernel.W, Stride.W, Padding.Left, Padding.Right));

    /// <inheritdoc/>
    public override bool IsPointwiseMap => Kernel is (1, 1) && Stride is (1, 1) && Padding.IsZero;

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs)
    {
        TensorShape src = inputs[0];
        if (src.IsFlat)
            throw new ShapeException($"got a vector of {src} features, expected an image (channels x height x width)");
        if (src.C % Groups != 0 || OutChannels % Groups != 0)
            throw new ShapeException($"got {src.C} input channels and makes {OutChannels}: both must be multiples of its {Groups} groups");
        return WindowShape.Infer(src, Windows(src)!.Value, OutChannels);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs)
    {
        int channels = inputs[0].C / Groups, area = Kernel.H * Kernel.W;
        // PyTorch's fan_out counts all output channels, grouped or not.
        (long fanIn, long fanOut) = ((long)channels * area, (long)OutChannels * area);
        ParameterSpec weight = new("weight", [OutChannels, channels, Kernel.H, Kernel.W], ParameterRole.ConvWeight, fanIn, fanOut) { IsFixed = !LearnsWeights };
        return HasBias ? [weight, new ParameterSpec("bias", [OutChannels], ParameterRole.Bias, fanIn, fanOut)] : [weight];
    }

    /// <summary>True where a gradient of the weights or of the bias is wanted.</summary>
    private static bool Learns(BackwardLowering backward) => backward.Parameter("weight")!.Trainable || backward.Parameter("bias") is { Trainable: true };

    /// <summary>The kernels compute both gradients at once: that of what is not trained goes nowhere.</summary>
    internal static Buffer GradientOf(BackwardLowering backward, Parameter parameter) =>
        parameter.Trainable ? backward.Gradient(parameter) : backward.Scratch(parameter.Spec.Elements * sizeof(float));

    /// <inheritdoc/>
    public override long Macs(IReadOnlyList<TensorShape> inputs, TensorShape output) => output.Elements * (inputs[0].C / Groups) * Kernel.H * Kernel.W;
}

/// <summary>Fluent form of <see cref="Conv2d"/>.</summary>
public static class Conv2dNode
{
    /// <inheritdoc cref="Ops.Conv2d(int, ValueTuple{int, int}, ValueTuple{int, int}, Padding, int, bool, bool)"/>
    /// <param name="src">The image.</param>
    /// <param name="outChannels">OC.</param>
    /// <param name="kernel">KH = KW.</param>
    /// <param name="stride">Stride in both directions.</param>
    /// <param name="padding">Zeros around the image.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <param name="bias">True adds a learned value per output channel.</param>
    /// <param name="name">Name inside the scope; the scope's next number by default.</param>
    /// <param name="learnWeights">False keeps the weights as they were initialised.</param>
    public static Node Conv2d(
        this Node src, int outChannels, int kernel, int stride = 1, Padding padding = default, int groups = 1, bool bias = true, string? name = null,
        bool learnWeights = true) =>
        src.Apply(new Conv2d(outChannels, (kernel, kernel), (stride, stride), padding, groups, bias, learnWeights), name);
}
