using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>Network in Network for ImageNet (the authors' Caffe model, whose pooling rounds up): AlexNet's windows, a ninth of its parameters.</summary>
internal static class Nin
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "nin",
        Summary = "Network in Network for ImageNet: 29 MiB against AlexNet's 238",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = Build,
        Preprocess = Preprocessings.Photographs,
        Initialization = "pytorch",
    };

    private static Node Build(ModelInputs model) => model.Image                                                         //   3x224x224
        .In("features").MlpConv((96, 96, 96), 11, stride: 4).MaxPool2d(3, 2, rounding: Rounding.Up)                     //  96x27x27
        .MlpConv((256, 256, 256), 5, padding: 2).MaxPool2d(3, 2, rounding: Rounding.Up)                                 // 256x13x13
        .MlpConv((384, 384, 384), 3, padding: 1).MaxPool2d(3, 2, rounding: Rounding.Up).Dropout(model.DropoutRate)      // 384x6x6
        .MlpConv((1024, 1024, model.Classes), 3, padding: 1)                                                            // classes x 6x6
        .GlobalAvgPool().Flatten();
}
