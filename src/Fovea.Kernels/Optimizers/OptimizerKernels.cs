using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Updates of parameters in place, in one pass over memory, with PyTorch's formulas. Hyperparameters are doubles because PyTorch's are.
/// </summary>
public static class OptimizerKernels
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
    public static unsafe void Sgd(
        WorkerTeam team, double lr, double momentum, double weightDecay, bool nesterov, ReadOnlySpan<float> grad, Span<float> velocity,
        Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(grad.Length, weights.Length, nameof(grad));
        if (momentum == 0)
            Guard.LengthOrEmpty(velocity.Length, weights.Length, nameof(velocity));
        else
            Guard.Length(velocity.Length, weights.Length, nameof(velocity));
        fixed (float* g = grad, v = velocity, w = weights)
        {
            SgdLoop loop = new(g, momentum == 0 ? null : v, w, (float)lr, (float)momentum, (float)weightDecay, nesterov);
            team.RunRange(weights.Length, ref loop);
        }
    }

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
    public static unsafe void Adam(
        WorkerTeam team, double lr, double beta1, double beta2, double eps, double weightDecay, long step,
        ReadOnlySpan<float> grad, Span<float> m, Span<float> v, Span<float> weights)
    {
        ArgumentNullException.ThrowIfNull(team);
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        Guard.Length(grad.Length, weights.Length, nameof(grad));
        Guard.Length(m.Length, weights.Length, nameof(m));
        Guard.Length(v.Length, weights.Length, nameof(v));
        fixed (float* g = grad, first = m, second = v, w = weights)
        {
            double stepSize = lr / (1 - Math.Pow(beta1, step)), root = Math.Sqrt(1 - Math.Pow(beta2, step));
            AdamLoop loop = new(g, first, second, w, beta1, beta2, (float)eps, (float)weightDecay, (float)stepSize, (float)root);
            team.RunRange(weights.Length, ref loop);
        }
    }

    private readonly unsafe struct SgdLoop(float* grad, float* velocity, float* weights, float lr, float momentum, float decay, bool nesterov)
        : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            for (nint i = 0; i < length; i += Vector<float>.Count)
            {
                nint at = start + i, count = Math.Min(length - i, Vector<float>.Count);
                if (count == Vector<float>.Count)
                {
                    Vector<float> v = velocity == null ? default : Vector.Load(velocity + at), w = Vector.Load(weights + at);
                    Step(Vector.Load(grad + at), ref v, ref w);
                    if (velocity != null)
                        v.Store(velocity + at);
                    w.Store(weights + at);
                }
                else
                {
                    Vector<float> v = velocity == null ? default : Tail.Load(velocity + at, count), w = Tail.Load(weights + at, count);
                    Step(Tail.Load(grad + at, count), ref v, ref w);
                    if (velocity != null)
                        v.StoreTail(velocity + at, count);
                    w.StoreTail(weights + at, count);
                }
            }
        }

        // Fused where PyTorch's CPU kernels fuse (add with alpha), rounded in between where they are two operations.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Step(Vector<float> g, ref Vector<float> v, ref Vector<float> w)
        {
            if (decay != 0f)
                g = Vector.FusedMultiplyAdd(w, new Vector<float>(decay), g);
            if (velocity != null)
            {
                v = (v * momentum) + g;
                g = nesterov ? Vector.FusedMultiplyAdd(v, new Vector<float>(momentum), g) : v;
            }
            w = Vector.FusedMultiplyAdd(g, new Vector<float>(-lr), w);
        }
    }

    private readonly unsafe struct AdamLoop(
        float* grad, float* m, float* v, float* weights, double beta1, double beta2, float eps, float decay, float stepSize, float root) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            for (nint i = 0; i < length; i += Vector<float>.Count)
            {
                nint at = start + i, count = Math.Min(length - i, Vector<float>.Count);
                if (count == Vector<float>.Count)
                {
                    Vector<float> first = Vector.Load(m + at), second = Vector.Load(v + at), w = Vector.Load(weights + at);
                    Step(Vector.Load(grad + at), ref first, ref second, ref w);
                    first.Store(m + at);
                    second.Store(v + at);
                    w.Store(weights + at);
                }
                else
                {
                    Vector<float> first = Tail.Load(m + at, count), second = Tail.Load(v + at, count), w = Tail.Load(weights + at, count);
                    Step(Tail.Load(grad + at, count), ref first, ref second, ref w);
                    first.StoreTail(m + at, count);
                    second.StoreTail(v + at, count);
                    w.StoreTail(weights + at, count);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Step(Vector<float> g, ref Vector<float> first, ref Vector<float> second, ref Vector<float> w)
        {
            if (decay != 0f)
                g = Vector.FusedMultiplyAdd(w, new Vector<float>(decay), g);
            first = Vector.FusedMultiplyAdd(g, new Vector<float>((float)(1 - beta1)), first * (float)beta1);
            second = (second * (float)beta2) + (g * (float)(1 - beta2) * g);
            Vector<float> denominator = (Vector.SquareRoot(second) / new Vector<float>(root)) + new Vector<float>(eps);
            w -= new Vector<float>(stepSize) * first / denominator;
        }
    }
}
