using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>
/// DenseNet-BC for ImageNet (Huang et al. 2017, table 1) with torchvision's keys, growth 32: every layer of a block reads the maps of all layers before it. The sizes
/// are those of DenseNet-121.
/// </summary>
internal static class DenseNet
{
    private const int Growth = 32;

    public static ModelSpec Spec121 { get; } = Spec("densenet121", 6, 12, 24, 16);

    public static ModelSpec Spec169 { get; } = Spec("densenet169", 6, 12, 32, 32);

    public static ModelSpec Spec201 { get; } = Spec("densenet201", 6, 12, 48, 32);

    public static ModelSpec Spec264 { get; } = Spec("densenet264", 6, 12, 64, 48);

    private static ModelSpec Spec(string name, params int[] layers) => new()
    {
        Name = name,
        Summary = $"DenseNet-{name["densenet".Length..]}, 2017: blocks of {string.Join(", ", layers)} layers, growth {Growth}",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = model => model.Image                                                                                        //    3x224x224
            .In("features").Conv2d(64, 7, stride: 2, padding: 3, bias: false, name: "conv0")                                //   64x112x112
            .BatchNorm2d(name: "norm0").ReLU().MaxPool2d(3, 2, padding: 1)                                                  //   64x56x56
            .Block(1, layers[0], model.DropoutRate).Transition(1, 128)                                                      //  128x28x28
            .Block(2, layers[1], model.DropoutRate).Transition(2, 256)                                                      //  256x14x14
            .Block(3, layers[2], model.DropoutRate).Transition(3, (256 + (layers[2] * Growth)) / 2)                         //  512x7x7
            .Block(4, layers[3], model.DropoutRate)                                                                         // 1024x7x7
            .In("features").BatchNorm2d(name: "norm5").ReLU().GlobalAvgPool().Flatten()
            .In("").Linear(model.Classes, name: "classifier"),
        Preprocess = Preprocessings.Photographs,
        Initialization = "densenet",
        Dropout = 0f,
    };

    /// <summary>Each layer's maps behind those of all before it.</summary>
    private static Node Block(this Node src, int block, int layers, float dropout)
    {
        Node maps = src;
        for (int layer = 1; layer <= layers; layer++)
            maps = maps.Concat(maps.DenseLayer($"features.denseblock{block}.denselayer{layer}", dropout));
        return maps;
    }

    /// <summary>BN-ReLU-Conv 1x1 to a bottleneck of four times the growth, BN-ReLU-Conv 3x3. The wide maps in between are computed again rather than kept.</summary>
    private static Node DenseLayer(this Node src, string name, float dropout)
    {
        Node maps = src.In(name)
            .BatchNorm2d(name: "norm1", recompute: true).ReLU().Conv2d(4 * Growth, 1, bias: false, name: "conv1")
            .BatchNorm2d(name: "norm2", recompute: true).ReLU().Conv2d(Growth, 3, padding: 1, bias: false, name: "conv2");
        return dropout > 0 ? maps.Dropout(dropout) : maps;
    }

    private static Node Transition(this Node src, int index, int channels) => src.In($"features.transition{index}")
        .BatchNorm2d(name: "norm").ReLU().Conv2d(channels, 1, bias: false, name: "conv").AvgPool2d(2, 2);
}
