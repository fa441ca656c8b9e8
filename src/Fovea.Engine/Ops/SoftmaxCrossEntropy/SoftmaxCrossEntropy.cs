using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// The loss: cross entropy of softmax(logits) against the batch's labels, averaged over their weights (PyTorch's CrossEntropyLoss with mean reduction; ONNX
/// SoftmaxCrossEntropyLoss). Its sums stand in <see cref="StepState.Loss"/> after a run; in training the same pass writes the logits' gradient.
/// </summary>
/// <remarks>Behind an auxiliary output, its loss and gradient are weighted, the loss is added to the main one, and the accuracy stays that of the main output.</remarks>
public sealed class SoftmaxCrossEntropy : Op, IAuxiliaryLoss
{
    private readonly float _labelSmoothing;
    private readonly float? _auxiliary;

    /// <summary>A loss.</summary>
    /// <param name="labelSmoothing">Share of the target spread evenly over all classes, 0 to below 1.</param>
    public SoftmaxCrossEntropy(float labelSmoothing = 0f) => _labelSmoothing = labelSmoothing;

    private SoftmaxCrossEntropy(float labelSmoothing, float auxiliary) => (_labelSmoothing, _auxiliary) = (labelSmoothing, auxiliary);

    /// <inheritdoc/>
    public OpDefinition Auxiliary(float weight) => new SoftmaxCrossEntropy(_labelSmoothing, weight);

    /// <inheritdoc/>
    public override string Name => "SoftmaxCrossEntropy";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0].IsFlat
        ? TensorShape.Flat(1)
        : throw new ShapeException($"got an image of {inputs[0]}, expected logits: a network ends with a vector of one value per class");

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        (int n, int classes, WorkerTeam team, StepState state) = (lowering.Batch, lowering.InputShape(0).Features, lowering.Team, lowering.State);
        PlainLayout layout = PlainLayout.Nchw(n, lowering.InputShape(0));
        Buffer logits = lowering.Input(0, layout);
        Buffer labels = lowering.Interface("labels", n * (long)LabelBytes);
        Buffer diffLogits = lowering.Allocate("d logits", lowering.Training ? layout.Bytes : 0, BufferKind.ActivationGradient);
        lowering.EmitManaged("forward", [logits, labels], [diffLogits], () =>
        {
            SoftmaxKernels.CrossEntropy(team, n, classes, logits.Floats, labels.Span<Label>(), _labelSmoothing, diffLogits.Floats, out LossSums sums, _auxiliary ?? 1f);
            state.Loss = _auxiliary is { } weight ? state.Loss.WithAuxiliary(sums, weight) : sums;
        });
        lowering.Output(diffLogits, PlainLayout.Nchw(n, lowering.OutputShape));
        lowering.OnBackward(backward => backward.DiffSrc(0, diffLogits, layout));
    }

    /// <summary>oneDNN has no cross entropy with mixed and weighted targets; the kernel is ours in both backends.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }

    /// <summary>Two ints and two floats.</summary>
    private const int LabelBytes = 16;
}
