using System.Collections.Concurrent;
using Fovea.Training;

namespace Fovea.Library.Tests.Samples;

/// <summary>One classifier for all requests of a server.</summary>
public static class ManyThreads
{
    public static IReadOnlyDictionary<string, string> Answer(Classifier classifier, IEnumerable<(string Name, byte[] Bytes)> uploads)
    {
        ConcurrentDictionary<string, string> answers = new();
        Parallel.ForEach(uploads, upload =>
        {
            Prediction p = classifier.Predict(new Picture(upload.Name, upload.Bytes));
            answers[upload.Name] = p.Error ?? $"{p.Top[0].Class} ({p.Top[0].Probability:P0})";
        });
        return answers;
    }
}
