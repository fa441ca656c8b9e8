using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>
/// AlexNet (Krizhevsky, Sutskever and Hinton 2012, section 3.5): response normalisation after the ReLU of the first two convolutions, overlapping pooling,
/// dropout in the first two fully connected layers. On one device, and as the paper's two towers, which are grouped convolutions.
/// </summary>
internal static class AlexNet
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "alexnet",
        Summary = "AlexNet, 2012: the paper's layers on one device, with response normalisation",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = model => Build(model, groups: 1, padding: 2),
        Preprocess = Preprocessings.Photographs,
        Initialization = "pytorch",
        BiasesOfOne = PaperBiases,
    };

    public static ModelSpec TwoGpuSpec { get; } = new()
    {
        Name = "alexnet-2gpu",
        Summary = "AlexNet as two towers, one a GPU then: groups of 2 in convolutions 2, 4 and 5",
        Input = new TensorShape(3, 227, 227),
        Classes = 1000,
        Build = model => Build(model, groups: 2, padding: 0),
        Preprocess = Preprocessings.Photographs,
        Initialization = "paper",
        BiasesOfOne = PaperBiases,
    };

    /// <summary>Section 5: ones in convolutions 2, 4, 5 and the hidden linear layers give their ReLUs positive inputs from the start.</summary>
    private static IReadOnlyList<string> PaperBiases => ["features.4.bias", "features.10.bias", "features.12.bias", "classifier.1.bias", "classifier.4.bias"];

    private static Node Build(ModelInputs model, int groups, Padding padding) => model.Image        //   3x224x224
        .In("features").Conv2d(96, 11, stride: 4, padding: padding).ReLU()                          //  96x55x55
        .LocalResponseNorm(5, alpha: 1e-4f, beta: 0.75f, k: 2f).MaxPool2d(3, 2)                     //  96x27x27
        .Conv2d(256, 5, padding: 2, groups: groups).ReLU()                                          // 256x27x27
        .LocalResponseNorm(5, alpha: 1e-4f, beta: 0.75f, k: 2f).MaxPool2d(3, 2)                     // 256x13x13
        .Conv2d(384, 3, padding: 1).ReLU()                                                          // 384x13x13
        .Conv2d(384, 3, padding: 1, groups: groups).ReLU()                                          // 384x13x13
        .Conv2d(256, 3, padding: 1, groups: groups).ReLU().MaxPool2d(3, 2)                          // 256x6x6
        .Flatten().DenseHead(model, hidden: 4096);
}

/// <summary>The three linear layers that AlexNet and its variants end with.</summary>
internal static class AlexNetHead
{
    /// <summary>Dropout before each hidden layer, as in torchvision.</summary>
    public static Node DenseHead(this Node src, ModelInputs model, int hidden) => src
        .In("classifier").Dropout(model.DropoutRate).Linear(hidden).ReLU()
        .Dropout(model.DropoutRate).Linear(hidden).ReLU()
        .Linear(model.Classes);
}
