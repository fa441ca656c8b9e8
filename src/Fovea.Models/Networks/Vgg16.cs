using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>VGG-16, configuration D (Simonyan and Zisserman 2014, table 1): nothing but 3x3 convolutions, five times pooled.</summary>
internal static class Vgg16
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "vgg16",
        Summary = "VGG-16, 2014: thirteen 3x3 convolutions, three linear layers",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = Build,
        Preprocess = Preprocessings.Photographs,
        Initialization = "kaiming",
    };

    private static Node Build(ModelInputs model) => model.Image              //   3x224x224
        .In("features").Block(64, 2)                                         //  64x112x112
        .Block(128, 2)                                                       // 128x56x56
        .Block(256, 3)                                                       // 256x28x28
        .Block(512, 3)                                                       // 512x14x14
        .Block(512, 3)                                                       // 512x7x7
        .In("avgpool").AdaptiveAvgPool2d(7, 7).Flatten()                     // 512x7x7
        .In("classifier").Linear(4096).ReLU().Dropout(model.DropoutRate)
        .Linear(4096).ReLU().Dropout(model.DropoutRate)
        .Linear(model.Classes);

    private static Node Block(this Node src, int channels, int convolutions)
    {
        for (int i = 0; i < convolutions; i++)
            src = src.Conv2d(channels, 3, padding: 1).ReLU();
        return src.MaxPool2d(2, 2);
    }
}
