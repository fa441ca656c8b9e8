using System.Text.Json;
using Fovea.Cli.Framework;
using Fovea.Cli.Tests.Support;
using Fovea.Engine.Planning;
using Fovea.Formats.Safetensors;
using Fovea.Models;
using Fovea.Models.Tests;

namespace Fovea.Cli.Tests;

/// <summary>A whole prediction, from a file of weights and a file of a picture to logits, gives what torchvision, Pillow and PyTorch give: tests/goldens/predict.py.</summary>
public sealed class PredictGoldenTests
{
    // PyTorch's float32 errs by 1.5e-7 here (float32Error); another order of adding up gets ten times as much and some.
    private const double Tolerance = 3e-6;

    public static TheoryData<string> Cases => ["torchvision", "caffe"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnImportedNetworkPredictsWhatPyTorchDoes(string name)
    {
        JsonElement golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "predict.json"))).RootElement
            .EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
        using TempFolder folder = new();
        WriteWeights(folder["weights.safetensors"]);
        JsonElement[] pictures = [.. golden.GetProperty("pictures").EnumerateArray()];
        foreach ((int n, JsonElement picture) in pictures.Index())
            File.WriteAllBytes(folder[$"{n}.bmp"], Bmp(n, picture.GetProperty("width").GetInt32(), picture.GetProperty("height").GetInt32()));
        CliRun import = CliRun.Line($"import {folder["weights.safetensors"]} --model squeezenet1_0 {golden.GetProperty("arguments").GetString()} -o {folder["model.safetensors"]}");
        Assert.True(import.Exit == ExitCode.Done, import.Error);
        CliRun run = CliRun.Line($"predict --weights {folder["model.safetensors"]} {folder["0.bmp"]} {folder["1.bmp"]} {folder["2.bmp"]} --logits --json --backend managed");
        Assert.True(run.Exit == ExitCode.Done, run.Error);
        foreach ((JsonElement expected, JsonElement answer) in pictures.Zip(run.Json.EnumerateArray()))
        {
            double[] logits = Numbers(answer.GetProperty("logits")), wanted = Numbers(expected.GetProperty("logits"));
            double largest = logits.Max(Math.Abs);
            Assert.All(wanted.Zip(logits), pair => Assert.InRange(Math.Abs(pair.Second - pair.First) / largest, 0, Tolerance));
            double norm = expected.GetProperty("norm").GetDouble();
            Assert.InRange(Math.Abs(Math.Sqrt(logits.Sum(x => x * x)) - norm) / norm, 0, Tolerance);
            // No two of the best lie closer than a hundred times the tolerance.
            Assert.True(expected.GetProperty("gap").GetDouble() > 100 * Tolerance);
            Assert.Equal(Numbers(expected.GetProperty("top")), answer.GetProperty("top").EnumerateArray().Select(t => (double)t.GetProperty("index").GetInt32()));
        }
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];

    private static void WriteWeights(string path)
    {
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(Architecture.Of(ModelZoo.Find("squeezenet1_0"), 1000)));
        Formula.Fill(parameters);
        using FileStream stream = File.Create(path);
        SafetensorsWriter.Write(stream, [], [.. parameters.All.Select(p => new TensorEntry(p.Name, TensorType.Float32, [.. p.Spec.Shape.Select(n => (long)n)]))], entry =>
        {
            float[] values = new float[entry.ElementCount];
            parameters[entry.Name].Read(values);
            return values;
        });
    }

    /// <summary>The picture that predict.py makes; BMP needs no native library to be read.</summary>
    private static byte[] Bmp(int n, int width, int height)
    {
        int stride = ((width * 3) + 3) / 4 * 4, header = Pictures.Header;
        byte[] file = Pictures.BmpHeader(width, height, header + (stride * height));
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = file.AsSpan(header + ((height - 1 - y) * stride), width * 3);
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < 3; c++)
                    row[(3 * x) + 2 - c] = (byte)((((3 + n) * x) + ((5 + (2 * n)) * y) + (40 * c)) ^ (x * y >> 5));
            }
        }
        return file;
    }
}
