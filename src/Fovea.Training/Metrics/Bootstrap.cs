using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// What the choice of just these images does to a figure, by drawing as many of them again, with replacement, 10,000 times over, and looking at what the figure
/// then becomes: percentile intervals of the bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3). Draws are counted
/// (<see cref="Philox"/>): the same answers give the same intervals, on any machine and any number of threads.
/// </summary>
public static class Bootstrap
{
    /// <summary>Drawn sets of images.</summary>
    public const int Resamples = 10_000;

    private const double Low = 0.025, High = 0.975;

    /// <summary>95 % intervals of the accuracy and of the mean F1 over the classes that have images, 0 to 1: [low, high]. NaN where there are no images.</summary>
    /// <param name="outcomes">What the network said of each image.</param>
    /// <param name="classes">Number of classes, 1 or more; each outcome's class and prediction are below it.</param>
    /// <param name="seed">The draws' seed.</param>
    public static (double[] Accuracy, double[] MacroF1) Intervals(IReadOnlyList<ImageOutcome> outcomes, int classes, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        if (outcomes.Count == 0)
            return ([double.NaN, double.NaN], [double.NaN, double.NaN]);
        (int Class, int Predicted)[] answers = [.. outcomes.Select(o => (o.Class, o.Predicted))];
        double[] accuracy = new double[Resamples], f1 = new double[Resamples];
        Parallel.For(0, Resamples, () => new Counts(classes), (resample, _, counts) =>
        {
            counts.Draw(answers, new PhiloxKey(seed, RandomStream.Resampling, 0, (uint)resample));
            (accuracy[resample], f1[resample]) = (counts.Accuracy, counts.MacroF1);
            return counts;
        }, _ => { });
        return (Percentiles(accuracy), Percentiles(f1));
    }

    private static double[] Percentiles(double[] values)
    {
        Array.Sort(values);
        return [Quantile(values, Low), Quantile(values, High)];
    }

    /// <summary>A quantile of sorted values, linear between two of them (Hyndman and Fan's type 7, NumPy's default).</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + (place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }

    /// <summary>One drawn set of images, counted by class.</summary>
    private sealed class Counts(int classes)
    {
        private readonly int[] _support = new int[classes], _called = new int[classes], _right = new int[classes];
        private int _images;

        public double Accuracy => (double)_right.Sum() / _images;

        public double MacroF1
        {
            get
            {
                double sum = 0;
                int seen = 0;
                for (int c = 0; c < _support.Length; c++)
                {
                    if (_support[c] == 0)
                        continue;
                    sum += 2.0 * _right[c] / (_support[c] + _called[c]);
                    seen++;
                }
                return sum / seen;
            }
        }

        public void Draw((int Class, int Predicted)[] answers, PhiloxKey draws)
        {
            Array.Clear(_support);
            Array.Clear(_called);
            Array.Clear(_right);
            _images = answers.Length;
            for (int i = 0; i < answers.Length; i += 4)
            {
                (uint x0, uint x1, uint x2, uint x3) = draws.Words((ulong)i / 4);
                Count(answers, x0);
                if (i + 1 < answers.Length)
                    Count(answers, x1);
                if (i + 2 < answers.Length)
                    Count(answers, x2);
                if (i + 3 < answers.Length)
                    Count(answers, x3);
            }
        }

        private void Count((int Class, int Predicted)[] answers, uint word)
        {
            (int actual, int predicted) = answers[(int)(((ulong)word * (uint)answers.Length) >> 32)];
            _support[actual]++;
            _called[predicted]++;
            if (actual == predicted)
                _right[actual]++;
        }
    }
}
