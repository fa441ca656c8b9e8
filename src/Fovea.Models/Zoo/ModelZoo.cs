using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Kernels;
using Fovea.Models.Networks;

namespace Fovea.Models;

/// <summary>The networks by name: one explicit list.</summary>
public static class ModelZoo
{
    /// <summary>Every network, in the order in which it is shown.</summary>
    public static IReadOnlyList<ModelSpec> All { get; } =
    [
        LeNet5.Spec,
        AlexNet.Spec,
        AlexNet.TwoGpuSpec,
        AlexNetHalf.Spec,
        AlexNetTorchvision.Spec,
        AlexNetCifar.Spec,
        AlexNetFashion.Spec,
        NinCifar.Spec,
        Nin.Spec,
        Vgg16.Spec,
        GoogLeNet.Spec,
        GoogLeNet.NormSpec,
        GoogLeNet.TorchvisionSpec,
        ResNet18.Spec,
        ResNet18.CifarSpec,
        ResNetCifar.Spec20,
        ResNetCifar.Spec56,
        SqueezeNet.Spec,
        AirBench94.Spec,
        DenseNet.Spec121,
        DenseNet.Spec169,
        DenseNet.Spec201,
        DenseNet.Spec264,
    ];

    /// <summary>The network of this name, of the zoo or among others.</summary>
    /// <param name="name">The name.</param>
    /// <param name="others">Networks from outside the zoo.</param>
    /// <exception cref="FoveaException">There is none; names the nearest.</exception>
    public static ModelSpec Find(string name, IReadOnlyList<ModelSpec> others) => others.FirstOrDefault(spec => spec.Name == name) ?? Find(name);

    /// <summary>The network of this name.</summary>
    /// <exception cref="FoveaException">There is none; names the nearest.</exception>
    public static ModelSpec Find(string name) =>
        All.FirstOrDefault(spec => spec.Name == name) ?? throw Unknown(name);

    /// <summary>The error that there is no network of this name.</summary>
    public static FoveaException Unknown(string name) => new(
        $"There is no network called {name}.{NearestName.Hint(name, All.Select(s => s.Name))} There are {string.Join(", ", All.Select(s => s.Name))}. A network from outside "
        + "the zoo is found where the code that has it gives it (docs/library.md).");

    /// <summary>Describes a network: the image, its normalisation, its layers.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="auxiliaries">False leaves the auxiliary classifiers out: for measurements of the network without them.</param>
    /// <exception cref="FoveaException">A layer cannot take its input; names the layer and the sizes that work.</exception>
    public static Graph Build(Architecture architecture, bool auxiliaries = true)
    {
        ModelSpec spec = architecture.Spec;
        Preprocessing preprocessing = architecture.Preprocessing;
        Node image = ImageInput.Node().Normalize(preprocessing.Mean, preprocessing.Std, preprocessing.Scale, preprocessing.ReverseChannels);
        ModelInputs inputs = new(image, architecture.Classes, architecture.Dropout, architecture.Options);
        Node output = spec.Build(inputs);
        return Graph.Create(spec.Name, output, architecture.Input, auxiliaries ? [.. inputs.Auxiliaries] : []);
    }
}
