namespace Fovea.OneDnn.Native;

/// <summary>
/// The C functions whose binary interface versions 2 and 3 share: engine, stream, primitive, memory handle. One field per function, named after it.
/// </summary>
internal sealed unsafe class CommonNative(SymbolTable symbols)
{
    public readonly delegate* unmanaged<VersionInfo*> Version = (delegate* unmanaged<VersionInfo*>)symbols.Find("dnnl_version");

    public readonly delegate* unmanaged<int> GetEffectiveCpuIsa = (delegate* unmanaged<int>)symbols.Find("dnnl_get_effective_cpu_isa");

    public readonly delegate* unmanaged<nint*, int, nuint, Status> EngineCreate =
        (delegate* unmanaged<nint*, int, nuint, Status>)symbols.Find("dnnl_engine_create");

    public readonly delegate* unmanaged<nint*, nint, uint, Status> StreamCreate =
        (delegate* unmanaged<nint*, nint, uint, Status>)symbols.Find("dnnl_stream_create");

    public readonly delegate* unmanaged<nint, Status> StreamWait = (delegate* unmanaged<nint, Status>)symbols.Find("dnnl_stream_wait");

    public readonly delegate* unmanaged<nint, int, int, void*, Status> PrimitiveDescQuery =
        (delegate* unmanaged<nint, int, int, void*, Status>)symbols.Find("dnnl_primitive_desc_query");

    public readonly delegate* unmanaged<nint, Status> PrimitiveDescDestroy =
        (delegate* unmanaged<nint, Status>)symbols.Find("dnnl_primitive_desc_destroy");

    public readonly delegate* unmanaged<nint*, nint, Status> PrimitiveCreate =
        (delegate* unmanaged<nint*, nint, Status>)symbols.Find("dnnl_primitive_create");

    public readonly delegate* unmanaged<nint, nint, int, ExecArg*, Status> PrimitiveExecute =
        (delegate* unmanaged<nint, nint, int, ExecArg*, Status>)symbols.Find("dnnl_primitive_execute");

    public readonly delegate* unmanaged<nint, Status> PrimitiveDestroy = (delegate* unmanaged<nint, Status>)symbols.Find("dnnl_primitive_destroy");

    public readonly delegate* unmanaged<nint*, void*, nint, nint, Status> MemoryCreate =
        (delegate* unmanaged<nint*, void*, nint, nint, Status>)symbols.Find("dnnl_memory_create");

    public readonly delegate* unmanaged<nint, nint, Status> MemorySetDataHandle =
        (delegate* unmanaged<nint, nint, Status>)symbols.Find("dnnl_memory_set_data_handle");

    public readonly delegate* unmanaged<nint, Status> MemoryDestroy = (delegate* unmanaged<nint, Status>)symbols.Find("dnnl_memory_destroy");

    public readonly delegate* unmanaged<nint*, Status> PrimitiveAttrCreate =
        (delegate* unmanaged<nint*, Status>)symbols.Find("dnnl_primitive_attr_create");

    public readonly delegate* unmanaged<nint, Status> PrimitiveAttrDestroy =
        (delegate* unmanaged<nint, Status>)symbols.Find("dnnl_primitive_attr_destroy");

    public readonly delegate* unmanaged<nint, int, Status> PrimitiveAttrSetScratchpadMode =
        (delegate* unmanaged<nint, int, Status>)symbols.Find("dnnl_primitive_attr_set_scratchpad_mode");

    public readonly delegate* unmanaged<nint, nint, Status> PrimitiveAttrSetPostOps =
        (delegate* unmanaged<nint, nint, Status>)symbols.Find("dnnl_primitive_attr_set_post_ops");

    public readonly delegate* unmanaged<nint*, Status> PostOpsCreate = (delegate* unmanaged<nint*, Status>)symbols.Find("dnnl_post_ops_create");

    public readonly delegate* unmanaged<nint, Status> PostOpsDestroy = (delegate* unmanaged<nint, Status>)symbols.Find("dnnl_post_ops_destroy");

    // OpenMP's, which the library depends on: the very runtime that its kernels use, whichever it is.
    public readonly delegate* unmanaged<int, void> OmpSetNumThreads = (delegate* unmanaged<int, void>)symbols.Find("omp_set_num_threads");

    public readonly delegate* unmanaged<int> OmpGetMaxThreads = (delegate* unmanaged<int>)symbols.Find("omp_get_max_threads");

    // Addresses alone: others call them. GCC's entry, which not every OpenMP runtime has.
    public readonly nint GompParallel = symbols.FindOptional("GOMP_parallel");

    public readonly nint OmpGetThreadNum = symbols.FindOptional("omp_get_thread_num");
}
