using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Turns logits into what is known of each image, over one look at it or the average of several.</summary>
/// <param name="classes">Number of classes.</param>
/// <param name="looks">Looks at each image, those that count twice twice.</param>
/// <param name="kept">Images whose logits are kept, for the temperature; 0 for none.</param>
internal sealed class AnswerTally(int classes, int looks, int kept)
{
    private const int Five = 5;
    private readonly List<ImageOutcome> _outcomes = [];
    private readonly float[] _logits = (long)kept * classes <= Array.MaxLength ? new float[kept * classes] : [];
    private double[] _sums = [];
    private int _added, _keptLogits;

    /// <summary>What was said of each image that counted.</summary>
    public IReadOnlyList<ImageOutcome> Outcomes => _outcomes;

    /// <summary>
    /// A row for each outcome, where they are kept and one array can hold them: logits, or with several looks logarithms of the mean probabilities.
    /// </summary>
    public ReadOnlySpan<float> Logits => _logits.AsSpan(0, _keptLogits);

    /// <summary>The batch finished last, by the average of its looks.</summary>
    public LossSums AverageSums { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _outcomes.Clear();
        (_added, _keptLogits) = (0, 0);
    }

    /// <summary>Adds a look at a batch.</summary>
    /// <param name="labels">Its labels; those of weight 0 count nowhere.</param>
    /// <param name="logits">Its rows of logits.</param>
    /// <param name="weight">How often it counts.</param>
    public void Add(ReadOnlySpan<Label> labels, ReadOnlySpan<float> logits, int weight = 1)
    {
        if (_sums.Length < labels.Length * classes)
            _sums = new double[labels.Length * classes];
        if (_added++ == 0)
            Array.Clear(_sums);
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = logits.Slice(i * classes, classes);
            Span<double> sums = _sums.AsSpan(i * classes, classes);
            if (looks == 1)
                LogProbabilities(row, sums);
            else
                AddProbabilities(row, weight, sums);
            if (looks == 1 && _logits.Length > 0 && labels[i].Weight > 0)
            {
                row.CopyTo(_logits.AsSpan(_keptLogits));
                _keptLogits += classes;
            }
        }
    }

    /// <summary>Counts a batch whose looks are all added.</summary>
    /// <param name="labels">Its labels.</param>
    /// <param name="samples">The index of each image in the split.</param>
    /// <param name="confusion">Counts the answers too.</param>
    public void Finish(ReadOnlySpan<Label> labels, ReadOnlySpan<int> samples, ConfusionMatrix confusion)
    {
        (_added, AverageSums) = (0, default);
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i].Weight == 0)
                continue;
            Span<double> logs = _sums.AsSpan(i * classes, classes);
            if (looks > 1)
                LogsOfMean(logs);
            int own = labels[i].A, best = Ranking.Largest(logs);
            _outcomes.Add(new ImageOutcome(samples[i], own, best, Math.Exp(logs[best]), -logs[own]));
            confusion.Add(own, best);
            bool finite = double.IsFinite(logs[own]);
            int before = Before(logs, own);
            AverageSums += new LossSums(finite ? -logs[own] : 0, 1, best == own ? 1 : 0, before < Five ? 1 : 0, finite ? 0 : 1);
        }
    }

    private static void LogProbabilities(ReadOnlySpan<float> row, Span<double> logs)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float logit in row)
            max = Math.Max(max, logit);
        foreach (float logit in row)
            sum += Math.Exp(logit - max);
        double normal = max + Math.Log(sum);
        for (int c = 0; c < row.Length; c++)
            logs[c] = row[c] - normal;
    }

    private static void AddProbabilities(ReadOnlySpan<float> row, int weight, Span<double> sums)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float logit in row)
            max = Math.Max(max, logit);
        foreach (float logit in row)
            sum += Math.Exp(logit - max);
        for (int c = 0; c < row.Length; c++)
            sums[c] += weight * Math.Exp(row[c] - max) / sum;
    }

    private void LogsOfMean(Span<double> sums)
    {
        for (int c = 0; c < classes; c++)
        {
            // A probability that underflowed in every look is the smallest that there is, so that its logarithm stays finite.
            sums[c] = double.IsNaN(sums[c]) ? double.NaN : Math.Log(Math.Max(sums[c] / looks, double.Epsilon));
            if (_logits.Length > 0)
                _logits[_keptLogits++] = (float)sums[c];
        }
    }

    /// <summary>Classes that stand before one: likelier, or as likely and earlier.</summary>
    private static int Before(ReadOnlySpan<double> values, int own)
    {
        int before = 0;
        for (int c = 0; c < values.Length; c++)
        {
            if (values[c] > values[own] || (values[c] == values[own] && c < own))
                before++;
        }
        return before;
    }
}
