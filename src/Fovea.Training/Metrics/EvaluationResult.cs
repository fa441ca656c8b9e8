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
}

/// <summary>How well one class is told from the others.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Precision">Share of the images called this class that are; 0 where none is called so.</param>
/// <param name="Recall">Share of the class's images that are called so; 0 where there are none.</param>
/// <param name="F1">Harmonic mean of both; 0 where both are 0.</param>
/// <param name="Support">Images of this class.</param>
public sealed record ClassMetrics(string Class, double Precision, double Recall, double F1, int Support);
