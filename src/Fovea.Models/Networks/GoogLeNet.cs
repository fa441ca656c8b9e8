using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>
/// GoogLeNet (Szegedy et al. 2014, table 1 and figure 3), under torchvision's keys: as in the paper, with batch normalisation, and as torchvision has it. Pooling
/// rounds up, as the table's sizes say.
/// </summary>
internal static class GoogLeNet
{
    /// <summary>The paper's weight of each auxiliary classifier's loss (section 5).</summary>
    private const float AuxiliaryWeight = 0.3f;

    /// <summary>The paper's dropout in auxiliary classifiers.</summary>
    private const float AuxiliaryDropout = 0.7f;

    public static ModelSpec Spec { get; } = Of(
        "googlenet", "GoogLeNet, 2014: nine inception modules, response normalisation, two auxiliary classifiers in training",
        // The paper names none. Without normalisation between its 22 layers, only this one keeps the signal's size from end to end.
        "he", dropout: 0.4f, new Form(Epsilon: null));

    public static ModelSpec NormSpec { get; } = Of(
        "googlenet-bn", "GoogLeNet with batch normalisation in place of biases and response normalisation", "googlenet", dropout: 0.4f, new Form(Epsilon: 1e-5f));

    public static ModelSpec TorchvisionSpec { get; } = Of(
        "googlenet-torchvision", "GoogLeNet as torchvision has it: batch normalisation, 3x3 instead of 5x5; loads its weights",
        "googlenet", dropout: 0.2f, new Form(Epsilon: 1e-3f, Torchvision: true)) with
    {
        // Their transform_input: true for the published weights, false for what is trained from the start.
        ImportNote = "The images are prepared with ImageNet's mean and deviation, as torchvision does for a GoogLeNet that it trains from the start. Its published weights "
            + "(googlenet-1378be20.pth) and what was tuned from them want values of -1 to 1: give --preprocess inception for these.",
    };

    /// <summary>What the forms differ in.</summary>
    /// <param name="Epsilon">Of the batch normalisation behind every convolution; null for biases and response normalisation.</param>
    /// <param name="Torchvision">Torchvision's: 3x3 in the 5x5 branch, 2x2 in the last pooling, adaptive pooling in auxiliary classifiers.</param>
    private sealed record Form(float? Epsilon, bool Torchvision = false);

    private static ModelSpec Of(string name, string summary, string initialization, float dropout, Form form) => new()
    {
        Name = name,
        Summary = summary,
        Input = new TensorShape(3, 224, 224),
        Classes = 1000,
        Build = model => Build(model, form, auxiliaryDropout: model.DropoutRate == dropout ? AuxiliaryDropout : model.DropoutRate),
        Preprocess = Preprocessings.Photographs,
        Initialization = initialization,
        Dropout = dropout,
    };

    private static Node Build(ModelInputs model, Form form, float auxiliaryDropout) => model.Image      //    3x224x224
        .Convolution("conv1", 64, 7, form, stride: 2)                                                   //   64x112x112
        .In("maxpool1").MaxPool2d(3, 2, rounding: Rounding.Up).Normalize(form)                          //   64x56x56
        .Convolution("conv2", 64, 1, form)                                                              //   64x56x56
        .Convolution("conv3", 192, 3, form)                                                             //  192x56x56
        .In("maxpool2").Normalize(form).MaxPool2d(3, 2, rounding: Rounding.Up)                          //  192x28x28
                                                                                                        //                        1x1, 3x3 reduced from, 5x5 reduced from, pool
        .Inception("inception3a", 64, (96, 128), (16, 32), 32, form)                                //  256x28x28
        .Inception("inception3b", 128, (128, 192), (32, 96), 64, form)                                //  480x28x28
        .In("maxpool3").MaxPool2d(3, 2, rounding: Rounding.Up)                                          //  480x14x14
        .Inception("inception4a", 192, (96, 208), (16, 48), 64, form)                                //  512x14x14
        .Auxiliary("aux1", model, form, auxiliaryDropout)
        .Inception("inception4b", 160, (112, 224), (24, 64), 64, form)                                //  512x14x14
        .Inception("inception4c", 128, (128, 256), (24, 64), 64, form)                                //  512x14x14
        .Inception("inception4d", 112, (144, 288), (32, 64), 64, form)                                //  528x14x14
        .Auxiliary("aux2", model, form, auxiliaryDropout)
        .Inception("inception4e", 256, (160, 320), (32, 128), 128, form)                                //  832x14x14
        .In("maxpool4").MaxPool2d(form.Torchvision ? 2 : 3, 2, rounding: Rounding.Up)                   //  832x7x7
        .Inception("inception5a", 256, (160, 320), (32, 128), 128, form)                                //  832x7x7
        .Inception("inception5b", 384, (192, 384), (48, 128), 128, form)                                // 1024x7x7
        .In("avgpool").GlobalAvgPool().Flatten().Dropout(model.DropoutRate)                             // 1024
        .In("").Linear(model.Classes, name: "fc");

    /// <summary>Figure 2b: four views of one input side by side, the expensive ones behind 1x1 convolutions that reduce the channels.</summary>
    private static Node Inception(this Node src, string name, int one, (int Reduce, int Out) three, (int Reduce, int Out) five, int pool, Form form)
    {
        Node branch1 = src.Convolution($"{name}.branch1", one, 1, form);
        Node branch2 = src.Convolution($"{name}.branch2.0", three.Reduce, 1, form).Convolution($"{name}.branch2.1", three.Out, 3, form);
        Node branch3 = src.Convolution($"{name}.branch3.0", five.Reduce, 1, form).Convolution($"{name}.branch3.1", five.Out, form.Torchvision ? 3 : 5, form);
        Node branch4 = src.In($"{name}.branch4").MaxPool2d(3, 1, padding: 1).Convolution($"{name}.branch4.1", pool, 1, form);
        return branch1.In(name).Concat(branch2, branch3, branch4);
    }

    /// <summary>Section 5: a small classifier on the middle of the network, in training alone. The network itself goes on as it was.</summary>
    private static Node Auxiliary(this Node src, string name, ModelInputs model, Form form, float dropout)
    {
        Node x = src.In($"{name}.pool");                                                                //  512x14x14, 528x14x14
        Node head = (form.Torchvision ? x.AdaptiveAvgPool2d(4, 4) : x.AvgPool2d(5, 3))                  //  512x4x4, 528x4x4
            .Convolution($"{name}.conv", 128, 1, form).Flatten()                                        //  128x4x4
            .In(name).Linear(1024, name: "fc1").ReLU().Dropout(dropout)                                 // 1024
            .Linear(model.Classes, name: "fc2");
        model.Auxiliaries.Add((head, AuxiliaryWeight));
        return src;
    }

    private static Node Convolution(this Node src, string name, int channels, int kernel, Form form, int stride = 1)
    {
        Node x = src.In(name).Conv2d(channels, kernel, stride, padding: kernel / 2, bias: form.Epsilon is null, name: "conv");
        return (form.Epsilon is { } epsilon ? x.BatchNorm2d(epsilon, name: "bn") : x).ReLU();
    }

    /// <summary>Response normalisation with Caffe's numbers, where there is no batch normalisation.</summary>
    private static Node Normalize(this Node src, Form form) => form.Epsilon is null ? src.LocalResponseNorm(5, alpha: 1e-4f, beta: 0.75f, k: 1f) : src;
}
