using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>Network in Network for CIFAR-10 (Lin, Chen and Yan 2013; the authors' Caffe model, whose pooling rounds up): three mlpconv layers, global average pooling.</summary>
internal static class NinCifar
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "nin-cifar",
        Summary = "Network in Network, 2013, for 32x32 images: mlpconv and global average pooling",
        Input = new TensorShape(3, 32, 32),
        Classes = 10,
        Build = Build,
        Preprocess = Preprocessings.SmallImages,
        Initialization = "pytorch",
    };

    private static Node Build(ModelInputs model) => model.Image                                                         //   3x32x32
        .In("features").MlpConv((192, 160, 96), 5, padding: 2)                                                          //  96x32x32
        .MaxPool2d(3, 2, rounding: Rounding.Up).Dropout(model.DropoutRate)                                              //  96x16x16
        .MlpConv((192, 192, 192), 5, padding: 2)                                                                        // 192x16x16
        .AvgPool2d(3, 2, rounding: Rounding.Up).Dropout(model.DropoutRate)                                              // 192x8x8
        .MlpConv((192, 192, model.Classes), 3, padding: 1)                                                              // classes x 8x8
        .GlobalAvgPool().Flatten();
}
