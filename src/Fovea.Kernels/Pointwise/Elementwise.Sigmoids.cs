using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <content>The saturating activations; their gradients are functions of the result, so the argument need not be kept.</content>
public static partial class Elementwise
{
    /// <summary>dst = 1 / (1 + exp(-src)), within 2 ulp.</summary>
    public static void SigmoidForward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Map(team, src, dst, default(Sigmoid));

    /// <summary>diffSrc = diffDst * (1 - dst) * dst.</summary>
    public static void SigmoidBackward(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc) =>
        Map2(team, dst, diffDst, diffSrc, default(SigmoidGradient));

    /// <summary>dst = tanh(src), within 3 ulp.</summary>
    public static void TanhForward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Map(team, src, dst, default(HyperbolicTangent));

    /// <summary>diffSrc = diffDst * (1 - dst^2).</summary>
    public static void TanhBackward(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc) =>
        Map2(team, dst, diffDst, diffSrc, default(TanhGradient));

    private readonly struct Sigmoid : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Vector.Exp(-x));
    }

    private readonly struct SigmoidGradient : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y) => y * (Vector<float>.One - x) * x;
    }

    private readonly struct HyperbolicTangent : IMap
    {
        // Below this the form with exp cancels, and a polynomial in x^2 takes its place (the split and coefficients of Cephes' tanhf, Moshier 1989).
        private const float Small = 0.625f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x)
        {
            Vector<float> magnitude = Vector.Abs(x), square = x * x;
            Vector<float> polynomial = new(-5.70498872745e-3f);
            polynomial = (polynomial * square) + new Vector<float>(2.06390887954e-2f);
            polynomial = (polynomial * square) + new Vector<float>(-5.37397155531e-2f);
            polynomial = (polynomial * square) + new Vector<float>(1.33314422036e-1f);
            polynomial = (polynomial * square) + new Vector<float>(-3.33332819422e-1f);
            Vector<float> near = (polynomial * square * x) + x;
            Vector<float> far = Vector<float>.One - (new Vector<float>(2f) / (Vector.Exp(magnitude + magnitude) + Vector<float>.One));
            return Vector.ConditionalSelect(Vector.LessThan(magnitude, new Vector<float>(Small)), near, Vector.CopySign(far, x));
        }
    }

    private readonly struct TanhGradient : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y) => y * (Vector<float>.One - (x * x));
    }
}
