using System.Runtime.InteropServices;
using Fovea.OneDnn.Native;

namespace Fovea.OneDnn;

/// <summary>
/// What the versions share: engine and stream (made once, kept for the life of the process), primitives and their binding to memory.
/// A version adds its descriptors and its ways of creating primitive descriptors.
/// </summary>
internal abstract unsafe class Runtime
{
    private const int CpuEngine = 1;
    private const uint InOrder = 1;
    private const int QueryImplInfoStr = 8;

    protected Runtime(CommonNative common, Version version, string libraryPath)
    {
        Common = common;
        Version = version;
        LibraryPath = libraryPath;
        nint engine, stream;
        common.EngineCreate(&engine, CpuEngine, 0).Check("dnnl_engine_create", "the CPU");
        common.StreamCreate(&stream, engine, InOrder).Check("dnnl_stream_create", "the CPU");
        Engine = engine;
        Stream = stream;
    }

    public Version Version { get; }

    public string LibraryPath { get; }

    public string EffectiveIsa => CpuIsa.Name(Common.GetEffectiveCpuIsa());

    public int Threads => Common.OmpGetMaxThreads();

    public (nint Parallel, nint ThreadNumber)? OpenMp =>
        Common.GompParallel != 0 && Common.OmpGetThreadNum != 0 ? (Common.GompParallel, Common.OmpGetThreadNum) : null;

    public CommonNative Common { get; }

    public nint Stream { get; }

    protected nint Engine { get; }

    public void SetThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Common.OmpSetNumThreads(threads);
    }

    public Primitive CreatePrimitive(PrimitiveDesc desc)
    {
        nint primitive;
        Common.PrimitiveCreate(&primitive, Raw(desc.Handle)).Check("dnnl_primitive_create", desc.What);
        GC.KeepAlive(desc);
        return new Primitive(new NativeHandle(primitive, Common.PrimitiveDestroy), desc);
    }

    public BoundPrimitive Bind(Primitive primitive, params ReadOnlySpan<(Arg Arg, MemoryDesc Desc, nint Address)> args) => new(this, primitive, args);

    public NativeHandle OwnPrimitiveDesc(nint handle) => new(handle, Common.PrimitiveDescDestroy);

    public string QueryImplementation(NativeHandle primitiveDesc)
    {
        nint text;
        Status status = Common.PrimitiveDescQuery(Raw(primitiveDesc), QueryImplInfoStr, 0, &text);
        GC.KeepAlive(primitiveDesc);
        return status == Status.Success ? Marshal.PtrToStringUTF8(text) ?? "" : "";
    }

    public abstract MemoryDesc? QueryMemoryDesc(NativeHandle primitiveDesc, Arg arg);

    public abstract nint CreateMemory(MemoryDesc desc, nint address, string what);

    /// <summary>The native object; the caller keeps the handle alive over the call that it passes it to.</summary>
    protected static nint Raw(NativeHandle? handle)
    {
        if (handle is null)
            return 0;
        ObjectDisposedException.ThrowIf(handle.IsClosed, typeof(PrimitiveDesc));
        return handle.DangerousGetHandle();
    }
}
