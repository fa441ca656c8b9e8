using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <content>
/// The Gaussian error linear unit in its exact form, x * Phi(x) with Phi the normal distribution's integral. erf is Abramowitz and Stegun's 7.1.26, which errs by
/// 1.5e-7 at most: about one rounding of a float32 near one, and what oneDNN's kernels take too.
/// </content>
public static partial class Elementwise
{
    /// <summary>dst = src * (1 + erf(src / sqrt(2))) / 2.</summary>
    public static void GeluForward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Map(team, src, dst, default(Gelu));

    /// <summary>diffSrc = diffDst * (Phi(src) + src * phi(src)), with phi the normal density. <paramref name="diffSrc"/> may be <paramref name="diffDst"/>.</summary>
    public static void GeluBackward(WorkerTeam team, ReadOnlySpan<float> src, ReadOnlySpan<float> diffDst, Span<float> diffSrc) =>
        Map2(team, src, diffDst, diffSrc, default(GeluGradient));

    /// <summary>Phi(x), and exp(-x^2 / 2) on the way to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> NormalIntegral(Vector<float> x, out Vector<float> bell)
    {
        const float InverseRootOfTwo = 0.70710678f;
        Vector<float> z = Vector.Abs(x) * InverseRootOfTwo;
        bell = Vector.Exp(-(z * z));
        Vector<float> t = Vector<float>.One / Vector.MultiplyAddEstimate(z, new Vector<float>(0.3275911f), Vector<float>.One);
        Vector<float> polynomial = new(1.061405429f);
        polynomial = Vector.MultiplyAddEstimate(polynomial, t, new Vector<float>(-1.453152027f));
        polynomial = Vector.MultiplyAddEstimate(polynomial, t, new Vector<float>(1.421413741f));
        polynomial = Vector.MultiplyAddEstimate(polynomial, t, new Vector<float>(-0.284496736f));
        polynomial = Vector.MultiplyAddEstimate(polynomial, t, new Vector<float>(0.254829592f));
        // 1 - erf(|x| / sqrt(2)), halved: what lies outside on one side. Taken as it is below zero, it keeps its digits there.
        Vector<float> tail = polynomial * t * bell * 0.5f;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }

    private readonly struct Gelu : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x) => x * NormalIntegral(x, out _);
    }

    private readonly struct GeluGradient : IMap2
    {
        // 1 / sqrt(2 pi).
        private const float Peak = 0.39894228f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y)
        {
            Vector<float> integral = NormalIntegral(x, out Vector<float> bell);
            return y * Vector.MultiplyAddEstimate(x * bell, new Vector<float>(Peak), integral);
        }
    }
}
