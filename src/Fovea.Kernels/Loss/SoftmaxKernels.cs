using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Softmax over the classes of each row, and the cross entropy of it with labels. Data is float32, sums are double, rows are added in their order.
/// </summary>
public static class SoftmaxKernels
{
    private const int RowsAtOnce = 256;

    /// <summary>probabilities[n, c] = exp(logits[n, c]) / sum over c. In place is allowed.</summary>
    public static unsafe void Softmax(WorkerTeam team, int N, int classes, ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(N >= 0 && classes > 0, $"Softmax takes at least one class and no negative batch, got {N} x {classes}.");
        Guard.Length(logits.Length, (long)N * classes, nameof(logits));
        Guard.Length(probabilities.Length, (long)N * classes, nameof(probabilities));
        fixed (float* source = logits, target = probabilities)
        {
            SoftmaxLoop loop = new(source, target, classes);
            team.Run(N, ref loop);
        }
    }

    /// <summary>
    /// The loss of torch.nn.functional.cross_entropy over labels that may be mixtures: target = (1 - s) * (lambda * A + (1 - lambda) * B) + s /
    /// classes,
    /// loss = weight * -sum(target * log softmax). Its gradient is of the mean over weights: (softmax - target) * weight / sum of weights.
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Rows.</param>
    /// <param name="classes">Columns, 1 or more.</param>
    /// <param name="logits">[N, classes].</param>
    /// <param name="labels">One per row; classes of rows with a weight lie within 0 to classes - 1.</param>
    /// <param name="labelSmoothing">s above, 0 to 1.</param>
    /// <param name="diffLogits">[N, classes], or empty where only the loss is wanted; all zero where no row has a weight.</param>
    /// <param name="sums">What the batch adds to the statistics; the loss is not scaled.</param>
    /// <param name="gradientScale">What the gradient is multiplied with, 1 by default: the weight of this loss among several.</param>
    /// <exception cref="ArgumentException">A length or label does not fit.</exception>
    public static unsafe void CrossEntropy(
        WorkerTeam team, int N, int classes, ReadOnlySpan<float> logits, ReadOnlySpan<Label> labels, float labelSmoothing, Span<float> diffLogits,
        out LossSums sums, float gradientScale = 1f)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(N >= 0 && classes > 0, $"CrossEntropy takes at least one class and no negative batch, got {N} x {classes}.");
        Guard.That(labelSmoothing is >= 0f and <= 1f, $"Label smoothing is a share from 0 to 1, got {labelSmoothing}.");
        Guard.Length(logits.Length, (long)N * classes, nameof(logits));
        Guard.Length(labels.Length, N, nameof(labels));
        Guard.LengthOrEmpty(diffLogits.Length, (long)N * classes, nameof(diffLogits));
        double weight = SumWeights(labels, classes);
        sums = new LossSums(0, weight, 0, 0, 0);
        RowResult* results = stackalloc RowResult[Math.Min(N, RowsAtOnce)];
        fixed (float* source = logits, gradient = diffLogits)
        fixed (Label* targets = labels)
        {
            for (int row = 0; row < N; row += RowsAtOnce)
            {
                int rows = Math.Min(RowsAtOnce, N - row);
                long skipped = (long)row * classes;
                CrossEntropyLoop loop = new(
                    source + skipped, targets + row, gradient == null ? null : gradient + skipped, results, classes, labelSmoothing,
                    weight > 0 ? gradientScale / weight : 0);
                team.Run(rows, ref loop);
                for (int i = 0; i < rows; i++)
                {
                    if (labels[row + i].Weight != 0f)
                        sums += new LossSums(results[i].Loss, 0, results[i].Rank == 0 ? 1 : 0, results[i].Rank < 5 ? 1 : 0,
                            results[i].Rank == int.MaxValue ? 1 : 0);
                }
            }
        }
    }

    private static double SumWeights(ReadOnlySpan<Label> labels, int classes)
    {
        double weight = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            Label label = labels[i];
            if (label.Weight == 0f)
                continue;
            Guard.That(
                (uint)label.A < (uint)classes && (uint)label.B < (uint)classes && label.Weight > 0f && float.IsFinite(label.Weight),
                $"Label {i} of the batch is {label}; classes go from 0 to {classes - 1}, and weights are 0 or more.");
            weight += label.Weight;
        }
        return weight;
    }

    private struct RowResult
    {
        public double Loss;

        // Logits that beat class A's (the first of equals wins); int.MaxValue where the loss is not finite.
        public int Rank;
    }

    private readonly unsafe struct SoftmaxLoop(float* logits, float* probabilities, int classes) : IParallelBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            float* x = logits + ((long)item * classes), y = probabilities + ((long)item * classes);
            float max = Rows.Max(x, classes);
            double sum = Rows.ExpSum(x, max, classes);
            Rows.ExpScaled(x, max, (float)(1 / sum), y, classes);
        }
    }

    private readonly unsafe struct CrossEntropyLoop(
        float* logits, Label* labels, float* diffLogits, RowResult* results, int classes, float smoothing, double perWeight) : IParallelBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            float* x = logits + ((long)item * classes), d = diffLogits == null ? null : diffLogits + ((long)item * classes);
            Label label = labels[item];
            if (label.Weight == 0f)
            {
                if (d != null)
                    new Span<float>(d, classes).Clear();
                return;
            }
            float max = Rows.Max(x, classes), a = x[label.A], b = x[label.B];
            double sum = Rows.ExpSum(x, max, classes), log = Math.Log(sum) + max;
            double loss = (1 - smoothing) * ((label.Lambda * (log - a)) + ((1 - label.Lambda) * (log - b)));
            if (smoothing != 0f)
                loss += smoothing * (log - (Rows.Sum(x, classes) / classes));
            results[item].Loss = loss * label.Weight;
            results[item].Rank = double.IsFinite(loss) ? Rows.Rank(x, label.A, classes) : int.MaxValue;
            if (d == null)
                return;
            double factor = label.Weight * perWeight;
            Rows.ExpScaled(x, max, (float)(factor / sum), d, classes);
            if (smoothing != 0f)
                Rows.Subtract(d, (float)(factor * smoothing / classes), classes);
            d[label.A] -= (float)(factor * (1 - smoothing) * label.Lambda);
            d[label.B] -= (float)(factor * (1 - smoothing) * (1 - label.Lambda));
        }
    }
}
