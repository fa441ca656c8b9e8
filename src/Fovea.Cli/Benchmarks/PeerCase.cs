using Fovea.Models;

namespace Fovea.Cli.Benchmarks;

/// <summary>One comparison with the peers: a network, a mode, a batch size.</summary>
/// <param name="Architecture">The network, as it comes.</param>
/// <param name="Training">True for training, false for inference.</param>
/// <param name="Batch">Images in a batch.</param>
internal sealed record PeerCase(Architecture Architecture, bool Training, int Batch)
{
    private static readonly string[] Networks = ["alexnet", "nin-cifar", "vgg16", "googlenet-torchvision", "resnet18", "densenet121"];

    // Networks that take seconds a step at 64.
    private static readonly string[] Heavy = ["vgg16", "googlenet-torchvision", "resnet18", "densenet121"];

    /// <summary>What is compared where no network is named.</summary>
    public static IReadOnlyList<string> Table => Networks;

    /// <summary>Images in a batch where the user gives no number.</summary>
    public static int DefaultBatch(string model) => Heavy.Contains(model) ? 16 : 64;

    /// <summary>"train" or "infer".</summary>
    public string Mode => Training ? "train" : "infer";

    /// <summary>For the log: "alexnet, train, batch 64".</summary>
    public override string ToString() => $"{Architecture.Model}, {Mode}, batch {Batch}";
}
