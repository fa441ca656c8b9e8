using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// The gradient of large weights is made and followed some rows at a time: the gradient of VGG-16's first linear layer alone is 392 MiB, which would be the most that
/// training holds (docs/decisions/0013).
/// </remarks>
public sealed partial class Linear
{
    private const long PieceBytes = 64L << 20;

    /// <summary>Emits gradient and update of the weights in pieces of rows; false where the weights are small, or where the whole gradient is wanted.</summary>
    private bool TryBackwardWeightsInPieces(BackwardLowering backward, OneDnnBackend oneDnn, PlainLayout srcLayout, PlainLayout dstLayout, Buffer diffDst)
    {
        (IOneDnn api, int batch, int features) = (oneDnn.Api, backward.Batch, backward.InputShape(0).Features);
        int rows = OutFeatures;
        while (rows % 2 == 0 && (long)rows * features * sizeof(float) > PieceBytes)
            rows /= 2;
        if (rows == OutFeatures || !backward.MayUpdateInPieces)
            return false;
        DataType type = OneDnnBackend.TypeOf(dstLayout.Precision);
        // Some columns of d dst, turned.
        MemoryDesc turned = api.Strided([rows, batch], type, [1, OutFeatures]), src = oneDnn.Desc(srcLayout), dst = api.Plain([rows, features], DataType.F32, FormatTag.Nc);
        Parameter weight = backward.Parameter("weight")!;
        Buffer source = backward.Input(0, srcLayout);
        for (int first = 0; first < OutFeatures; first += rows)
        {
            if (api.Matmul(turned, src, null, dst, null, out _) is not { } desc)
                return false;
            if (desc.IsReference && first == 0)
            {
                desc.Dispose();
                return false;
            }
            Buffer gradient = backward.Allocate("d weight", dst.ByteSize, BufferKind.ParameterGradient);
            OneDnnArgument[] arguments =
                [new(Arg.Src, turned, diffDst, Offset: (long)first * dstLayout.Precision.Bytes()), new(Arg.Weights, src, source), new(Arg.Dst, dst, gradient)];
            oneDnn.Emit(backward, "backward weights", desc, arguments, share: (double)rows / OutFeatures);
            backward.UpdatePiece(weight, gradient, (long)first * features);
        }
        if (backward.Parameter("bias") is { } bias)
            BackwardBias(backward, dstLayout, diffDst, backward.Gradient(bias));
        return true;
    }

    private void BackwardBias(BackwardLowering backward, PlainLayout dstLayout, Buffer diffDst, Buffer gradient)
    {
        (WorkerTeam team, int batch) = (backward.Team, backward.Batch);
        Action run = dstLayout.Precision == Precision.BFloat16
            ? () => LinearKernels.BackwardBias(team, batch, OutFeatures, diffDst.Span<ushort>(), gradient.Floats)
            : () => LinearKernels.BackwardBias(team, batch, OutFeatures, diffDst.Floats, gradient.Floats);
        backward.EmitManaged("bias gradient", [diffDst], [gradient], run);
    }
}
