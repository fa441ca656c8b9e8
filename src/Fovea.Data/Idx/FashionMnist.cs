namespace Fovea.Data.Idx;

/// <summary>
/// Fashion-MNIST: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms", 2017.
/// </summary>
internal static class FashionMnist
{
    public static BuiltInDataset Definition { get; } = new()
    {
        Name = "fashion-mnist",
        Summary = "grey pictures of clothes, 28x28",
        Classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        Defaults = new DataDefaults(1, [0.2860f], [0.3530f], (28, 28)),
        Published = (60_000, 10_000),
        Subfolders = ["raw", "FashionMNIST/raw"],
        UsualPlaces = ["/usr/share/datasets/fashion-mnist"],
        HowToGet = "Fetch it with 'fovea data get fashion-mnist', or on Debian with 'apt install dataset-fashion-mnist'.",
        IsIn = IdxSplits.IsIn,
        // The authors publish MD5 (8d4fb7e6..., 25c81989..., bef4ecab..., bb300cfd...); these are the SHA-256 of the files that have those.
        Download = new PublishedFiles(new Uri("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        [
            new("train-images-idx3-ubyte.gz", 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            new("train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            new("t10k-images-idx3-ubyte.gz", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            new("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ]),
        Read = IdxSplits.Read,
    };
}
