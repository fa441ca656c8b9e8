using System.CommandLine;
using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Runs;
using Fovea.Cli.Text;
using Fovea.Data;
using Fovea.Data.Catalog;
using Fovea.Data.Loading;
using Fovea.Data.Transforms;
using Fovea.Engine;
using Fovea.Imaging;
using Fovea.Kernels.Memory;
using Fovea.Models;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea data preview</c>: draws what a network will be fed.</summary>
internal sealed class DataPreviewVerb : Verb
{
    public const string Line = "draw what a network will be fed: originals beside what the transforms make of them, epoch by epoch";
    private const int DefaultCount = 8, DefaultDraws = 4;
    private readonly Argument<string[]> _data;
    private readonly Option<string?> _dataDir, _model, _split, _output;
    private readonly Option<double?> _valSplit;
    private readonly Option<int?> _count, _draws, _epoch, _maxPixels;
    private readonly Option<ulong?> _seed;
    private readonly Option<bool> _json;
    private readonly PreprocessingArguments _preprocessing = new();

    public DataPreviewVerb() : base("data preview", Line)
    {
        _data = WithArguments("DATA", "a built-in data set's name, or a folder of photographs", 1);
        _output = With(Opt.Text("-o", "FILE.png", "the picture to write"));
        _model = With(Opt.Text("--model", "M", "the network whose size and transforms are taken ('fovea models' lists them)"));
        _ = With(_preprocessing.TrainTransform);
        _ = With(_preprocessing.EvalTransform);
        _ = With(_preprocessing.ImageSize);
        _split = With(Opt.Choice("--split", "train, with the transforms of training, or val, with those of evaluation; default train", ["train", "val"]));
        _count = With(Opt.Int("--count", $"samples, one a row; default {DefaultCount}", 1, 1000));
        _draws = With(Opt.Int("--draws", $"epochs shown of each sample; default {DefaultDraws} (val: 1)", 1, 100));
        _epoch = With(Opt.Int("--epoch", "the first of them, as training counts; default 1"));
        _seed = With(Opt.Seed("--seed", "seed, as train takes it; default 0"));
        _dataDir = With(Common.DataDir());
        _valSplit = With(DataArguments.ValSplitOption());
        _maxPixels = With(Common.MaxPixels());
        _json = With(Common.Json());
    }

    public override string Usage => "PATH|NAME -o FILE.png --model M | --train-transform T [options]";

    public override IReadOnlyList<string> Examples =>
    [
        "fovea data preview photographs/ --model alexnet -o fed.png",
        "fovea data preview cifar10 --train-transform 'random-crop(32,padding=4) hflip rand-augment' -o fed.png",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Left the original, fitted into its tile; then the same sample in epoch after epoch, pixel by pixel what training with this --seed gets.",
        .. TransformHelp.Lines,
    ];

    public override int Run(ParseResult parsed, CliConsole console)
    {
        string[] names = parsed.GetValue(_data)!;
        if (names.Length > 1)
            throw new UsageException("one data set at a time.");
        string output = parsed.GetValue(_output) ?? throw new UsageException("-o is missing: the picture to write, such as -o fed.png.");
        if (!output.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"-o {output}: expected a name that ends in .png.");
        OutputFile.Check("-o", output);
        bool train = parsed.GetValue(_split) is not "val";
        ModelSpec? spec = parsed.GetValue(_model) is { } model ? Common.Model(model) : null;
        string? given = parsed.GetValue(train ? _preprocessing.TrainTransform : _preprocessing.EvalTransform);
        if (spec is null && given is null)
            throw new UsageException($"which transforms? Give --model, or {(train ? "--train-transform" : "--eval-transform")}.");
        ulong seed = parsed.GetValue(_seed) ?? 0;
        DataSplits splits = DatasetCatalog.Open(names[0],
            new DataOptions { DataDir = parsed.GetValue(_dataDir), ValSplit = parsed.GetValue(_valSplit) ?? 0.2, Seed = seed });
        IImageDataset dataset = train ? splits.Train : splits.Validation;
        TensorShape? input = spec is null ? null
            : parsed.GetValue(_preprocessing.ImageSize) is { } side ? new TensorShape(spec.Input.C, side, side) : spec.Input;
        TransformPipeline transforms = TransformPipeline.Parse(given ?? OwnOf(spec!, input!.Value, train));
        LoaderOptions options = LoaderOf(dataset, transforms, input, parsed) with { Seed = seed, Shuffle = train, ScaledDecode = train };
        int epoch = (parsed.GetValue(_epoch) ?? 1) - 1;
        PreviewSheet sheet = PreviewSheet.Make(
            dataset, transforms, options, parsed.GetValue(_count) ?? DefaultCount, parsed.GetValue(_draws) ?? (train ? DefaultDraws : 1), epoch);
        AtomicFile.Write(output, ImageEncoder.Png(sheet.Picture));
        if (parsed.GetValue(_json))
            console.WriteJson(new PreviewJson(output, transforms.ToString(), [.. sheet.Rows]), CliJson.Default.PreviewJson);
        else
            Write(output, sheet, transforms, console.Out);
        return ExitCode.Done;
    }

    private LoaderOptions LoaderOf(IImageDataset dataset, TransformPipeline transforms, TensorShape? input, ParseResult parsed)
    {
        // Without a network the transforms alone decide the size.
        (int width, int height) = input is { } shape ? (shape.W, shape.H)
            : parsed.GetValue(_preprocessing.ImageSize) is { } side ? (side, side)
            : transforms.OutputSize(dataset.FixedSize) ?? throw new UsageException($"'{transforms}' gives pictures of varying size; end it with such as center-crop(224).");
        return new LoaderOptions
        {
            BatchSize = 1,
            Width = width,
            Height = height,
            Channels = input?.C ?? dataset.Channels,
            MaxPixels = parsed.GetValue(_maxPixels) ?? ReadOptions.DefaultMaxPixels,
        };
    }

    private static string OwnOf(ModelSpec spec, TensorShape input, bool train)
    {
        Preprocessing own = spec.Preprocess(input.C, input.H, input.W);
        return train ? own.TrainTransform : own.EvalTransform;
    }

    private static void Write(string output, PreviewSheet sheet, TransformPipeline transforms, TextWriter writer)
    {
        writer.WriteLine($"{output}: {sheet.Picture.Width}x{sheet.Picture.Height}, '{transforms}'{(sheet.Scale > 1 ? $", enlarged {sheet.Scale} times" : "")}");
        Table table = new(">row", "class", "image");
        foreach ((int i, PreviewRow row) in sheet.Rows.Index())
            table.Row($"{i + 1}", row.Class, row.Source + (row.Problem is null ? "" : $" ({row.Problem})"));
        table.Write(writer);
    }
}
