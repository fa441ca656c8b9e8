using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Updates of parameters in place, in one pass over memory, with PyTorch's formulas. Hyperparameters are doubles because PyTorch's are.
/// </summary>
public static partial class OptimizerKernels
{
    /// <summary>
    /// Stochastic gradient descent as torch.optim.SGD (dampening 0) computes it: g = grad + weightDecay * w; v = momentum * v + g;
    /// w -= lr * (nesterov ? g + momentum * v : v), or lr * g where momentum is 0. A velocity of zeros makes the first step PyTorch's first step.
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="lr">Learning rate.</param>
    /// <param name="momentum">0 or more.</param>
    /// <param name="weightDecay">The L2 penalty's factor, 0 or more.</param>
    /// <param name="nesterov">Nesterov's momentum; wants a momentum above 0.</param>
    /// <param name="grad">The gradient.</param>
    /// <param name="velocity">The optimizer's state, as long as the weights; may be empty when momentum is 0.</param>
    /// <param name="weights">The parameters.</param>
    /// <param name="half">The parameters rounded to bfloat16, written in the same pass; empty where there is no such copy.</param>
    public static unsafe void Sgd(
        WorkerTeam team, double lr, double momentum, double weightDecay, bool nesterov, ReadOnlySpan<float> grad, Span<float> velocity,
        Span<float> weights, Span<ushort> half = default)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(grad.Length, weights.Length, nameof(grad));
        Guard.LengthOrEmpty(half.Length, weights.Length, nameof(half));
        if (momentum == 0)
            Guard.LengthOrEmpty(velocity.Length, weights.Length, nameof(velocity));
        else
            Guard.Length(velocity.Length, weights.Length, nameof(velocity));
        fixed (float* g = grad, v = velocity, w = weights)
        fixed (ushort* h = half)
        {
            UpdateLoop<SgdStep> loop = new(
                g, momentum == 0 ? null : v, null, w, h, new SgdStep((float)lr, (float)momentum, (float)weightDecay, momentum != 0, nesterov));
            team.RunRange(weights.Length, ref loop);
        }
    }

    private readonly struct SgdStep(float lr, float momentum, float decay, bool moves, bool nesterov) : IUpdateStep
    {
        // Fused where PyTorch's CPU kernels fuse (add with alpha), rounded in between where they are two operations.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(Vector<float> g, ref Vector<float> v, ref Vector<float> unused, ref Vector<float> w)
        {
            if (decay != 0f)
                g = Vector.MultiplyAddEstimate(w, new Vector<float>(decay), g);
            if (moves)
            {
                v = (v * momentum) + g;
                g = nesterov ? Vector.MultiplyAddEstimate(v, new Vector<float>(momentum), g) : v;
            }
            w = Vector.MultiplyAddEstimate(g, new Vector<float>(-lr), w);
        }
    }
}
