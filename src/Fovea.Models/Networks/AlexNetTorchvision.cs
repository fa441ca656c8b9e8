using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>torchvision's AlexNet ("One weird trick", Krizhevsky 2014): other widths, no response normalisation, adaptive pooling before the head.</summary>
internal static class AlexNetTorchvision
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "alexnet-torchvision",
        Summary = "AlexNet as torchvision has it; loads its weights, takes any input size",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = Build,
        Preprocess = Preprocessings.Photographs,
        Initialization = "pytorch",
    };

    private static Node Build(ModelInputs model) => model.Image                                     //   3x224x224
        .In("features").Conv2d(64, 11, stride: 4, padding: 2).ReLU().MaxPool2d(3, 2)                //  64x27x27
        .Conv2d(192, 5, padding: 2).ReLU().MaxPool2d(3, 2)                                          // 192x13x13
        .Conv2d(384, 3, padding: 1).ReLU()                                                          // 384x13x13
        .Conv2d(256, 3, padding: 1).ReLU()                                                          // 256x13x13
        .Conv2d(256, 3, padding: 1).ReLU().MaxPool2d(3, 2)                                          // 256x6x6
        .In("avgpool").AdaptiveAvgPool2d(6, 6)                                                      // 256x6x6
        .Flatten().DenseHead(model, hidden: 4096);
}
