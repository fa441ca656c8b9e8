namespace Fovea.Kernels.Threading;

/// <summary>
/// One piece of a parallel loop. Implemented by structs of pointers and sizes, so that a loop allocates nothing and the call is bound at compile
/// time.
/// </summary>
internal interface IParallelBody
{
    /// <summary>Does item <paramref name="item"/>; <paramref name="worker"/> (0 to Threads - 1) names the thread's own scratch memory.</summary>
    void Invoke(int item, int worker);
}

/// <summary>A loop over elements that do not depend on each other.</summary>
internal interface IRangeBody
{
    /// <summary>Does the elements from <paramref name="start"/> on.</summary>
    void Invoke(nint start, nint length);
}
