namespace Fovea.Data.Cifar;

/// <summary>CIFAR-10.</summary>
internal static class Cifar10
{
    /// <summary>The published files.</summary>
    internal static CifarFormat Format { get; } = new()
    {
        TrainFiles = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
        TestFile = "test_batch.bin",
        TrainRecords = 10_000,
        TestRecords = 10_000,
        LabelBytes = 1,
        Archive = "cifar-10-binary.tar.gz",
    };

    public static BuiltInDataset Definition { get; } = For(Format);

    /// <summary>The data set in another number of records, for tests.</summary>
    internal static BuiltInDataset For(CifarFormat format) => new()
    {
        Name = "cifar10",
        Summary = "colour pictures of animals and vehicles, 32x32",
        Classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        Defaults = new DataDefaults(3, [0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f], (32, 32)),
        Published = (50_000, 10_000),
        Subfolders = ["cifar-10-batches-bin"],
        HowToGet = "Its page is https://www.cs.toronto.edu/~kriz/cifar.html: put cifar-10-binary.tar.gz, packed or unpacked, into one of these "
            + "folders.",
        IsIn = folder => CifarSplits.IsIn(format, folder),
        Read = (dataset, folder) => CifarSplits.Read(dataset, format, folder),
    };
}
