using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>AlexNet for Fashion-MNIST enlarged to 224x224 (Dive into Deep Learning, section 8.1): grey input, dropout behind the hidden layers, Xavier.</summary>
internal static class AlexNetFashion
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "alexnet-fashion",
        Summary = "AlexNet for Fashion-MNIST at 224x224",
        Input = new TensorShape(1, 224, 224),
        Classes = 10,
        Build = Build,
        Preprocess = Preprocessings.Grey,
        Initialization = "xavier",
    };

    private static Node Build(ModelInputs model) => model.Image                                     //   1x224x224
        .In("features").Conv2d(96, 11, stride: 4, padding: 1).ReLU().MaxPool2d(3, 2)                //  96x26x26
        .Conv2d(256, 5, padding: 2).ReLU().MaxPool2d(3, 2)                                          // 256x12x12
        .Conv2d(384, 3, padding: 1).ReLU()                                                          // 384x12x12
        .Conv2d(384, 3, padding: 1).ReLU()                                                          // 384x12x12
        .Conv2d(256, 3, padding: 1).ReLU().MaxPool2d(3, 2)                                          // 256x5x5
        .Flatten()
        .In("classifier").Linear(4096).ReLU().Dropout(model.DropoutRate)
        .Linear(4096).ReLU().Dropout(model.DropoutRate)
        .Linear(model.Classes);
}
