namespace Fovea.Kernels;

/// <summary>What a batch adds to a split's statistics: sums, so that batches of any size and ignored slots add up correctly.</summary>
/// <param name="Loss">Sum of weight * loss over the samples.</param>
/// <param name="Weight">Sum of the weights; Loss / Weight is the mean.</param>
/// <param name="Correct">Samples with weight above 0 whose largest logit is that of class A.</param>
/// <param name="Correct5">Samples with weight above 0 whose class A is among the five largest logits.</param>
/// <param name="NonFinite">Samples with weight above 0 whose loss is infinite or NaN; they are correct nowhere.</param>
public readonly record struct LossSums(double Loss, double Weight, int Correct, int Correct5, int NonFinite)
{
    /// <summary>The sums of both.</summary>
    public static LossSums operator +(LossSums a, LossSums b) => Add(a, b);

    /// <summary>The sums of both.</summary>
    public static LossSums Add(LossSums a, LossSums b) =>
        new(a.Loss + b.Loss, a.Weight + b.Weight, a.Correct + b.Correct, a.Correct5 + b.Correct5, a.NonFinite + b.NonFinite);

    /// <summary>The same batch with the loss of an auxiliary output added, times its weight; the accuracy stays that of the main output.</summary>
    public LossSums WithAuxiliary(in LossSums auxiliary, double weight) =>
        this with { Loss = Loss + (weight * auxiliary.Loss), NonFinite = Math.Max(NonFinite, auxiliary.NonFinite) };
}
