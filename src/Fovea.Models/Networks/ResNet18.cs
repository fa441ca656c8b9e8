using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>ResNet-18 (He et al. 2015, table 1), with torchvision's keys; and with the 3x3 stem and no pooling that 32x32 images want.</summary>
internal static class ResNet18
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "resnet18",
        Summary = "ResNet-18, 2015: eight residual blocks",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = model => model.Image                                                                                        //   3x224x224
            .In("").Conv2d(64, 7, stride: 2, padding: 3, bias: false, name: "conv1").BatchNorm2d(name: "bn1").ReLU()        //  64x112x112
            .MaxPool2d(3, 2, padding: 1).Body(model),                                                                       //  64x56x56
        Preprocess = Preprocessings.Photographs,
        Initialization = "resnet",
    };

    public static ModelSpec CifarSpec { get; } = new()
    {
        Name = "resnet18-cifar",
        Summary = "ResNet-18 for 32x32 images: 3x3 stem, no pooling before the blocks",
        Input = new TensorShape(3, 32, 32),
        Classes = 10,
        Build = model => model.Image                                                                                        //   3x32x32
            .In("").Conv2d(64, 3, padding: 1, bias: false, name: "conv1").BatchNorm2d(name: "bn1").ReLU().Body(model),      //  64x32x32
        Preprocess = Preprocessings.SmallImages,
        Initialization = "resnet",
    };

    private static Node Body(this Node src, ModelInputs model) => src
        .Block("layer1.0", 64).Block("layer1.1", 64)
        .Block("layer2.0", 128, stride: 2).Block("layer2.1", 128)
        .Block("layer3.0", 256, stride: 2).Block("layer3.1", 256)
        .Block("layer4.0", 512, stride: 2).Block("layer4.1", 512)
        .GlobalAvgPool().Flatten()
        .In("").Linear(model.Classes, name: "fc");

    /// <summary>Two 3x3 convolutions around which the input is led; where the shape changes, through a 1x1 convolution (the paper's option B).</summary>
    private static Node Block(this Node src, string name, int channels, int stride = 1)
    {
        Node x = src.In(name);
        Node residual = x
            .Conv2d(channels, 3, stride, padding: 1, bias: false, name: "conv1").BatchNorm2d(name: "bn1").ReLU()
            .Conv2d(channels, 3, padding: 1, bias: false, name: "conv2").BatchNorm2d(name: "bn2");
        Node shortcut = stride == 1 ? x : x.In($"{name}.downsample").Conv2d(channels, 1, stride, bias: false).BatchNorm2d();
        return residual.Add(shortcut).ReLU();
    }
}
