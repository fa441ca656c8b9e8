using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>
/// The residual networks for 32x32 images of He et al. 2015, section 4.2: 6n + 2 layers, and shortcuts without parameters (option A), under the keys of the
/// published PyTorch weights.
/// </summary>
internal static class ResNetCifar
{
    public static ModelSpec Spec20 { get; } = Of("resnet20-cifar", "ResNet-20, 2015, for 32x32 images: shortcuts without parameters", blocks: 3);

    public static ModelSpec Spec56 { get; } = Of("resnet56-cifar", "ResNet-56, 2015, for 32x32 images: shortcuts without parameters", blocks: 9);

    private static ModelSpec Of(string name, string summary, int blocks) => new()
    {
        Name = name,
        Summary = summary,
        Input = new TensorShape(3, 32, 32),
        Classes = 10,
        Build = model => model.Image                                                                                        //  3x32x32
            .In("").Conv2d(16, 3, padding: 1, bias: false, name: "conv1").BatchNorm2d(name: "bn1").ReLU()                   // 16x32x32
            .Stage("layer1", 16, blocks, stride: 1)                                                                         // 16x32x32
            .Stage("layer2", 32, blocks, stride: 2)                                                                         // 32x16x16
            .Stage("layer3", 64, blocks, stride: 2)                                                                         // 64x8x8
            .GlobalAvgPool().Flatten()
            .In("").Linear(model.Classes, name: "linear"),
        Preprocess = Preprocessings.SmallImages,
        Initialization = "he",
    };

    private static Node Stage(this Node src, string name, int channels, int blocks, int stride)
    {
        for (int i = 0; i < blocks; i++)
            src = src.Block($"{name}.{i}", channels, i == 0 ? stride : 1);
        return src;
    }

    private static Node Block(this Node src, string name, int channels, int stride)
    {
        Node x = src.In(name);
        Node residual = x
            .Conv2d(channels, 3, stride, padding: 1, bias: false, name: "conv1").BatchNorm2d(name: "bn1").ReLU()
            .Conv2d(channels, 3, padding: 1, bias: false, name: "conv2").BatchNorm2d(name: "bn2");
        return residual.Add(stride == 1 ? x : x.IdentityShortcut(channels, stride)).ReLU();
    }
}
