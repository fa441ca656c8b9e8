using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

internal sealed unsafe partial class OneDnnV2
{
    public PrimitiveDesc? LrnForward(
        bool training, bool acrossChannels, MemoryDesc src, long size, float alpha, float beta, float k, Attributes? attributes, out string why)
    {
        string on = $"src {src}, size {size}, alpha {alpha}, beta {beta}, k {k}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src))
        {
            Status filled = _ops.LrnForwardDescInit(op, CodesV2.Forward(training), LrnCode(acrossChannels), s, size, alpha, beta, k);
            return Create("lrn_forward", on, op, filled, null, attributes, out why);
        }
    }

    public PrimitiveDesc? LrnBackward(
        bool acrossChannels, MemoryDesc diff, MemoryDesc src, long size, float alpha, float beta, float k,
        PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        string on = $"diff {diff}, src {src}, size {size}, alpha {alpha}, beta {beta}, k {k}";
        PrimitiveDesc? made = hint is null ? LrnForward(true, acrossChannels, src, size, alpha, beta, k, null, out _) : null;
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* d = Blob(diff), s = Blob(src))
            {
                Status filled = _ops.LrnBackwardDescInit(op, LrnCode(acrossChannels), d, s, size, alpha, beta, k);
                return Create("lrn_backward", on, op, filled, hint ?? made, attributes, out why);
            }
    }

    public PrimitiveDesc? BatchNormForward(
        bool training, MemoryDesc src, float epsilon, BatchNormOptions options, Attributes? attributes, out string why)
    {
        string on = $"src {src}, epsilon {epsilon}, {options}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src))
        {
            Status filled = _ops.BatchNormalizationForwardDescInit(op, CodesV2.Forward(training), s, epsilon, options.Code());
            return Create("batch_normalization_forward", on, op, filled, null, attributes, out why);
        }
    }

    public PrimitiveDesc? BatchNormBackward(
        MemoryDesc diff, MemoryDesc src, float epsilon, BatchNormOptions options, PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        string on = $"diff {diff}, src {src}, epsilon {epsilon}, {options}";
        PrimitiveDesc? made = hint is null ? BatchNormForward(true, src, epsilon, options, null, out _) : null;
        // Without parameters there is nothing but the source's gradient.
        int prop = (options & (BatchNormOptions.UseScale | BatchNormOptions.UseShift)) != 0 ? CodesV2.Backward : CodesV2.BackwardData;
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* d = Blob(diff), s = Blob(src))
            {
                Status filled = _ops.BatchNormalizationBackwardDescInit(op, prop, d, s, epsilon, options.Code());
                return Create("batch_normalization_backward", on, op, filled, hint ?? made, attributes, out why);
            }
    }

    private static int LrnCode(bool acrossChannels) => acrossChannels ? CodesV2.LrnAcrossChannels : CodesV2.LrnWithinChannel;
}
