using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

public static partial class OptimizerKernels
{
    /// <summary>
    /// Adam (Kingma and Ba, 2015) as torch.optim.Adam computes it (weight decay added to the gradient, not decoupled):
    /// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w -= lr / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + eps).
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="lr">Learning rate.</param>
    /// <param name="beta1">Decay of the first moment, 0 to below 1.</param>
    /// <param name="beta2">Decay of the second moment, 0 to below 1.</param>
    /// <param name="eps">Added to the root.</param>
    /// <param name="weightDecay">The L2 penalty's factor, 0 or more.</param>
    /// <param name="step">Number of this update: 1 for the first.</param>
    /// <param name="grad">The gradient.</param>
    /// <param name="m">First moment, zeros before the first step.</param>
    /// <param name="v">Second moment, zeros before the first step.</param>
    /// <param name="weights">The parameters.</param>
    /// <param name="half">The parameters rounded to bfloat16, written in the same pass; empty where there is no such copy.</param>
    public static void Adam(
        WorkerTeam team, double lr, double beta1, double beta2, double eps, double weightDecay, long step,
        ReadOnlySpan<float> grad, Span<float> m, Span<float> v, Span<float> weights, Span<ushort> half = default) =>
        RunAdam(team, lr, beta1, beta2, eps, weightDecay, 1, step, grad, m, v, weights, half);

    /// <summary>
    /// AdamW (Loshchilov and Hutter, 2019) as torch.optim.AdamW computes it: w *= 1 - lr * weightDecay, and then <see cref="Adam"/> without a penalty.
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="lr">Learning rate.</param>
    /// <param name="beta1">Decay of the first moment, 0 to below 1.</param>
    /// <param name="beta2">Decay of the second moment, 0 to below 1.</param>
    /// <param name="eps">Added to the root.</param>
    /// <param name="weightDecay">Share of a weight that is taken away in each step, times the learning rate; 0 or more.</param>
    /// <param name="step">Number of this update: 1 for the first.</param>
    /// <param name="grad">The gradient.</param>
    /// <param name="m">First moment, zeros before the first step.</param>
    /// <param name="v">Second moment, zeros before the first step.</param>
    /// <param name="weights">The parameters.</param>
    /// <param name="half">The parameters rounded to bfloat16, written in the same pass; empty where there is no such copy.</param>
    public static void AdamW(
        WorkerTeam team, double lr, double beta1, double beta2, double eps, double weightDecay, long step,
        ReadOnlySpan<float> grad, Span<float> m, Span<float> v, Span<float> weights, Span<ushort> half = default) =>
        RunAdam(team, lr, beta1, beta2, eps, 0, 1 - (lr * weightDecay), step, grad, m, v, weights, half);

    private static unsafe void RunAdam(
        WorkerTeam team, double lr, double beta1, double beta2, double eps, double penalty, double keep, long step,
        ReadOnlySpan<float> grad, Span<float> m, Span<float> v, Span<float> weights, Span<ushort> half = default)
    {
        ArgumentNullException.ThrowIfNull(team);
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        Guard.Length(grad.Length, weights.Length, nameof(grad));
        Guard.LengthOrEmpty(half.Length, weights.Length, nameof(half));
        Guard.Length(m.Length, weights.Length, nameof(m));
        Guard.Length(v.Length, weights.Length, nameof(v));
        fixed (float* g = grad, first = m, second = v, w = weights)
        fixed (ushort* h = half)
        {
            double stepSize = lr / (1 - Math.Pow(beta1, step)), root = Math.Sqrt(1 - Math.Pow(beta2, step));
            UpdateLoop<AdamStep> loop = new(
                g, first, second, w, h, new AdamStep(beta1, beta2, (float)eps, (float)penalty, (float)keep, (float)stepSize, (float)root));
            team.RunRange(weights.Length, ref loop);
        }
    }

    private readonly struct AdamStep(double beta1, double beta2, float eps, float penalty, float keep, float stepSize, float root) : IUpdateStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(Vector<float> g, ref Vector<float> first, ref Vector<float> second, ref Vector<float> w)
        {
            if (penalty != 0f)
                g = Vector.MultiplyAddEstimate(w, new Vector<float>(penalty), g);
            if (keep != 1f)
                w *= keep;
            first = Vector.MultiplyAddEstimate(g, new Vector<float>((float)(1 - beta1)), first * (float)beta1);
            second = (second * (float)beta2) + (g * (float)(1 - beta2) * g);
            Vector<float> denominator = (Vector.SquareRoot(second) / new Vector<float>(root)) + new Vector<float>(eps);
            w -= new Vector<float>(stepSize) * first / denominator;
        }
    }
}
