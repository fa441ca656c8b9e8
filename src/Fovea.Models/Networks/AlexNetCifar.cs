using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>AlexNet for 32x32 images: torchvision's widths, one pooling, and the 3x3 that remain stay.</summary>
internal static class AlexNetCifar
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "alexnet-cifar",
        Summary = "AlexNet for 32x32 images: pools once, keeps 3x3 to the end",
        Input = new TensorShape(3, 32, 32),
        Classes = 10,
        Build = Build,
        Preprocess = Preprocessings.SmallImages,
        Initialization = "pytorch",
    };

    private static Node Build(ModelInputs model) => model.Image                                     //   3x32x32
        .In("features").Conv2d(64, 11, stride: 4, padding: 2).ReLU().MaxPool2d(3, 2)                //  64x3x3
        .Conv2d(192, 5, padding: 2).ReLU()                                                          // 192x3x3
        .Conv2d(384, 3, padding: 1).ReLU()                                                          // 384x3x3
        .Conv2d(256, 3, padding: 1).ReLU()                                                          // 256x3x3
        .Conv2d(256, 3, padding: 1).ReLU()                                                          // 256x3x3
        .Flatten().DenseHead(model, hidden: 4096);
}
