namespace Fovea.Training;

/// <summary>What a network said of one image.</summary>
/// <param name="Sample">The image's index in its split.</param>
/// <param name="Class">What it is: a class index.</param>
/// <param name="Predicted">The likeliest class by the network.</param>
/// <param name="Confidence">The probability that the network gives that class, 0 to 1.</param>
/// <param name="Loss">Cross entropy: minus the logarithm of the probability that it gives the image's own class.</param>
public readonly record struct ImageOutcome(int Sample, int Class, int Predicted, double Confidence, double Loss)
{
    /// <summary>Whether the likeliest class is the image's own.</summary>
    public bool IsRight => Class == Predicted;
}

/// <summary>An image worth a look, as <c>eval --json</c> has it.</summary>
/// <param name="Image">Where it comes from: a path, or such as "test image 17".</param>
/// <param name="Index">Its index in its split.</param>
/// <param name="Class">What it is.</param>
/// <param name="Predicted">What the network says.</param>
/// <param name="Confidence">The probability that the network gives that, 0 to 1.</param>
/// <param name="Loss">Cross entropy of the image.</param>
public sealed record NotableImage(string Image, int Index, string Class, string Predicted, double Confidence, double Loss);

/// <summary>Chooses the images that tell most about a network. Pure functions of the outcomes: equal ones give equal choices.</summary>
internal static class NotableImages
{
    /// <summary>The wrong answers that the network was surest of, surest first.</summary>
    public static IReadOnlyList<ImageOutcome> ConfidentlyWrong(IEnumerable<ImageOutcome> outcomes, int count) =>
        [.. outcomes.Where(o => !o.IsRight && double.IsFinite(o.Confidence)).OrderByDescending(o => o.Confidence).ThenBy(o => o.Sample).Take(count)];

    /// <summary>
    /// The images with the largest loss, in turns over the classes: first the hardest image of each class, then each class's second, and so on. Without
    /// the turns, one confused pair of classes would fill the sheet.
    /// </summary>
    public static IReadOnlyList<ImageOutcome> Hardest(IEnumerable<ImageOutcome> outcomes, int count) =>
    [
        .. outcomes.Where(o => double.IsFinite(o.Loss)).GroupBy(o => o.Class)
            .SelectMany(own => own.OrderByDescending(o => o.Loss).ThenBy(o => o.Sample).Take(count).Select((o, turn) => (o, turn)))
            .OrderBy(e => e.turn).ThenByDescending(e => e.o.Loss).ThenBy(e => e.o.Sample).Take(count).Select(e => e.o),
    ];
}
