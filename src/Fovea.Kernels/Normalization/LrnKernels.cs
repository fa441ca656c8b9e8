using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Local response normalisation across channels (Krizhevsky et al., 2012, section 3.3): dst = src / scale^beta with
/// scale[c] = k + alpha/size * (sum of src^2 over channels c - size/2 to c + (size - 1)/2, zero outside), which is PyTorch's window for even sizes
/// too.
/// </summary>
public static class LrnKernels
{
    /// <summary>dst from src, both [N, C, HW].</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Images.</param>
    /// <param name="C">Channels.</param>
    /// <param name="HW">Pixels of a plane.</param>
    /// <param name="size">Channels of the window, 1 to 64.</param>
    /// <param name="alphaOverSize">alpha / size, the factor of the plain sum (the paper's alpha).</param>
    /// <param name="beta">The exponent; 0.75 takes two square roots in place of a power.</param>
    /// <param name="k">The constant; the scale must come out positive.</param>
    /// <param name="src">The values.</param>
    /// <param name="dst">The result; not <paramref name="src"/>.</param>
    public static unsafe void Forward(
        WorkerTeam team, int N, int C, int HW, int size, float alphaOverSize, float beta, float k, ReadOnlySpan<float> src, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        CheckSizes(N, C, HW, size);
        Guard.Length(src.Length, (long)N * C * HW, nameof(src));
        Guard.Length(dst.Length, (long)N * C * HW, nameof(dst));
        fixed (float* source = src, target = dst)
        {
            if (beta == 0.75f)
                Forward(team, N, new LrnWindow<ThreeQuarters>(C, HW, size, alphaOverSize, k, default), source, target);
            else
                Forward(team, N, new LrnWindow<AnyPower>(C, HW, size, alphaOverSize, k, new AnyPower(beta)), source, target);
        }
    }

    /// <summary>
    /// diffSrc from src and diffDst; the scale is computed again, nothing is kept from the forward pass. diffSrc is neither of the others.
    /// </summary>
    /// <inheritdoc cref="Forward(WorkerTeam, int, int, int, int, float, float, float, ReadOnlySpan{float}, Span{float})"/>
    public static unsafe void Backward(
        WorkerTeam team, int N, int C, int HW, int size, float alphaOverSize, float beta, float k,
        ReadOnlySpan<float> src, ReadOnlySpan<float> diffDst, Span<float> diffSrc)
    {
        ArgumentNullException.ThrowIfNull(team);
        CheckSizes(N, C, HW, size);
        Guard.Length(src.Length, (long)N * C * HW, nameof(src));
        Guard.Length(diffDst.Length, (long)N * C * HW, nameof(diffDst));
        Guard.Length(diffSrc.Length, (long)N * C * HW, nameof(diffSrc));
        fixed (float* source = src, gradient = diffDst, target = diffSrc)
        {
            if (beta == 0.75f)
                Backward(team, N, new LrnWindow<ThreeQuarters>(C, HW, size, alphaOverSize, k, default), beta, source, gradient, target);
            else
                Backward(team, N, new LrnWindow<AnyPower>(C, HW, size, alphaOverSize, k, new AnyPower(beta)), beta, source, gradient, target);
        }
    }

    private static void CheckSizes(int N, int C, int HW, int size) =>
        Guard.That(N >= 0 && C > 0 && HW > 0 && size is >= 1 and <= 64,
            $"LRN takes a window of 1 to 64 channels over [N, C, HW], got size {size} over [{N}, {C}, {HW}].");

    private static unsafe void Forward<TPower>(WorkerTeam team, int N, LrnWindow<TPower> window, float* src, float* dst)
        where TPower : unmanaged, IPower
    {
        LrnForwardLoop<TPower> loop = new(window, src, dst);
        team.Run(N * window.Blocks, ref loop);
    }

    private static unsafe void Backward<TPower>(WorkerTeam team, int N, LrnWindow<TPower> window, float beta, float* src, float* diffDst,
        float* diffSrc)
        where TPower : unmanaged, IPower
    {
        LrnBackwardLoop<TPower> loop = new(window, beta, src, diffDst, diffSrc);
        team.Run(N * window.Blocks, ref loop);
    }
}

/// <summary>x^-beta for positive x.</summary>
internal interface IPower
{
    Vector<float> Invoke(Vector<float> x);
}

internal readonly struct ThreeQuarters : IPower
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Invoke(Vector<float> x)
    {
        Vector<float> root = Vector.SquareRoot(x);
        return Vector<float>.One / (root * Vector.SquareRoot(root));
    }
}

internal readonly struct AnyPower(float beta) : IPower
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Invoke(Vector<float> x) => Vector.Exp(Vector.Log(x) * -beta);
}
