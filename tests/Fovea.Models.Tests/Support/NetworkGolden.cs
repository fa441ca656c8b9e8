using System.Text.Json;
using Fovea.Engine;

namespace Fovea.Models.Tests;

/// <summary>One network of tests/goldens/networks/: what PyTorch computes with the formula's weights.</summary>
internal sealed record NetworkGolden(string Name, JsonElement Json)
{
    public static IReadOnlyList<NetworkGolden> All { get; } = Load();

    public static NetworkGolden Find(string id) => All.Single(g => g.Id == id);

    public string Id => Json.GetProperty("options").EnumerateObject().Any() ? $"{Name} {Json.GetProperty("options")}" : Name;

    public int Classes => Json.GetProperty("classes").GetInt32();

    /// <summary>Of the pass for logits.</summary>
    public GoldenSetting Inference => new(this, Json);

    public double[][] Logits => [.. Json.GetProperty("logits").EnumerateArray().Select(Doubles)];

    public double[] Norms => Doubles(Json.GetProperty("norm"));

    public JsonElement Training => Json.GetProperty("training");

    /// <summary>Norms of gradients below it are zero but for rounding: what differs from them is measured against it.</summary>
    public double GradientFloor => Training.GetProperty("floor").GetDouble();

    /// <summary>PyTorch's names of the parameters, in its order.</summary>
    public string[] Keys => [.. Json.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("key").GetString()!)];

    public JsonElement Sgd => Json.GetProperty("sgd");

    public Architecture ArchitectureFor(int[] dims)
    {
        ModelSpec spec = ModelZoo.Find(Name);
        Dictionary<string, string> options = Json.GetProperty("options").EnumerateObject().ToDictionary(o => o.Name == "pooling" ? "pool" : o.Name, o => o.Value.GetString()!);
        Preprocessing preprocessing = spec.Preprocess(dims[0], dims[1], dims[2]) with { Mean = Floats("mean"), Std = Floats("std") };
        return Architecture.Of(spec, input: new TensorShape(dims[0], dims[1], dims[2]), options: options, dropout: 0f, preprocessing: preprocessing);
    }

    public static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];

    private float[] Floats(string name) => [.. Json.GetProperty(name).EnumerateArray().Select(e => e.GetSingle())];

    private static List<NetworkGolden> Load()
    {
        List<NetworkGolden> all = [];
        foreach (string path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "goldens", "networks"), "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            all.AddRange(document.RootElement.EnumerateArray().Select(e => new NetworkGolden(e.GetProperty("name").GetString()!, e.Clone())));
        }
        return all;
    }
}
