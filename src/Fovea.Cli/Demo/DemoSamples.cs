using Fovea.Data;
using Fovea.Imaging;
using Fovea.Training;

namespace Fovea.Cli.Demo;

/// <summary>A test image with what it is and what the network says.</summary>
/// <param name="Index">Its number in the test images.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Class">What it is.</param>
/// <param name="Answer">What the network says.</param>
internal sealed record DemoSample(int Index, Image Image, string Class, Prediction Answer)
{
    /// <summary>Whether the network's likeliest class is the image's.</summary>
    public bool IsRight => Answer.Top[0].Class == Class;
}

/// <summary>Chooses test images to show: the first of different classes, and some that the network gets wrong, which tell more.</summary>
internal static class DemoSamples
{
    private const int Looked = 500;

    /// <summary>Asks the network about the first test images and chooses among them.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="test">The test images.</param>
    /// <param name="right">How many of those that it gets right.</param>
    /// <param name="wrong">How many of those that it gets wrong.</param>
    public static DemoSample[] Choose(Classifier classifier, IImageDataset test, int right, int wrong)
    {
        DemoSample[] all = [.. Ask(classifier, test, Math.Min(Looked, test.Count))];
        DemoSample[] hits = [.. all.Where(s => s.IsRight).DistinctBy(s => s.Class).Take(right)];
        return [.. hits, .. all.Where(s => !s.IsRight).DistinctBy(s => s.Class).Take(wrong)];
    }

    private static IEnumerable<DemoSample> Ask(Classifier classifier, IImageDataset test, int count)
    {
        (Image Image, byte[] Png)[] images = new (Image, byte[])[count];
        for (int i = 0; i < count; i++)
        {
            Image image = new();
            test.Read(i, image, new ReadOptions { Channels = 1 });
            images[i] = (image, ImageEncoder.Png(image));
        }
        IEnumerable<Prediction> answers = classifier.Predict(images.Select((image, i) => new Picture(test.Describe(i), image.Png)),
            new PredictOptions { TopK = 3 });
        return answers.Select((answer, i) => new DemoSample(i, images[i].Image, test.Classes[test.LabelOf(i)], answer))
            .Where(s => s.Answer.Error is null);
    }
}
