using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

/// <summary>
/// The C functions of version 2 (2.6 and later) that version 3 has not, or has otherwise: descriptors. One field per function, named after it.
/// </summary>
internal sealed unsafe class NativeV2(SymbolTable symbols)
{
    /// <summary>sizeof(dnnl_memory_desc_t).</summary>
    public const int MemoryDescSize = 696;

    /// <summary>Room for any operation descriptor; the largest used, dnnl_convolution_desc_t, has 5976 bytes.</summary>
    public const int OpDescSize = 8192;

    /// <summary>DNNL_MAX_NDIMS.</summary>
    public const int MaxDims = 12;

    public readonly delegate* unmanaged<byte*, int, long*, int, int, Status> MemoryDescInitByTag =
        (delegate* unmanaged<byte*, int, long*, int, int, Status>)symbols.Find("dnnl_memory_desc_init_by_tag");

    public readonly delegate* unmanaged<byte*, int, long*, int, long*, Status> MemoryDescInitByStrides =
        (delegate* unmanaged<byte*, int, long*, int, long*, Status>)symbols.Find("dnnl_memory_desc_init_by_strides");

    public readonly delegate* unmanaged<byte*, byte*, int, long*, Status> MemoryDescReshape =
        (delegate* unmanaged<byte*, byte*, int, long*, Status>)symbols.Find("dnnl_memory_desc_reshape");

    public readonly delegate* unmanaged<byte*, byte*, int> MemoryDescEqual =
        (delegate* unmanaged<byte*, byte*, int>)symbols.Find("dnnl_memory_desc_equal");

    public readonly delegate* unmanaged<byte*, nuint> MemoryDescGetSize =
        (delegate* unmanaged<byte*, nuint>)symbols.Find("dnnl_memory_desc_get_size");

    public readonly delegate* unmanaged<nint*, byte*, nint, nint, nint, Status> PrimitiveDescCreate =
        (delegate* unmanaged<nint*, byte*, nint, nint, nint, Status>)symbols.Find("dnnl_primitive_desc_create");

    public readonly delegate* unmanaged<nint, int, int, byte*> PrimitiveDescQueryMd =
        (delegate* unmanaged<nint, int, int, byte*>)symbols.Find("dnnl_primitive_desc_query_md");

    public readonly delegate* unmanaged<nint, float, int, float, float, Status> PostOpsAppendEltwise =
        (delegate* unmanaged<nint, float, int, float, float, Status>)symbols.Find("dnnl_post_ops_append_eltwise");

    public readonly delegate* unmanaged<nint, float, Status> PostOpsAppendSum =
        (delegate* unmanaged<nint, float, Status>)symbols.Find("dnnl_post_ops_append_sum");

    public readonly delegate* unmanaged<nint*, byte*, nint, byte*, nint, nint, Status> ReorderPrimitiveDescCreate =
        (delegate* unmanaged<nint*, byte*, nint, byte*, nint, nint, Status>)symbols.Find("dnnl_reorder_primitive_desc_create");

    public readonly delegate* unmanaged<nint*, byte*, int, int, byte*, nint, nint, Status> ConcatPrimitiveDescCreate =
        (delegate* unmanaged<nint*, byte*, int, int, byte*, nint, nint, Status>)symbols.Find("dnnl_concat_primitive_desc_create");

    public readonly delegate* unmanaged<nint*, byte*, int, float*, byte*, nint, nint, Status> SumPrimitiveDescCreate =
        (delegate* unmanaged<nint*, byte*, int, float*, byte*, nint, nint, Status>)symbols.Find("dnnl_sum_primitive_desc_create");

    /// <summary>The functions that fill operation descriptors.</summary>
    public readonly NativeOpsV2 Ops = new(symbols);
}
