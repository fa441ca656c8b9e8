using System.Globalization;
using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>SqueezeNet 1.0 (Iandola et al. 2016, table 1) with torchvision's keys: fire modules squeeze through 1x1 and expand through 1x1 and 3x3. Its pooling rounds up.
/// The authors' Caffe model pads its last convolution, which is 1x1, by one pixel: a border of nothing but biases that the average then counts.</summary>
internal static class SqueezeNet
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "squeezenet1_0",
        Summary = "SqueezeNet 1.0, 2016: fire modules, no linear layer",
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = Build,
        Preprocess = Preprocessings.Photographs,
        Initialization = "squeezenet",
        Options = [new ModelOption("conv10-padding", ["0", "1"], "around the last convolution; 1 for the authors' Caffe weights")],
    };

    private static Node Build(ModelInputs model) => model.Image                                                             //   3x224x224
        .In("features").Conv2d(96, 7, stride: 2).ReLU()                                                                     //  96x109x109
        .MaxPool2d(3, 2, rounding: Rounding.Up)                                                                             //  96x54x54
        .Fire(3, 16, 64).Fire(4, 16, 64).Fire(5, 32, 128)                                                                   // 256x54x54
        .MaxPool2d(3, 2, rounding: Rounding.Up)                                                                             // 256x27x27
        .Fire(7, 32, 128).Fire(8, 48, 192).Fire(9, 48, 192).Fire(10, 64, 256)                                               // 512x27x27
        .MaxPool2d(3, 2, rounding: Rounding.Up)                                                                             // 512x13x13
        .Fire(12, 64, 256)                                                                                                  // 512x13x13
        .In("classifier").Dropout(model.DropoutRate).Conv2d(model.Classes, 1, padding: int.Parse(model.Options["conv10-padding"], CultureInfo.InvariantCulture)).ReLU() // classes x 13x13 or 15x15
        .GlobalAvgPool().Flatten();

    private static Node Fire(this Node src, int index, int squeeze, int expand)
    {
        Node x = src.In($"features.{index}").Conv2d(squeeze, 1, name: "squeeze").ReLU();
        return x.Conv2d(expand, 1, name: "expand1x1").ReLU().Concat(x.Conv2d(expand, 3, padding: 1, name: "expand3x3").ReLU());
    }
}
