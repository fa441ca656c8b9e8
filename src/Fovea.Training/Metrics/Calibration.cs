namespace Fovea.Training;

/// <summary>Whether a network's probabilities mean what they say (Guo et al., On Calibration of Modern Neural Networks, 2017).</summary>
public static class Calibration
{
    /// <summary>Bins of the expected calibration error.</summary>
    public const int Bins = 15;

    private const double LeastInverse = 0.01, MostInverse = 100;

    /// <summary>
    /// Expected calibration error: confidences sorted into <see cref="Bins"/> bins (k/15, (k+1)/15]; the mean over images of |accuracy of its bin - mean
    /// confidence of its bin|, 0 to 1. Paper: equation 3. NaN where there are no images or a confidence is no number.
    /// </summary>
    /// <param name="confidences">The probability of each image's likeliest class, 0 to 1.</param>
    /// <param name="right">Whether that class is the image's.</param>
    public static double Error(ReadOnlySpan<double> confidences, ReadOnlySpan<bool> right)
    {
        Span<double> gaps = stackalloc double[Bins];
        gaps.Clear();
        for (int i = 0; i < confidences.Length; i++)
        {
            if (!double.IsFinite(confidences[i]))
                return double.NaN;
            int bin = Math.Clamp((int)Math.Ceiling(confidences[i] * Bins) - 1, 0, Bins - 1);
            gaps[bin] += (right[i] ? 1 : 0) - confidences[i];
        }
        double sum = 0;
        foreach (double gap in gaps)
            sum += Math.Abs(gap);
        return confidences.Length == 0 ? double.NaN : sum / confidences.Length;
    }

    /// <summary>
    /// The temperature T that makes the mean cross entropy of softmax(logits / T) least (the paper's section 4.2), 0.01 to 100: a limit is reached where
    /// every image is right, or none. The loss is convex in 1/T, so that Newton's steps inside a bracket find it.
    /// </summary>
    /// <param name="logits">A row of logits for each image; probabilities' logarithms do as well.</param>
    /// <param name="labels">The class of each image.</param>
    /// <returns>NaN where there are no images, no logits, or a logit is no number.</returns>
    public static double Temperature(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels)
    {
        if (labels.Length == 0 || logits.Length == 0)
            return double.NaN;
        int classes = logits.Length / labels.Length;
        if (Derivatives(logits, labels, classes, MostInverse).Slope < 0)
            return 1 / MostInverse;
        if (Derivatives(logits, labels, classes, LeastInverse).Slope > 0)
            return 1 / LeastInverse;
        double low = LeastInverse, high = MostInverse, inverse = 1;
        for (int i = 0; i < 200 && high - low > 1e-13 * inverse; i++)
        {
            (double slope, double curve) = Derivatives(logits, labels, classes, inverse);
            if (double.IsNaN(slope))
                return double.NaN;
            (low, high) = slope < 0 ? (inverse, high) : (low, inverse);
            double step = inverse - slope / curve;
            // Where the bracket cuts Newton's step off, halve it; geometrically, since it spans four orders of magnitude.
            double next = step > low && step < high ? step : Math.Sqrt(low * high);
            if (Math.Abs(next - inverse) <= 1e-14 * inverse)
                break;
            inverse = next;
        }
        return 1 / inverse;
    }

    /// <summary>First and second derivative of the summed cross entropy by the inverse temperature.</summary>
    private static (double Slope, double Curve) Derivatives(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int classes, double inverse)
    {
        double slope = 0, curve = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = logits.Slice(i * classes, classes);
            double max = double.NegativeInfinity, sum = 0, mean = 0, square = 0;
            foreach (float logit in row)
                max = Math.Max(max, logit);
            foreach (float logit in row)
            {
                double weight = Math.Exp(inverse * (logit - max));
                sum += weight;
                mean += weight * (logit - max);
                square += weight * (logit - max) * (logit - max);
            }
            mean /= sum;
            slope += mean - (row[labels[i]] - max);
            curve += square / sum - mean * mean;
        }
        return (slope, curve);
    }
}
