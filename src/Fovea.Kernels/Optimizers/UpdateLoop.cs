using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>The formula of an optimizer for one vector of parameters.</summary>
internal interface IUpdateStep
{
    /// <summary>Follows the gradient <paramref name="g"/>: changes the weights and up to two states. A state that is not kept is zeros and is lost.</summary>
    void Apply(Vector<float> g, ref Vector<float> first, ref Vector<float> second, ref Vector<float> w);
}

/// <summary>
/// An optimizer over a range of parameters: one pass over memory. States that are not kept are null, and so is the weights' copy in bfloat16 where there is none;
/// where there is one, it is made of a range that still lies in the cache.
/// </summary>
internal readonly unsafe struct UpdateLoop<TStep>(float* grad, float* first, float* second, float* weights, ushort* half, TStep step) : IRangeBody
    where TStep : unmanaged, IUpdateStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(nint start, nint length)
    {
        for (nint i = 0; i < length; i += Vector<float>.Count)
        {
            nint at = start + i, count = Math.Min(length - i, Vector<float>.Count);
            if (count == Vector<float>.Count)
            {
                Vector<float> a = first == null ? default : Vector.Load(first + at), b = second == null ? default : Vector.Load(second + at);
                Vector<float> w = Vector.Load(weights + at);
                step.Apply(Vector.Load(grad + at), ref a, ref b, ref w);
                if (first != null)
                    a.Store(first + at);
                if (second != null)
                    b.Store(second + at);
                w.Store(weights + at);
            }
            else
            {
                Vector<float> a = first == null ? default : Tail.Load(first + at, count), b = second == null ? default : Tail.Load(second + at, count);
                Vector<float> w = Tail.Load(weights + at, count);
                step.Apply(Tail.Load(grad + at, count), ref a, ref b, ref w);
                if (first != null)
                    a.StoreTail(first + at, count);
                if (second != null)
                    b.StoreTail(second + at, count);
                w.StoreTail(weights + at, count);
            }
        }
        if (half != null)
            BFloat16.Narrow(weights + start, half + start, length);
    }
}
