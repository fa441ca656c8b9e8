using Fovea.Data;

namespace Fovea.Training;

/// <summary>Sums up an evaluation.</summary>
internal static class EvaluationSummary
{
    /// <summary>Images of each kind that a result names.</summary>
    public const int Notable = 24;

    /// <summary>Everything about the last run of a pass whose tally kept its logits.</summary>
    public static EvaluationResult Of(EvaluationPass pass, IImageDataset split, ConfusionMatrix confusion, AnswerTally tally)
    {
        IReadOnlyList<ImageOutcome> outcomes = pass.Outcomes;
        ReadOnlySpan<float> logits = tally.Logits;
        int[] labels = [.. outcomes.Select(o => o.Class)];
        double temperature = Calibration.Temperature(logits, labels);
        (double low, double high) = Statistics.WilsonInterval(outcomes.Count(o => o.IsRight), outcomes.Count);
        (double[] accuracy, double[] f1) = Bootstrap.Intervals(outcomes, split.Classes.Count);
        IReadOnlyList<ClassMetrics> perClass = confusion.PerClass(split.Classes);
        ClassMetrics[] seen = [.. perClass.Where(c => c.Support > 0)];
        return new EvaluationResult
        {
            Images = pass.Images,
            Skipped = pass.Skipped,
            Loss = pass.Loss,
            Top1 = pass.Top1,
            Top5 = pass.Top5,
            AccuracyInterval = [low, high],
            AccuracyBootstrap = accuracy,
            MacroF1Bootstrap = f1,
            MacroF1 = seen.Length == 0 ? double.NaN : seen.Average(c => c.F1),
            Ece = Error(outcomes),
            Temperature = temperature,
            EceAtTemperature = Calibration.Error(Confidences(logits, labels.Length, temperature), [.. outcomes.Select(o => o.IsRight)]),
            PerClass = perClass,
            Confusion = confusion.ToRows(),
            ConfidentlyWrong = [.. NotableImages.ConfidentlyWrong(outcomes, Notable).Select(o => Describe(o, split))],
            Hardest = [.. NotableImages.Hardest(outcomes, Notable).Select(o => Describe(o, split))],
        };
    }

    /// <summary>The calibration error of outcomes.</summary>
    public static double Error(IReadOnlyList<ImageOutcome> outcomes) =>
        Calibration.Error([.. outcomes.Select(o => o.Confidence)], [.. outcomes.Select(o => o.IsRight)]);

    /// <summary>An outcome in words.</summary>
    public static NotableImage Describe(ImageOutcome o, IImageDataset split) =>
        new(split.Describe(o.Sample), o.Sample, split.Classes[o.Class], split.Classes[o.Predicted], o.Confidence, o.Loss);

    private static double[] Confidences(ReadOnlySpan<float> logits, int images, double temperature)
    {
        double[] confidences = new double[images];
        if (logits.Length == 0)
            Array.Fill(confidences, double.NaN);
        for (int i = 0; i < images && logits.Length > 0; i++)
        {
            int classes = logits.Length / images;
            double max = double.NegativeInfinity, sum = 0;
            foreach (float logit in logits.Slice(i * classes, classes))
                max = Math.Max(max, logit);
            foreach (float logit in logits.Slice(i * classes, classes))
                sum += Math.Exp((logit - max) / temperature);
            confidences[i] = 1 / sum;
        }
        return confidences;
    }
}
