namespace Fovea.Kernels.Threading;

/// <summary>The way into an OpenMP runtime: the addresses of two of its functions, which stay loaded.</summary>
/// <param name="Parallel">
/// <c>GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags)</c>: what compilers make of <c>#pragma omp parallel</c>. libgomp's; LLVM's and
/// Intel's runtimes have it too.
/// </param>
/// <param name="ThreadNumber"><c>int omp_get_thread_num(void)</c>.</param>
public readonly record struct OpenMpEntry(nint Parallel, nint ThreadNumber);
