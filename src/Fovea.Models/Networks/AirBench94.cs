using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>
/// The network of Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU" (arXiv 2404.00498), section 3.1: a 2x2 convolution with fixed
/// whitening filters, three blocks of two 3x3 convolutions, a linear layer whose logits are divided by nine. Its normalisations learn summands alone, and their
/// running statistics take 0.4 of each batch.
/// </summary>
internal static class AirBench94
{
    // The paper's eps and momentum; PyTorch counts the share of the new batch, the paper that of the old ones: 0.6.
    private const float Epsilon = 1e-12f, Momentum = 0.4f, LogitScale = 1f / 9;

    public static ModelSpec Spec { get; } = new()
    {
        Name = "airbench94",
        Summary = "airbench94, 2024: whitening filters and six 3x3 convolutions, made to learn CIFAR-10 fast",
        Input = new TensorShape(3, 32, 32),
        Classes = 10,
        Build = model => model.Image                                                                          //   3x32x32
            .In("").Conv2d(24, 2, name: "whiten", learnWeights: false).GELU()                                 //  24x31x31
            .Block("block1", 64)                                                                              //  64x15x15
            .Block("block2", 256)                                                                             // 256x7x7
            .Block("block3", 256)                                                                             // 256x3x3
            .MaxPool2d(3, 3).Flatten()                                                                        // 256
            .In("").Linear(model.Classes, bias: false, name: "head").Scale(LogitScale),
        Preprocess = Preprocessings.AirBench,
        Initialization = "airbench",
    };

    /// <summary>Convolution, halving, normalisation, GELU; then the same without halving.</summary>
    private static Node Block(this Node src, string name, int channels) => src.In(name)
        .Conv2d(channels, 3, padding: 1, bias: false, name: "conv1").MaxPool2d(2, 2).Norm("norm1").GELU()
        .Conv2d(channels, 3, padding: 1, bias: false, name: "conv2").Norm("norm2").GELU();

    private static Node Norm(this Node src, string name) => src.BatchNorm2d(Epsilon, Momentum, name, learnScale: false);
}
