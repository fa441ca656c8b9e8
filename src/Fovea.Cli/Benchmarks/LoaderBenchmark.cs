using System.CommandLine;
using System.Diagnostics;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Text;
using Fovea.Data;
using Fovea.Data.Caching;
using Fovea.Data.Catalog;
using Fovea.Data.Loading;
using Fovea.Data.Transforms;

namespace Fovea.Cli.Benchmarks;

/// <summary><c>fovea bench --data</c>: times reading, decoding and augmenting alone, without a network.</summary>
internal sealed class LoaderBenchmark
{
    private const string DefaultTransforms = "random-resized-crop(224) hflip";
    private const int Batch = 64, LeastPasses = 3;
    private readonly Option<string?> _data = Opt.Text("--data", "D", "time loading of a data set's training images instead of networks");
    private readonly Option<string?> _dataDir = Common.DataDir();
    private readonly Option<string?> _transforms = Opt.Text("--train-transform", "T", $"what is done to each image; default '{DefaultTransforms}'");
    private readonly Option<string?> _cache = Opt.Choice("--cache", "read images from a cache, made before timing; disk: under .cache; default none", CacheOptions.Names);
    private readonly Option<int?> _workers = Opt.Int("--workers", "threads that load; default 1, so that speeds are those of one processor", 1, 256);

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_data, _dataDir, _transforms, _cache, _workers];

    /// <summary>Whether loading is to be timed.</summary>
    public bool IsWanted(ParseResult parsed) => parsed.GetValue(_data) is not null;

    /// <summary>Times loading for so many seconds at least, after a pass that is not timed.</summary>
    public void Run(ParseResult parsed, double seconds, bool json, CliConsole console)
    {
        DataSplits splits = DatasetCatalog.Open(parsed.GetValue(_data)!, new DataOptions { DataDir = parsed.GetValue(_dataDir) });
        TransformPipeline transforms = UsageException.Check(() => TransformPipeline.Parse(parsed.GetValue(_transforms) ?? DefaultTransforms));
        if (transforms.OutputSize(splits.Train.FixedSize) is not { } size)
            throw new UsageException($"--train-transform '{transforms}' gives images of varying size; end it with such as center-crop(224).");
        string mode = parsed.GetValue(_cache) ?? "none";
        CacheOptions wanted = new() { Mode = CacheOptions.ModeOf(mode), Folder = ".cache", Channels = splits.Train.Channels, ScaledDecode = true };
        using SampleCache? cache = CacheOpening.Open(splits.Train, transforms, wanted, console.Log);
        Loader loader = new(splits.Train, transforms, new LoaderOptions
        {
            BatchSize = Batch,
            Width = size.Width,
            Height = size.Height,
            Channels = splits.Train.Channels,
            Workers = parsed.GetValue(_workers) ?? 1,
            Shuffle = true,
            ScaledDecode = true,
            AllowBroken = true,
            Cache = cache,
        });
        Pass(loader, 0, console);
        List<double> speeds = [];
        for (long start = Stopwatch.GetTimestamp(); speeds.Count < LeastPasses || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds;)
        {
            speeds.Add(loader.Dataset.Count / Pass(loader, speeds.Count + 1, console));
            console.Progress.Show($"pass {speeds.Count}: {Format.Speed(speeds[^1])} images/s");
        }
        console.Progress.Clear();
        speeds.Sort();
        LoaderBenchJson result = new(
            splits.Name, splits.Train.Count, transforms.ToString(), mode, loader.Options.Workers, speeds.Count, speeds[speeds.Count / 2]);
        if (json)
            console.WriteJson(result, CliJson.Default.LoaderBenchJson);
        else
            Write(result, console.Out);
    }

    private static void Write(LoaderBenchJson result, TextWriter writer)
    {
        Table table = new("data", ">images", "transforms", "cache", ">workers", ">passes", ">images/s");
        table.Row(result.Data, Format.Count(result.Images), result.Transforms, result.Cache, $"{result.Workers}", $"{result.Passes}", Format.Speed(result.ImagesPerSecond));
        table.Write(writer);
    }

    private static double Pass(Loader loader, int epoch, CliConsole console)
    {
        long start = Stopwatch.GetTimestamp();
        using EpochReader reader = loader.Epoch(epoch, console.Stop.Token);
        while (reader.Next() is not null)
        {
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
