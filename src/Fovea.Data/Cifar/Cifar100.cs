namespace Fovea.Data.Cifar;

/// <summary>CIFAR-100 with its 100 fine classes.</summary>
internal static class Cifar100
{
    /// <summary>The published files.</summary>
    internal static CifarFormat Format { get; } = new()
    {
        TrainFiles = ["train.bin"],
        TestFile = "test.bin",
        TrainRecords = 50_000,
        TestRecords = 10_000,
        LabelBytes = 2,
        Archive = "cifar-100-binary.tar.gz",
    };

    public static BuiltInDataset Definition { get; } = For(Format);

    /// <summary>The data set in another number of records, for tests.</summary>
    internal static BuiltInDataset For(CifarFormat format) => new()
    {
        Name = "cifar100",
        Summary = "colour pictures of 100 kinds of things, 32x32",
        Classes = FineClasses,
        Defaults = new DataDefaults(3, [0.5071f, 0.4865f, 0.4409f], [0.2673f, 0.2564f, 0.2762f], (32, 32)),
        Published = (50_000, 10_000),
        Subfolders = ["cifar-100-binary"],
        HowToGet = "Its page is https://www.cs.toronto.edu/~kriz/cifar.html: put cifar-100-binary.tar.gz, packed or unpacked, into one of these "
            + "folders.",
        IsIn = folder => CifarSplits.IsIn(format, folder),
        Read = (dataset, folder) => CifarSplits.Read(dataset, format, folder),
    };

    // A property and not a field: Definition, above it in the text, is made first.
    private static IReadOnlyList<string> FineClasses =>
    [
        "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
        "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
        "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
        "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
        "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
        "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
        "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket",
        "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
        "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
        "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
    ];
}
