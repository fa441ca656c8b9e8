using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>
/// LeNet-5 (LeCun et al. 1998, section II.B) in the form that is trained today: full connections between the feature maps, softmax instead of RBF units
/// (Dive into Deep Learning, section 7.6). Sigmoid and average pooling as in the source; ReLU and maximum by option.
/// </summary>
internal static class LeNet5
{
    public static ModelSpec Spec { get; } = new()
    {
        Name = "lenet5",
        Summary = "LeNet-5, 1998: two convolutions, three linear layers; sigmoid and average pooling",
        Input = new TensorShape(1, 28, 28),
        Classes = 10,
        Build = Build,
        Preprocess = Preprocessings.Grey,
        Initialization = "xavier",
        Options =
        [
            new ModelOption("activation", ["sigmoid", "relu", "tanh"], "what follows each layer"),
            new ModelOption("pool", ["avg", "max"], "how feature maps are halved"),
        ],
    };

    private static Node Build(ModelInputs model) => model.Image                    //   1x28x28
        .In("features").Conv2d(6, 5, padding: 2).Activate(model).Pool(model)       //   6x14x14
        .Conv2d(16, 5).Activate(model).Pool(model).Flatten()                       //  16x5x5
        .In("classifier").Linear(120).Activate(model)                              // 120
        .Linear(84).Activate(model)                                                //  84
        .Linear(model.Classes);

    private static Node Activate(this Node src, ModelInputs model) => model.Options["activation"] switch
    {
        "relu" => src.ReLU(),
        "tanh" => src.Tanh(),
        _ => src.Sigmoid(),
    };

    private static Node Pool(this Node src, ModelInputs model) => model.Options["pool"] == "max" ? src.MaxPool2d(2, 2) : src.AvgPool2d(2, 2);
}
