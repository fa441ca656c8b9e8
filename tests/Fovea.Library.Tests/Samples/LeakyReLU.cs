using Fovea.Engine;
using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Library.Tests.Samples;

/// <summary>x where x is above 0, and slope * x elsewhere.</summary>
public sealed class LeakyReLU(float slope) : Op
{
    public override string Name => "LeakyReLU";

    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    public override void LowerManaged(Lowering lowering)
    {
        PlainLayout layout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Buffer src = lowering.Input(0, layout), dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src], [dst], () => Forward(src.Floats, dst.Floats), inPlace: (src, dst));
        lowering.Output(dst, layout);
        lowering.OnBackward(backward =>
        {
            Buffer diffDst = backward.DiffDstIn(layout), diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [dst, diffDst], [diffSrc], () => Backward(dst.Floats, diffDst.Floats, diffSrc.Floats), inPlace: (diffDst, diffSrc));
            backward.DiffSrc(0, diffSrc, layout);
        });
    }

    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn) => "LeakyReLU is written in C# alone";

    public void Forward(ReadOnlySpan<float> src, Span<float> dst)
    {
        for (int i = 0; i < dst.Length; i++)
            dst[i] = src[i] > 0 ? src[i] : slope * src[i];
    }

    // The result has its input's sign, so the input need not be kept.
    public void Backward(ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc)
    {
        for (int i = 0; i < diffSrc.Length; i++)
            diffSrc[i] = dst[i] > 0 ? diffDst[i] : slope * diffDst[i];
    }
}
