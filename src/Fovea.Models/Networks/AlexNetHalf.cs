using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>AlexNet at half its width: what one of the paper's two GPUs held, without response normalisation; Kaiming initialisation.</summary>
internal static class AlexNetHalf
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "alexnet-half",
        Summary = "AlexNet at half width, one tower, no response normalisation",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = Build,
        Preprocess = Preprocessings.Photographs,
        Initialization = "kaiming",
    };

    private static Node Build(ModelInputs model) => model.Image                                     //   3x224x224
        .In("features").Conv2d(48, 11, stride: 4, padding: 2).ReLU().MaxPool2d(3, 2)                //  48x27x27
        .Conv2d(128, 5, padding: 2).ReLU().MaxPool2d(3, 2)                                          // 128x13x13
        .Conv2d(192, 3, padding: 1).ReLU()                                                          // 192x13x13
        .Conv2d(192, 3, padding: 1).ReLU()                                                          // 192x13x13
        .Conv2d(128, 3, padding: 1).ReLU().MaxPool2d(3, 2)                                          // 128x6x6
        .Flatten().DenseHead(model, hidden: 2048);
}
