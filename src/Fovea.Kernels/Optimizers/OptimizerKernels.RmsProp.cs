using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

public static partial class OptimizerKernels
{
    /// <summary>
    /// RMSprop (Tieleman and Hinton, 2012) as torch.optim.RMSprop (not centred) computes it: g = grad + weightDecay * w;
    /// s = alpha s + (1 - alpha) g^2; d = g / (sqrt(s) + eps); with a momentum b = momentum * b + d and w -= lr * b, without one w -= lr * d.
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="lr">Learning rate.</param>
    /// <param name="alpha">Decay of the mean square, 0 to below 1.</param>
    /// <param name="eps">Added to the root.</param>
    /// <param name="momentum">0 or more.</param>
    /// <param name="weightDecay">The L2 penalty's factor, 0 or more.</param>
    /// <param name="grad">The gradient.</param>
    /// <param name="square">Mean square, zeros before the first step.</param>
    /// <param name="velocity">The momentum's state, as long as the weights; may be empty when momentum is 0.</param>
    /// <param name="weights">The parameters.</param>
    /// <param name="half">The parameters rounded to bfloat16, written in the same pass; empty where there is no such copy.</param>
    public static unsafe void RmsProp(
        WorkerTeam team, double lr, double alpha, double eps, double momentum, double weightDecay, ReadOnlySpan<float> grad, Span<float> square,
        Span<float> velocity, Span<float> weights, Span<ushort> half = default)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(grad.Length, weights.Length, nameof(grad));
        Guard.LengthOrEmpty(half.Length, weights.Length, nameof(half));
        Guard.Length(square.Length, weights.Length, nameof(square));
        if (momentum == 0)
            Guard.LengthOrEmpty(velocity.Length, weights.Length, nameof(velocity));
        else
            Guard.Length(velocity.Length, weights.Length, nameof(velocity));
        fixed (float* g = grad, s = square, v = velocity, w = weights)
        fixed (ushort* h = half)
        {
            UpdateLoop<RmsPropStep> loop = new(
                g, s, momentum == 0 ? null : v, w, h, new RmsPropStep((float)lr, alpha, (float)eps, (float)momentum, (float)weightDecay, momentum != 0));
            team.RunRange(weights.Length, ref loop);
        }
    }

    private readonly struct RmsPropStep(float lr, double alpha, float eps, float momentum, float penalty, bool moves) : IUpdateStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(Vector<float> g, ref Vector<float> square, ref Vector<float> v, ref Vector<float> w)
        {
            if (penalty != 0f)
                g = Vector.MultiplyAddEstimate(w, new Vector<float>(penalty), g);
            square = (square * (float)alpha) + (g * (float)(1 - alpha) * g);
            Vector<float> denominator = Vector.SquareRoot(square) + new Vector<float>(eps);
            if (moves)
            {
                v = (v * momentum) + (g / denominator);
                w = Vector.MultiplyAddEstimate(v, new Vector<float>(-lr), w);
            }
            else
                w -= new Vector<float>(lr) * g / denominator;
        }
    }
}
