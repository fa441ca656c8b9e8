using Fovea.Data;
using Fovea.Engine;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

public sealed class ClassifierTests : IDisposable
{
    private static readonly ClassifierOptions Managed = new() { Runtime = new RuntimeOptions { Backend = BackendChoice.Managed, Threads = 2 }, BatchSize = 8 };

    private readonly TempFolder _folder = new();
    private readonly string _model;
    private readonly SyntheticDataset _data = new("val", 30, 2) { Noise = 20 };

    public ClassifierTests()
    {
        Train.Run(Train.Options(_folder) with { Epochs = 3 }, SyntheticDataset.Splits(320, 50));
        _model = RunPaths.FindModel("lenet5-synthetic", _folder["runs"]);
        Directory.CreateDirectory(_folder["pictures/more"]);
        for (int i = 0; i < _data.Count; i++)
            File.WriteAllBytes(_folder[$"pictures/{(i < 20 ? "" : "more/")}{i:00}.png"], Png(i));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryGoodPictureGetsItsAnswerAndEveryBadOneItsError()
    {
        File.WriteAllText(_folder["pictures/05a.jpg"], "no picture");
        File.WriteAllBytes(_folder["pictures/12a.png"], Png(12).AsSpan(0, 90));
        File.WriteAllBytes(_folder["pictures/more/empty.bmp"], []);
        File.WriteAllText(_folder["pictures/notes.txt"], "not looked at");
        File.Copy(_folder["pictures/00.png"], _folder["pictures/without-ending"]);
        IReadOnlyList<string> files = PictureFiles.Find([_folder["pictures"], _folder["nowhere.png"]]);
        Assert.Equal(30 + 3 + 1 + 1, files.Count);
        using Classifier classifier = Classifier.Load(_model, Managed);
        Prediction[] predictions = [.. classifier.Predict(files, new PredictOptions { TopK = 2, Logits = true })];
        Assert.Equal(files, predictions.Select(p => p.Image));
        foreach (Prediction prediction in predictions)
        {
            string name = Path.GetFileNameWithoutExtension(prediction.Image);
            if (name is "05a" or "12a" or "empty" or "nowhere")
            {
                Assert.NotNull(prediction.Error);
                Assert.Empty(prediction.Top);
                continue;
            }
            Assert.Null(prediction.Error);
            Assert.Equal(2, prediction.Top.Count);
            Assert.Equal(4, prediction.Logits!.Length);
            int label = name == "without-ending" ? _data.LabelOf(0) : _data.LabelOf(int.Parse(name));
            Assert.Equal((label, SyntheticDataset.FourCorners[label]), (prediction.Top[0].Index, prediction.Top[0].Class));
            Assert.True(prediction.Top[0].Probability > prediction.Top[1].Probability);
        }
    }

    [Fact]
    public void ProbabilitiesAreTheSoftmaxOfTheLogits()
    {
        using Classifier classifier = Classifier.Load(_model, Managed);
        Prediction prediction = classifier.Predict(new Picture("bytes", Png(3)), new PredictOptions { TopK = 100, Logits = true });
        Assert.Equal("bytes", prediction.Image);
        Assert.Equal(4, prediction.Top.Count);
        Assert.Equal(1, prediction.Top.Sum(c => c.Probability), 1e-12);
        double sum = prediction.Logits!.Sum(logit => Math.Exp(logit));
        Assert.All(prediction.Top, c => Assert.Equal(Math.Exp(prediction.Logits![c.Index]) / sum, c.Probability, 1e-12));
        Assert.Null(classifier.Predict(new Picture("bytes", Png(3))).Logits);
    }

    [Fact]
    public void ManyThreadsGetTheAnswersOfOne()
    {
        using Classifier classifier = Classifier.Load(_model, Managed);
        Picture[] pictures = [.. Enumerable.Range(0, _data.Count).Select(i => new Picture($"{i}", Png(i)))];
        string[] expected = [.. classifier.Predict(pictures).Select(p => p.Top[0].Class)];
        string[] actual = new string[pictures.Length];
        Parallel.For(0, pictures.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => actual[i] = classifier.Predict(pictures[i]).Top[0].Class);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void APredictionSaysWhatTheEvaluationCounts()
    {
        using Classifier classifier = Classifier.Load(_model, Managed);
        int right = classifier.Predict(Enumerable.Range(0, _data.Count).Select(i => new Picture($"{i}", Png(i)))).Index().Count(p => p.Item.Top[0].Index == _data.LabelOf(p.Index));
        EvaluationResult result = Evaluator.Evaluate(ModelFile.Load(_model), _data, new EvaluationOptions { Runtime = Managed.Runtime });
        Assert.Equal(result.Top1, right / 30.0);
    }

    [Fact]
    public void WrongUseIsSaid()
    {
        Assert.Contains("--batch-size 0", Assert.Throws<FoveaException>(() => Classifier.Load(_model, Managed with { BatchSize = 0 })).Message);
        Assert.Contains("--threads 0", Assert.Throws<FoveaException>(() => Classifier.Load(_model, Managed with { Runtime = new RuntimeOptions { Threads = 0 } })).Message);
        using Classifier classifier = Classifier.Load(_model, Managed);
        Assert.Contains("--top-k 0", Assert.Throws<FoveaException>(() => classifier.Predict([_folder["pictures/00.png"]], new PredictOptions { TopK = 0 })).Message);
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("holds no picture", Assert.Throws<FoveaException>(() => PictureFiles.Find([_folder["empty"]])).Message);
    }

    private byte[] Png(int index)
    {
        Image image = new();
        _data.Read(index, image, new ReadOptions { Channels = 1 });
        return ImageEncoder.Png(image);
    }
}
