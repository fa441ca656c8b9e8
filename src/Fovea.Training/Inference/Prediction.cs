namespace Fovea.Training;

/// <summary>What the network says about one image; an element of the JSON of <c>predict</c>.</summary>
/// <param name="Image">The image's path, or the name that it was given.</param>
/// <param name="Top">The likeliest classes, the likeliest first; empty where there is an error.</param>
/// <param name="Logits">The network's output before softmax, one value per class; null where it was not asked for.</param>
/// <param name="Error">Why there is no answer; null where there is one.</param>
public sealed record Prediction(string Image, IReadOnlyList<ClassProbability> Top, float[]? Logits, string? Error);

/// <summary>A class and how likely it is.</summary>
/// <param name="Class">The class's name.</param>
/// <param name="Index">Its number, from 0.</param>
/// <param name="Probability">Softmax of the logits, 0 to 1.</param>
public sealed record ClassProbability(string Class, int Index, double Probability);

/// <summary>What a prediction should hold.</summary>
public sealed record PredictOptions
{
    /// <summary>Likeliest classes to name, at least 1; all where there are fewer. Default 5.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>True for the logits too.</summary>
    public bool Logits { get; init; }
}

/// <summary>How a <see cref="Classifier"/> works.</summary>
public sealed record ClassifierOptions
{
    /// <summary>Backend and threads.</summary>
    public Engine.RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Networks from outside the zoo that the model may be one of. Default: none.</summary>
    public IReadOnlyList<Models.ModelSpec> Networks { get; init; } = [];

    /// <summary>Images that are computed at once, 1 to 4096. Default 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Largest width times height of a picture, in pixels; a larger one gets an error.</summary>
    public long MaxPixels { get; init; } = Data.ReadOptions.DefaultMaxPixels;
}
