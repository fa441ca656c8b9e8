using Fovea.Engine;

namespace Fovea.Models;

/// <summary>What a network's function gets to build its layers with.</summary>
/// <param name="Image">The normalised image.</param>
/// <param name="Classes">Outputs of the last layer.</param>
/// <param name="DropoutRate">Probability of every dropout; the network's own where the user gave none.</param>
/// <param name="Options">The network's own options, complete.</param>
public sealed record ModelInputs(Node Image, int Classes, float DropoutRate, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Auxiliary classifiers and the weights of their losses: the network's function adds them where it has some.</summary>
    public IList<(Node Head, float Weight)> Auxiliaries { get; } = [];
}

/// <summary>A network by name with its source's defaults: an entry of the zoo, or one of the caller's own.</summary>
public sealed record ModelSpec
{
    /// <summary>The name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What it is and where it comes from, in one line.</summary>
    public required string Summary { get; init; }

    /// <summary>The input that it was made for.</summary>
    public required TensorShape Input { get; init; }

    /// <summary>The class count that it was made for.</summary>
    public required int Classes { get; init; }

    /// <summary>Describes the layers.</summary>
    public required Func<ModelInputs, Node> Build { get; init; }

    /// <summary>Preprocessing for channels, height and width.</summary>
    public required Func<int, int, int, Preprocessing> Preprocess { get; init; }

    /// <summary>The source's initialisation: what "default" means.</summary>
    public required string Initialization { get; init; }

    /// <summary>The source's dropout probability.</summary>
    public float Dropout { get; init; } = 0.5f;

    /// <summary>The network's own options.</summary>
    public IReadOnlyList<ModelOption> Options { get; init; } = [];

    /// <summary>What a person who imports weights without saying their preprocessing has to know; null where the network's own is right for all that is published.</summary>
    public string? ImportNote { get; init; }

    /// <summary>Biases that the paper's initialisation sets to one; all others start at zero there.</summary>
    public IReadOnlyList<string> BiasesOfOne { get; init; } = [];
}
