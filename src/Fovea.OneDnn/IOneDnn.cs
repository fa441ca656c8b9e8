namespace Fovea.OneDnn;

/// <summary>
/// oneDNN, whichever version was found: the one interface behind which versions differ. Shaped like version 3 (no operation descriptors).
/// <para>
/// Creation methods return null, and say why, where oneDNN has no implementation of what is asked (<c>dnnl_unimplemented</c>), and throw
/// <see cref="OneDnnException"/> where the arguments do not fit together. Descriptors given as <see cref="Any"/> are decided by the primitive:
/// query the result. Dilations are oneDNN's: 0 is dense (PyTorch's dilation - 1). Scratchpads are the caller's (<see cref="Attributes"/>).
/// </para>
/// <para>
/// Threads: a primitive is created for the OpenMP thread count of the creating OS thread; create and execute on one thread, after
/// <see cref="SetThreads"/> there.
/// </para>
/// </summary>
public partial interface IOneDnn
{
    /// <summary>The library's version, such as 2.6.3.</summary>
    Version Version { get; }

    /// <summary>The instruction set that its kernels may use, such as <c>avx512_core_bf16</c>.</summary>
    string EffectiveIsa { get; }

    /// <summary>The file that was loaded, as far as it can be found out; else the name that it was asked for by.</summary>
    string LibraryPath { get; }

    /// <summary>OpenMP's thread count on the calling OS thread (omp_get_max_threads).</summary>
    int Threads { get; }

    /// <summary>
    /// The addresses of <c>GOMP_parallel</c> and <c>omp_get_thread_num</c> in the OpenMP runtime that its primitives run on, whose threads can do other work in between;
    /// null where that runtime has no such functions. They stay loaded.
    /// </summary>
    (nint Parallel, nint ThreadNumber)? OpenMp { get; }

    /// <summary>Sets OpenMP's thread count for the calling OS thread alone (omp_set_num_threads).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    void SetThreads(int threads);

    /// <summary>
    /// What <paramref name="make"/> makes while the thread count is another one. oneDNN fixes how many threads take part in a kernel when its description and its primitive
    /// are made.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    T WithThreads<T>(int threads, Func<T> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        int before = Threads;
        SetThreads(threads);
        try
        {
            return make();
        }
        finally
        {
            SetThreads(before);
        }
    }

    /// <summary>A dense descriptor in a named layout.</summary>
    /// <exception cref="OneDnnException">The tag is for another number of dimensions, or a dimension is negative.</exception>
    MemoryDesc Plain(ReadOnlySpan<long> dims, DataType type, FormatTag tag);

    /// <summary>A descriptor with explicit strides, in elements: views of larger memories, and layouts without a name.</summary>
    /// <exception cref="OneDnnException">Strides overlap or do not fit the dimensions.</exception>
    MemoryDesc Strided(ReadOnlySpan<long> dims, DataType type, ReadOnlySpan<long> strides);

    /// <summary>A descriptor whose layout the primitive chooses.</summary>
    MemoryDesc Any(ReadOnlySpan<long> dims, DataType type);

    /// <summary>A copy from one layout or type into another. Args: Src, Dst, Scratchpad.</summary>
    PrimitiveDesc? Reorder(MemoryDesc from, MemoryDesc to, Attributes? attributes, out string why);

    /// <summary>The executable primitive. oneDNN caches compiled kernels, so making the same one again is cheap.</summary>
    Primitive CreatePrimitive(PrimitiveDesc desc);

    /// <summary>
    /// Binds memory to a primitive's arguments, once, so that executing is one call. Bind every argument whose <see cref="PrimitiveDesc.Query"/> is
    /// not null.
    /// Binding writes nothing. The padding of blocked layouts (channels up to the block) must be zero where a kernel reads it: oneDNN's kernels and
    /// reorders write it so; whatever else fills such a memory must do the same.
    /// </summary>
    /// <param name="primitive">Kept alive by the result.</param>
    /// <param name="args">Argument, the memory's descriptor, and its address (64-byte aligned for speed); the memory must outlive the result.</param>
    BoundPrimitive Bind(Primitive primitive, params ReadOnlySpan<(Arg Arg, MemoryDesc Desc, nint Address)> args);
}
