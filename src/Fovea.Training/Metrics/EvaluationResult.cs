namespace Fovea.Training;

/// <summary>What an evaluation found; the JSON of <c>eval</c>.</summary>
public sealed record EvaluationResult
{
    /// <summary>Images that counted.</summary>
    public required int Images { get; init; }

    /// <summary>Images that could not be read.</summary>
    public required int Skipped { get; init; }

    /// <summary>Mean cross entropy; NaN where no image counted.</summary>
    public required double Loss { get; init; }

    /// <summary>Share of images whose likeliest class is theirs, 0 to 1.</summary>
    public required double Top1 { get; init; }

    /// <summary>Share of images whose class is among the five likeliest, 0 to 1.</summary>
    public required double Top5 { get; init; }

    /// <summary>One entry per class, in the order of the classes.</summary>
    public required IReadOnlyList<ClassMetrics> PerClass { get; init; }

    /// <summary>Images by their class (row) and the class that the network says (column).</summary>
    public required int[][] Confusion { get; init; }

    /// <summary>Wilson's 95 % interval of <see cref="Top1"/>: [low, high], 0 to 1; what chance does to the choice of as many images.</summary>
    public required IReadOnlyList<double> AccuracyInterval { get; init; }

    /// <summary>The bootstrap's 95 % percentile interval of <see cref="Top1"/>: [low, high], 0 to 1; NaN where no image counted. See <see cref="Bootstrap"/>.</summary>
    public required IReadOnlyList<double> AccuracyBootstrap { get; init; }

    /// <summary>Mean of the F1 of the classes that have images, 0 to 1.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>The bootstrap's 95 % percentile interval of <see cref="MacroF1"/>: [low, high], 0 to 1; NaN where no image counted.</summary>
    public required IReadOnlyList<double> MacroF1Bootstrap { get; init; }

    /// <summary>Expected calibration error over 15 bins, 0 to 1; see <see cref="Calibration.Error"/>.</summary>
    public required double Ece { get; init; }

    /// <summary>
    /// The temperature that suits these very images best, above 1 where the network is too sure of itself; see <see cref="Calibration.Temperature"/>.
    /// It is fitted on the split that is evaluated: what it does for <see cref="EceAtTemperature"/> is the best that it can do, not what new images
    /// will show.
    /// </summary>
    public required double Temperature { get; init; }

    /// <summary>The calibration error with logits divided by <see cref="Temperature"/>.</summary>
    public required double EceAtTemperature { get; init; }

    /// <summary>The wrong answers that the network was surest of, surest first, at most 24.</summary>
    public required IReadOnlyList<NotableImage> ConfidentlyWrong { get; init; }

    /// <summary>The images with the largest loss, first the worst of each class, then the second worst, at most 24.</summary>
    public required IReadOnlyList<NotableImage> Hardest { get; init; }
}

/// <summary>How well one class is told from the others.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Precision">Share of the images called this class that are; 0 where none is called so.</param>
/// <param name="Recall">Share of the class's images that are called so; 0 where there are none.</param>
/// <param name="F1">Harmonic mean of both; 0 where both are 0.</param>
/// <param name="Support">Images of this class.</param>
public sealed record ClassMetrics(string Class, double Precision, double Recall, double F1, int Support);
