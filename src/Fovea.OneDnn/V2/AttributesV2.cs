using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

/// <summary>The native attributes for one call: oneDNN copies them.</summary>
internal readonly unsafe ref struct AttributesV2 : IDisposable
{
    private readonly CommonNative _common;

    public AttributesV2(CommonNative common, NativeV2 native, Attributes? attributes)
    {
        _common = common;
        nint attr;
        common.PrimitiveAttrCreate(&attr).Check("dnnl_primitive_attr_create", "no arguments");
        Handle = attr;
        try
        {
            common.PrimitiveAttrSetScratchpadMode(attr, CodesV2.ScratchpadUser).Check("dnnl_primitive_attr_set_scratchpad_mode", "user");
            if (attributes is { PostOps.IsEmpty: false })
                SetPostOps(native, attributes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public nint Handle { get; }

    public void Dispose() => _common.PrimitiveAttrDestroy(Handle);

    private void SetPostOps(NativeV2 native, Attributes attributes)
    {
        nint postOps;
        _common.PostOpsCreate(&postOps).Check("dnnl_post_ops_create", "no arguments");
        try
        {
            foreach (PostOp op in attributes.PostOps)
            {
                Status status = op.IsSum
                    ? native.PostOpsAppendSum(postOps, op.Scale)
                    : native.PostOpsAppendEltwise(postOps, op.Scale, op.Eltwise.Code(), op.Alpha, op.Beta);
                status.Check(op.IsSum ? "dnnl_post_ops_append_sum" : "dnnl_post_ops_append_eltwise", op.ToString());
            }

            _common.PrimitiveAttrSetPostOps(Handle, postOps).Check("dnnl_primitive_attr_set_post_ops", $"{attributes.PostOps.Length} post-ops");
        }
        finally
        {
            _common.PostOpsDestroy(postOps);
        }
    }
}
